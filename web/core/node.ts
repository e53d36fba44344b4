/** Whether this is Node. Its modules come from process.getBuiltinModule: bundlers for browsers do not look for them there. */
export const inNode = typeof process === 'object' && typeof process.versions?.node === 'string';
