/** What serve.mjs offers to the tests. */
export const contentSecurityPolicy: string;
export function serve(options?: {
  folder?: string;
  port?: number;
  host?: string;
  policy?: string;
}): Promise<{url: string; close: () => Promise<void>}>;
