/** The values inside the network, of the layer that is looked at: computed when it is, for the picture on the screen. */
import type {ModelDescription, NdArray} from '../core/types.ts';
import type {Choice, State, Store} from './state.ts';
import type {Tools} from './tools.ts';

export interface Looking {
  /** whose values they are */
  layer: string;
  input: NdArray | undefined;
  values: NdArray | undefined;
  failure: string;
}

export const unlooked: Looking = {layer: '', input: undefined, values: undefined, failure: ''};

/** The layer that is looked at: the one chosen, if the model has it, or the last with a width and a height, or the first. */
export function layerOf({choice, description}: {choice: Choice; description: ModelDescription | undefined}): string {
  const there = (name: string) => name !== '' && description?.graph.some(({layer}) => layer === name);
  const names = [choice.layer, description?.lastFeatureMap ?? ''];
  return names.find(there) ?? description?.graph.find(({layer}) => layer)?.layer ?? '';
}

export class Looker {
  private run = new AbortController();

  constructor(
    private readonly store: Store,
    private readonly tools: Tools,
  ) {}

  /** Brings the values to the layer chosen. */
  follow(): void {
    const {state} = this.store;
    const layer = layerOf(state);
    const {looking, input} = state;
    if (!input || !layer || (looking.layer === layer && looking.input === input && !looking.failure)) return;
    this.stop();
    void this.look(layer, input, this.run.signal);
  }

  private async look(layer: string, input: NdArray, signal: AbortSignal): Promise<void> {
    const tell = (part: Pick<State, 'looking'>) => !signal.aborted && this.store.update(part);
    const begun: Looking = {layer, input, values: undefined, failure: ''};
    tell({looking: begun});
    try {
      const values = await this.tools.model()!.activations(input, layer, {signal});
      tell({looking: {...begun, values}});
    } catch (error) {
      tell({looking: {...begun, failure: error instanceof Error ? error.message : String(error)}});
    }
  }

  stop(): void {
    this.run.abort();
    this.run = new AbortController();
    const {looking} = this.store.state;
    if (looking.layer && !looking.values) this.store.update({looking: unlooked});
  }
}
