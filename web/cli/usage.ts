/** A mistake of the caller's: one clear line, exit code 2. */
export class UsageError extends Error {}
