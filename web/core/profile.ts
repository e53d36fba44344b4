/** From the times of a model's steps, round after round, to what is told of them. */
import type {PassFigures, Profile, ProfileStep, ProfileSum} from './types.ts';
import type {RawStep} from './wasm.ts';

/** The clock is finer than that, in milliseconds, wherever it is not made coarse on purpose. */
const fineClock = 0.02;

function median(values: number[]): number {
  values.sort((a, b) => a - b);
  const middle = values.length / 2;
  return (values[Math.floor(middle)]! + values[Math.ceil(middle) - 1]!) / 2;
}

/** Of each entry the median where the clock is fine; where it is coarse its steps do not show in a mean over the quieter half. */
export function typical(rounds: readonly Float32Array[]): {times: Float64Array; counted: number} {
  const fine = rounds.some((round) => round.some((time) => time > 0 && time < fineClock));
  if (!fine) return quietMean(rounds);
  const times = Float64Array.from(rounds[0]!, (_, place) => median(rounds.map((round) => round[place]!)));
  return {times, counted: rounds.length};
}

/** Mean of each entry over the rounds whose sums are the smaller half, and how many those are. */
export function quietMean(rounds: readonly Float32Array[]): {times: Float64Array; counted: number} {
  const total = (round: Float32Array) => round.reduce((sum, time) => sum + time, 0);
  const quiet = [...rounds].sort((a, b) => total(a) - total(b)).slice(0, Math.ceil(rounds.length / 2));
  const times = new Float64Array(rounds[0]?.length ?? 0);
  for (const round of quiet) round.forEach((time, place) => (times[place]! += time / quiet.length));
  return {times, counted: quiet.length};
}

/** Cuts times as the bindings give them into rounds. */
export function cutRounds(times: Float32Array, steps: number): Float32Array[] {
  const length = 2 * steps;
  const count = length > 0 ? times.length / length : 0;
  return Array.from({length: count}, (_, round) => times.subarray(round * length, (round + 1) * length));
}

function figures(multiplyAdds: number, milliseconds: number, tilePeak: number): PassFigures {
  const gflops = multiplyAdds > 0 && milliseconds > 0 ? (2e-6 * multiplyAdds) / milliseconds : null;
  return {milliseconds, gflops, ofPeak: gflops !== null && tilePeak > 0 ? gflops / tilePeak : null};
}

interface Timed extends RawStep {
  forwardTime: number;
  backwardTime: number;
}

function sum(operator: string, steps: readonly Timed[], whole: number, tilePeak: number): ProfileSum {
  const add = (value: (step: Timed) => number) => steps.reduce((total, step) => total + value(step), 0);
  const forward = add((step) => step.forwardTime);
  const backward = add((step) => step.backwardTime);
  return {
    operator,
    steps: steps.length,
    multiplyAdds: add((step) => step.forward),
    forward: figures(
      add((step) => step.forward),
      forward,
      tilePeak,
    ),
    backward: steps.some((step) => step.flows)
      ? figures(
          add((step) => step.backward),
          backward,
          tilePeak,
        )
      : null,
    share: whole > 0 ? (forward + backward) / whole : 0,
  };
}

function tell(step: Timed, whole: number, tilePeak: number): ProfileStep {
  const {name, operator, shape, layout} = step;
  const {multiplyAdds, forward, backward, share} = sum(operator, [step], whole, tilePeak);
  return {name, operator, shape, layout, multiplyAdds, forward, backward, share};
}

type Told = Pick<Profile, 'steps' | 'operators' | 'total' | 'rounds' | 'counted'>;

/** What is told of the steps; `tilePeak` in GFLOP/s. */
export function summarise(steps: readonly RawStep[], rounds: readonly Float32Array[], tilePeak: number): Told {
  const {times, counted} = typical(rounds);
  const timed = steps.map((step, place): Timed => ({
    ...step,
    forwardTime: times[place]!,
    backwardTime: times[steps.length + place]!,
  }));
  const whole = times.reduce((all, time) => all + time, 0);
  const kinds = [...new Set(steps.map(({operator}) => operator))];
  return {
    rounds: rounds.length,
    counted,
    steps: timed.map((step) => tell(step, whole, tilePeak)),
    operators: kinds
      .map((kind) =>
        sum(
          kind,
          timed.filter(({operator}) => operator === kind),
          whole,
          tilePeak,
        ),
      )
      .sort((a, b) => b.share - a.share),
    total: sum('all', timed, whole, tilePeak),
  };
}
