/** A model that is only opened when something is asked of it. */
import type {
  CallOptions,
  Card,
  EvaluateRequest,
  ExplainRequest,
  Explanation,
  Model,
  ModelDescription,
  NdArray,
  Profile,
  ProfileRequest,
  Score,
} from '../core/types.ts';

export class StoredModel implements Model {
  readonly bytes = new Uint8Array();
  readonly beside = new Map<string, Uint8Array>();
  private opened: Promise<Model> | undefined;

  constructor(
    private readonly open: () => Promise<Model>,
    readonly card: Card,
    readonly description: ModelDescription,
    private readonly seed: number,
  ) {}

  /** The model itself; after a failure the next who asks tries again. */
  live(): Promise<Model> {
    if (!this.opened) {
      const opening = (this.opened = this.open());
      opening.catch(() => (this.opened = undefined));
    }
    return this.opened;
  }

  async sha256(): Promise<string | undefined> {
    return (await this.live()).sha256();
  }

  async predict(input: NdArray, options?: CallOptions): Promise<NdArray> {
    return (await this.live()).predict(input, options);
  }

  async explain(input: NdArray, request: ExplainRequest, options?: CallOptions): Promise<Explanation> {
    return (await this.live()).explain(input, {seed: this.seed, ...request}, options);
  }

  async evaluate(input: NdArray, map: NdArray, request: EvaluateRequest, options?: CallOptions): Promise<Score> {
    return (await this.live()).evaluate(input, map, request, options);
  }

  async activations(input: NdArray, layer: string, options?: CallOptions): Promise<NdArray> {
    return (await this.live()).activations(input, layer, options);
  }

  async perturbed(input: NdArray, map: NdArray, request: EvaluateRequest, share: number): Promise<NdArray> {
    return (await this.live()).perturbed(input, map, request, share);
  }

  async profile(input?: NdArray, request?: ProfileRequest, options?: CallOptions): Promise<Profile> {
    return (await this.live()).profile(input, request, options);
  }

  close(): void {
    void this.opened?.then((model) => model.close());
  }
}
