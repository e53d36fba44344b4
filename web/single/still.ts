/** An explanation as plain HTML: picture, map, legend, answers, method, scores. Needs no script. */
import {invert} from '../core/digit.ts';
import {compose, type Composed} from '../core/compose.ts';
import {describeMap, enlarge, heatMap, legendPixels, paint} from '../core/heat.ts';
import type {Picture} from '../core/image.ts';
import {toBase64} from '../core/base64.ts';
import {findPalette, type Palette} from '../core/palette.ts';
import {writePng} from '../core/png.ts';
import type {Score} from '../core/types.ts';
import {evidenceOf} from '../element/evidence.ts';
import {formatFact, formatNumber, formatShare, formatSigned, words} from '../element/format.ts';
import {probabilitiesOf, strongest, targetTitle} from '../element/outputs.ts';
import {single as text} from '../strings/english.ts';
import {ids, type Saved} from './data.ts';

/** Text within HTML, or within an attribute's quotes. */
export function escaped(plain: string): string {
  const names: Record<string, string> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'};
  return plain.replace(/[&<>"]/g, (letter) => names[letter]!);
}

const pngAddress = async (picture: Picture): Promise<string> =>
  `data:image/png;base64,${toBase64(await writePng(picture))}`;

/** Digits are shown dark on light, as ink is. */
export const displayed = (saved: Saved): Picture =>
  saved.card.input.kind === 'digit' ? invert(saved.picture) : saved.picture;

async function legend({scale, limit, levels}: Composed, palette: Palette): Promise<string> {
  const beyond = Math.max(scale.high, -scale.low) > scale.span * 1.01;
  const low = scale.kind === 'diverging' ? -scale.span : 0;
  const ticks = [
    `${beyond && low < 0 ? '≤ ' : ''}${formatNumber(low)}`,
    ...(low < 0 ? ['0'] : []),
    `${beyond ? '≥ ' : ''}${formatSigned(scale.span)}`,
  ];
  const data = new Uint8ClampedArray(legendPixels(palette, scale, limit, levels));
  return `<img class="colours" alt="" width="256" height="1" src="${await pngAddress({width: 256, height: 1, data})}">
<p class="ticks small number" dir="ltr">${ticks.map((tick) => `<span>${tick}</span>`).join('')}</p>`;
}

function linesOver({lines}: Composed, {width, height}: Picture): string {
  if (lines.length === 0) return '';
  const paths = lines.map(({kind, path}) => `<path class="under" d="${path}"/><path class="${kind}" d="${path}"/>`);
  return `<svg class="lines" viewBox="0 0 ${width} ${height}" aria-hidden="true">${paths.join('')}</svg>`;
}

async function picturePart(saved: Saved): Promise<string> {
  const {explanation, card, view, catalogue} = saved;
  const seen = displayed(saved);
  const raw = enlarge(heatMap(explanation, card.input.layout), seen.width, seen.height);
  const composed = compose(raw, seen, view);
  const {map, scale, limit} = composed;
  const palette = findPalette(view.palette, scale.kind);
  const painted = paint(seen, map, scale, palette, view.opacity, limit);
  const method = catalogue.methods.find(({name}) => name === explanation.method)?.title ?? explanation.method;
  const alternative = `${text.mapOf(targetTitle(card, explanation.target), method)} ${describeMap(raw)}`;
  const coarse = seen.width <= 64 ? ' coarse' : '';
  const size = `width="${seen.width}" height="${seen.height}"`;
  return `<figure class="picture">
<div class="stage"><img class="map${coarse}" alt="${escaped(alternative)}" ${size} src="${await pngAddress(painted)}">${linesOver(composed, seen)}</div>
${await legend(composed, palette)}
<p class="small">${escaped(describeMap(raw))}</p>
<div class="plain"><img id="${ids.picture}" class="${coarse.trim()}" alt="" ${size} src="${await pngAddress(seen)}">
<p class="small quiet">${text.seen}${saved.origin.title && `: ${escaped(saved.origin.title)}`}</p></div>
</figure>`;
}

function answers({card, outputs, explanation}: Saved): string {
  const units = explanation.target.split(':').map(Number);
  const entries = strongest(outputs, card, 5, units);
  const widest = Math.max(1e-9, ...entries.map(({value}) => Math.abs(value)));
  const rows = entries.map(({unit, label, value, probability}) => {
    const chosen = unit === units[0];
    const share = probability ?? Math.max(0, value) / widest;
    const note = chosen ? `<span class="visually-hidden"> (${text.explainedHere})</span>` : '';
    return `<li class="${chosen ? 'chosen' : ''}"><span class="name"><bdi>${escaped(label)}</bdi>${note}</span>
<svg viewBox="0 0 100 9" preserveAspectRatio="none" aria-hidden="true"><rect width="${Math.max(0.5, share * 100).toFixed(2)}" height="9"/></svg>
<span class="share number" dir="ltr">${probability === undefined ? formatNumber(value) : formatShare(probability)}</span></li>`;
  });
  return `<ul class="classes" aria-label="${text.classes}">${rows.join('\n')}</ul>`;
}

function methodPart({catalogue, explanation}: Saved): string {
  const row = catalogue.methods.find(({name}) => name === explanation.method);
  const settings = Object.entries(explanation.settings).map(([name, value]) => `${words(name)} ${value}`);
  return `<h2>${text.method}</h2>
<p class="small"><b>${escaped(row?.title ?? explanation.method)}.</b> ${escaped(row?.summary ?? '')} <span class="quiet">${escaped(row?.paper ?? '')}</span></p>
${settings.length > 0 ? `<p class="small quiet">${escaped(settings.join(' · '))}</p>` : ''}`;
}

function evidencePart(saved: Saved): string {
  const lines = evidenceOf(saved).map(
    ({name, value, meaning}) =>
      `<dt>${escaped(name)}</dt><dd class="number">${escaped(value)}<span class="visually-hidden">: ${escaped(meaning)}</span></dd>`,
  );
  return `<h2>${text.evidence}</h2>\n<dl class="small">${lines.join('\n')}</dl>`;
}

function scoreItem({metric, value, missing, facts}: Score, {catalogue}: Saved): string {
  const row = catalogue.metrics.find(({name}) => name === metric);
  if (!row) return '';
  const better = row.better === 'higher' ? text.higher : text.lower;
  const arrow = row.better === 'higher' ? '↑' : '↓';
  const shown = value === null ? '–' : `${formatNumber(value)} <span class="quiet" aria-hidden="true">${arrow}</span>`;
  const told = facts.map((fact) => `${formatFact(fact).name} ${formatFact(fact).value}`).join(' · ');
  return `<li><h3>${escaped(row.title)}</h3><p class="number value">${shown}</p>
<p class="meaning small quiet">${escaped(`${row.summary} ${better}${row.range ? `, ${row.range}` : ''}.`)}${missing && ` ${escaped(missing)}`}${told && `<br>${escaped(told)}`}</p></li>`;
}

function scoresPart(saved: Saved): string {
  const items = saved.scores.map((score) => scoreItem(score, saved));
  const list =
    items.length > 0 ? `<ul class="scores">${items.join('\n')}</ul>` : `<p class="quiet">${text.noScores}</p>`;
  return `<section aria-labelledby="trust"><h2 id="trust">${text.trust}</h2>\n${list}</section>`;
}

/** The sentences at the end: what it means, where it is from, that nothing leaves it. */
export function closing({card, origin, catalogue}: Saved, nothingLeaves: string): string {
  const credit = [origin.title, origin.credit].filter(Boolean).join(', ');
  const lines = [
    ...(credit ? [text.picture(credit)] : []),
    text.model(card.title, card.source, card.licence),
    text.made(catalogue.version),
  ];
  return `<footer>
<section aria-labelledby="meaning"><h2 id="meaning">${text.meaningTitle}</h2><p class="small">${text.meaning}</p></section>
<section aria-labelledby="source"><h2 id="source">${text.sourceTitle}</h2><p class="small">${lines.map(escaped).join('<br>')}</p></section>
<p class="small leaves">${nothingLeaves}</p>
</footer>`;
}

/** What is shown until a script takes its place, and ever without one. */
export async function still(saved: Saved): Promise<string> {
  const {card, outputs, explanation, catalogue} = saved;
  const [unit, against] = explanation.target.split(':');
  const probability = against === undefined ? probabilitiesOf(outputs)?.[Number(unit)] : undefined;
  const share = probability === undefined ? '' : formatShare(probability);
  const method = catalogue.methods.find(({name}) => name === explanation.method)?.title ?? explanation.method;
  return `<div class="still">
${await picturePart(saved)}
<div class="text">
<p class="question"><bdi>${escaped(text.question(targetTitle(card, explanation.target), share))}</bdi> <span class="quiet">${escaped(text.by(method))}</span></p>
${answers(saved)}
${methodPart(saved)}
${evidencePart(saved)}
</div>
</div>
${scoresPart(saved)}`;
}
