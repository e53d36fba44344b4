/** What is drawn over a map or left out of it, in sentences with numbers. */
import type {Composed} from '../core/compose.ts';
import {pictures} from '../strings/english.ts';
import {formatNumber, formatShare} from './format.ts';
import type {View} from './view.ts';

/** One sentence for each; none for a plain view. */
export function notesOf({scale, limit, levels, held}: Composed, {threshold, overlay}: View): string[] {
  const sign = scale.kind === 'diverging' ? '±' : '';
  const number = (value: number) => sign + formatNumber(value);
  const hidden = limit > 0 ? [pictures.hiddenBelow(number(limit), formatShare(threshold))] : [];
  const support = levels.filter((level) => level > 0);
  if (overlay === 'lines') return [...hidden, pictures.lines(support.map(number).join(', '), sign !== '')];
  if (overlay === 'regions') return [...hidden, pictures.regions];
  if (held === undefined) return hidden;
  const share = `${overlay.slice('top-'.length)} %`;
  const [level = 0] = levels;
  return [...hidden, held > 0 ? pictures.outline(share, formatNumber(level), formatShare(held)) : pictures.noOutline];
}
