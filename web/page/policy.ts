/** Finds out whether a policy keeps a document or worker from asking anyone else, without asking anyone. */

/** No machine has this name (RFC 2606), and no browser connects to this port, policy or not: asking for it never leaves. */
export const nowhere = 'https://nowhere.invalid:1/';

/** Tries to ask for it, here; gives the policies that forbade it, word for word as the browser tells them. */
export async function policiesInForce(): Promise<string[]> {
  const found: string[] = [];
  const note = ({disposition, originalPolicy}: SecurityPolicyViolationEvent) => {
    if (disposition === 'enforce') found.push(originalPolicy);
  };
  addEventListener('securitypolicyviolation', note);
  await fetch(nowhere, {mode: 'no-cors'}).catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 50)); // what was violated is told a little later
  removeEventListener('securitypolicyviolation', note);
  return found;
}
