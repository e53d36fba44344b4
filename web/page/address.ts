/** Keeps the address bar and the state in step: choices become history, going back restores them. */
import type {Store} from './state.ts';
import {fromFragment, toFragment} from './url.ts';

/** Writes the present choice into the address; a new entry of the history where the person made a step. */
export function writeAddress(store: Store, step: boolean): void {
  const fragment = toFragment(store.state.choice);
  if (fragment === location.hash || store.state.phase !== 'ready') return;
  if (step) history.pushState(null, '', fragment);
  else history.replaceState(null, '', fragment);
}

/** Calls back with what the address asks for whenever the person goes back, forward, or edits it. */
export function watchAddress(restore: (choice: ReturnType<typeof fromFragment>) => void): void {
  window.addEventListener('popstate', () => restore(fromFragment(location.hash)));
}

/** A link cannot hold a file: says so in words, or nothing where the link holds all. */
export function missingFromLink(store: Store): string {
  const {model, input} = store.state.choice;
  if (model === 'own') return 'Link copied; it cannot hold your own model';
  if (input === 'own') return 'Link copied; it cannot hold your own picture';
  if (input === 'recorded') return 'Link copied; it cannot hold the input of the file that was opened';

  if (input === 'camera') return 'Link copied; it cannot hold what the camera sees';
  return input === 'drawing' ? 'Link copied; it cannot hold your drawing' : 'Link copied';
}
