/** The profile of the model on the screen: measured on request, and forgotten with the model. */
import type {Model, Profile} from '../core/types.ts';
import type {Store} from './state.ts';

export interface Profiling {
  /** 0 to 1 while it is being measured */
  share: number | undefined;
  profile: Profile | undefined;
  failure: string;
}

export const unprofiled: Profiling = {share: undefined, profile: undefined, failure: ''};

export class Profiler {
  private run = new AbortController();

  constructor(
    private readonly store: Store,
    private readonly model: () => Model | undefined,
  ) {}

  async measure(way: 'gradient' | 'lrp'): Promise<void> {
    const model = this.model();
    if (!model) return;
    this.stop();
    const {signal} = this.run;
    const update = (part: Partial<Profiling>) => {
      if (!signal.aborted) this.store.update({profiling: {...this.store.state.profiling, ...part}});
    };
    update({share: 0, failure: ''});
    try {
      const onProgress = (share: number) => update({share});
      const {input} = this.store.state;
      update({profile: await model.profile(input, {way}, {signal, onProgress})});
    } catch (error) {
      update({failure: (error as Error).message});
    }
    update({share: undefined});
  }

  /** What was measured before stays on the screen. */
  stop(): void {
    this.run.abort();
    this.run = new AbortController();
    const {profiling} = this.store.state;
    if (profiling.share !== undefined) this.store.update({profiling: {...profiling, share: undefined}});
  }

  /** Another model is shown. */
  forget(): void {
    this.stop();
    this.store.update({profiling: unprofiled});
  }
}
