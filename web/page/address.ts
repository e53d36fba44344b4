/** What the address bar holds, and what it cannot hold. */
import type {Store} from './state.ts';

/** A link cannot hold a file: says so in words, or nothing where the link holds all. */
export function missingFromLink(store: Store): string {
  const {model, input} = store.state.choice;
  if (model === 'own') return 'Link copied; it cannot hold your own model';
  if (input === 'own') return 'Link copied; it cannot hold your own picture';
  if (input === 'recorded') return 'Link copied; it cannot hold the input of the file that was opened';

  if (input === 'camera') return 'Link copied; it cannot hold what the camera sees';
  return input === 'drawing' ? 'Link copied; it cannot hold your drawing' : 'Link copied';
}
