/** The entry of the page's workers: the package's, and what the page asks of them as a proof that nothing leaves it. */
import '../core/worker.ts';
import {policiesInForce} from './policy.ts';
import {watchRequests, type Asked} from './requests.ts';

/** What a worker tells besides results. */
export interface Told {
  requests?: Asked[];
  policies?: string[];
}

const tell = (told: Told) => self.postMessage(told);

watchRequests('worker', (requests) => tell({requests}));
addEventListener('message', ({data}: MessageEvent<{ask?: string}>) => {
  if (data.ask === 'policies') void policiesInForce().then((policies) => tell({policies}));
});
