/** What the address bar holds, and what it cannot hold. */
import {footer as words} from '../strings/english.ts';
import type {Store} from './state.ts';

/** A link cannot hold a file: says so in words, or nothing where the link holds all. */
export function missingFromLink(store: Store): string {
  const {model, input} = store.state.choice;
  return (model === 'own' ? words.notInLink.model : words.notInLink[input]) ?? words.copied;
}
