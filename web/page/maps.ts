/** The maps that were made of an input, so that none is made twice. */
import type {CallOptions, ExplainRequest, Explanation, Model, NdArray} from '../core/types.ts';

/** Maps kept of one input: those asked for first go first. */
const most = 48;

export function requestKey({method, target = 'top', settings = {}, seed = 0}: ExplainRequest): string {
  const options = Object.keys(settings).sort();
  return JSON.stringify([method, target, options.map((name) => [name, settings[name]]), seed]);
}

export class Maps {
  /** An input belongs to one card, and is let go of with its maps. */
  private readonly made = new WeakMap<NdArray, {model: Model; maps: Map<string, Explanation>}>();

  private of(model: Model, input: NdArray): Map<string, Explanation> {
    const known = this.made.get(input);
    if (known?.model === model) return known.maps;
    const maps = new Map<string, Explanation>();
    this.made.set(input, {model, maps});
    return maps;
  }

  find(model: Model, input: NdArray, request: ExplainRequest): Explanation | undefined {
    return this.of(model, input).get(requestKey(request));
  }

  /** The map kept, or a new one that is kept from now on. */
  async make(model: Model, input: NdArray, request: ExplainRequest, options: CallOptions): Promise<Explanation> {
    const known = this.find(model, input, request);
    if (known) return known;
    const explanation = await model.explain(input, request, options);
    const maps = this.of(model, input);
    for (const target of new Set([request.target ?? 'top', explanation.target]))
      maps.set(requestKey({...request, target}), explanation);
    for (const key of maps.keys()) if (maps.size > most) maps.delete(key);
    return explanation;
  }
}
