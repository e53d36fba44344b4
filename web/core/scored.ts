/** Maps as metrics take them. */
import {enlarge, heatMap} from './heat.ts';
import {geometry} from './image.ts';
import type {Card, Explanation, NdArray} from './types.ts';

/** The attribution as metrics take it: at the input's size even if it belongs to a layer. */
export function forScoring(explanation: Explanation, card: Card): NdArray {
  if (!explanation.layer) return explanation;
  const {height, width, last} = geometry(card);
  const map = enlarge(heatMap(explanation), width, height);
  return {shape: last ? [1, height, width, 1] : [1, 1, height, width], data: map.values};
}
