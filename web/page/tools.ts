/** What everything that computes for the page shares. */
import type {Model} from '../core/types.ts';
import type {Judge} from './judge.ts';
import type {Maps} from './maps.ts';

export interface Tools {
  /** the model on the screen */
  model: () => Model | undefined;
  maps: Maps;
  judge: Judge;
}
