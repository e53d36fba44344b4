/** How far a map that was computed again is from the one that was saved. */
import type {Explanation} from '../core/types.ts';
import {formatNumber} from '../element/format.ts';
import {single as text} from '../strings/english.ts';

/** In a sentence; undefined where something else was asked for. */
export function describeDifference(map: Explanation, saved: Explanation): string | undefined {
  const asked = ({method, target, settings, layer}: Explanation) =>
    JSON.stringify([method, target, layer, Object.entries(settings).sort()]);
  if (asked(map) !== asked(saved) || map.data.length !== saved.data.length) return undefined;
  let [most, largest] = [0, 0];
  map.data.forEach((value, at) => {
    most = Math.max(most, Math.abs(value - saved.data[at]!));
    largest = Math.max(largest, Math.abs(saved.data[at]!));
  });
  return most === 0 ? text.same : text.differs(`${formatNumber((100 * most) / largest, 2)} %`);
}
