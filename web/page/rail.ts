/**
 * How a network is drawn beside the list of its layers: what is passed on runs down in lanes, one line a layer, as commits are drawn
 * beside their list. A chain stays in the first lane; what a residual link carries past a block has a lane of its own.
 */
import type {GraphNode} from '../core/types.ts';

/** What is drawn beside one layer. */
export interface Tie {
  /** the layer's own */
  lane: number;
  /** pass by */
  through: number[];
  /** come in from above */
  from: number[];
  /** goes on below */
  onward: boolean;
}

/** One for the model's input, which is place 0, and one for each node. */
export function railOf(graph: readonly Pick<GraphNode, 'inputs'>[]): {ties: Tie[]; lanes: number} {
  const reads = graph.map(({inputs}) => (inputs.length > 0 ? [...new Set(inputs.map((place) => place + 1))] : [0]));
  const last = new Array<number>(graph.length + 1).fill(-1); // who reads a layer last
  reads.forEach((places, node) => places.forEach((place) => (last[place] = node + 1)));
  const lanes: (number | undefined)[] = []; // which layer's output runs there
  const free = () => {
    const found = lanes.findIndex((source) => source === undefined);
    return found < 0 ? lanes.length : found;
  };
  const ties: Tie[] = [];
  for (let at = 0; at <= graph.length; ++at) {
    const from = (reads[at - 1] ?? []).map((place) => lanes.indexOf(place)).filter((lane) => lane >= 0);
    const ending = from.filter((lane) => last[lanes[lane]!] === at);
    for (const lane of ending) lanes[lane] = undefined;
    const through = lanes.flatMap((source, lane) => (source === undefined ? [] : [lane]));
    const lane = ending.length > 0 ? Math.min(...ending) : free();
    const onward = last[at]! > at;
    if (onward) lanes[lane] = at;
    ties.push({lane, through, from: from.sort((a, b) => a - b), onward});
  }
  const used = ties.flatMap(({lane, through}) => [lane, ...through]);
  return {ties, lanes: Math.max(0, ...used) + 1};
}
