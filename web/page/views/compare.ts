/** One picture, many maps: methods beside each other, classes below each other, each map computed once. */
import {html, nothing} from 'lit';
import {findPalette, palettes} from '../../core/palette.ts';
import type {Scale} from '../../core/heat.ts';
import type {Explanation, NdArray} from '../../core/types.ts';
import {colouring} from '../../element/comparison.ts';
import {formatShare, formatTime} from '../../element/index.ts';
import {probabilitiesOf} from '../../element/outputs.ts';
import {comparing as words} from '../../strings/english.ts';
import {cellKey} from '../comparing.ts';
import type {Cell} from '../grid.ts';
import {valueOf, type Host, type View} from '../host.ts';
import {comparedRows, comparedTargets, rowText, settingsText, rowOf, type Row} from '../rows.ts';
import type {State} from '../state.ts';
import {renderInputs} from './inputs.ts';
import {
  classTitle,
  removeClass,
  removeMethod,
  renderAddClass,
  renderAddMethod,
  renderRemove,
  rowTitle,
} from './pick.ts';

interface Coloured {
  maps: NdArray[];
  scale: Scale;
}

const coloured = new WeakMap<Explanation, {all: readonly Explanation[]; result: Coloured}>();

/** As `colouring`, done anew only when the maps are others. */
function colouringOf(all: readonly Explanation[], layout: 'nchw' | 'nhwc'): Coloured | undefined {
  const [first] = all;
  if (!first) return undefined;
  const known = coloured.get(first);
  if (known?.all.length === all.length && known.all.every((one, place) => one === all[place])) return known.result;
  const result = colouring(all, layout);
  coloured.set(first, {all, result});
  return result;
}

/** What is drawn of each map that is there, and the scale under a method's name. */
function paintingOf(state: State, rows: Row[], targets: string[]) {
  const layout = state.card?.input.layout ?? 'nchw';
  const mapOf = (row: Row, target: string) => state.cells.get(cellKey(state, row, target))?.result;
  const of = (some: Row[]) => {
    const there = some.flatMap((row) => targets.flatMap((target) => mapOf(row, target) ?? []));
    return {there, colours: colouringOf(there, layout)};
  };
  const all = state.choice.scale === 'all' ? of(rows) : undefined;
  const groups = new Map(rows.map((row) => [row, all ?? of([row])]));
  return (row: Row, target?: string) => {
    const {there, colours} = groups.get(row)!;
    const found = target === undefined ? undefined : mapOf(row, target);
    return {scale: colours?.scale, map: found && colours?.maps[there.indexOf(found)]};
  };
}

type Painting = ReturnType<typeof paintingOf>;

function renderWaiting(host: Host, cell: Cell<Explanation> | undefined, title: string) {
  if (cell?.state === 'failed')
    return html`<p class="small reason">${cell.reason}</p>
      <button class="small" aria-label=${`${words.again}: ${title}`} @click=${() => host.bench.comparing.follow(true)}>
        ${words.again}
      </button>`;
  if (cell?.state === 'running') return html`<progress max="1" .value=${cell.share} aria-label=${title}></progress>`;
  return html`<span class="small quiet">${host.state.comparing > 0 ? words.waiting : words.stopped}</span>`;
}

function renderMap(host: Host, row: Row, target: string, painting: Painting) {
  const {state} = host;
  const {seen, card, choice, explanation} = state;
  const cell = state.cells.get(cellKey(state, row, target));
  const title = words.open(rowTitle(state, row), classTitle(state, target));
  const {map, scale} = painting(row, target);
  if (!map || !seen) return html`<div class="place">${renderWaiting(host, cell, title)}</div>`;
  const present =
    explanation?.target === target && rowText(row) === rowText({method: choice.method, settings: choice.settings});
  const open = () => host.step({screen: 'explain', method: row.method, settings: row.settings, target});
  return html`<button
    class="map"
    title=${title}
    aria-label=${title}
    aria-current=${present ? 'true' : nothing}
    @click=${open}
  >
    <whylight-picture
      bare
      .picture=${seen}
      .attribution=${map}
      .layout=${card?.input.layout ?? 'nchw'}
      .common=${scale}
      .view=${choice.view}
      .label=${title}
    ></whylight-picture>
  </button>`;
}

function renderMethod(host: Host, row: Row, removable: boolean, painting: Painting, targets: string[]) {
  const {state} = host;
  const title = rowTitle(state, row);
  const settings = settingsText(row);
  const {scale} = painting(row);
  const times = targets.flatMap((target) => state.cells.get(cellKey(state, row, target))?.result?.milliseconds ?? []);
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  return html`<th scope="col">
    <div class="named">
      <b>${state.catalogue ? rowOf(state.catalogue, row.method)?.title : ''}</b>
      ${removable ? renderRemove(title, () => removeMethod(host, row)) : nothing}
    </div>
    <div class="small quiet">
      ${settings}${settings && times.length > 0 ? ' · ' : ''}${times.length > 0 ? formatTime(mean) : ''}
    </div>
    ${
      scale && state.choice.scale === 'method'
        ? html`<whylight-legend
            .scale=${scale}
            .palette=${findPalette(state.choice.view.palette, scale.kind)}
            .limit=${state.choice.view.threshold * scale.span}
          ></whylight-legend>`
        : nothing
    }
  </th>`;
}

function renderTable(host: Host, rows: Row[], targets: string[], painting: Painting) {
  const {outputs} = host.state;
  const probabilities = outputs && probabilitiesOf(outputs);
  const share = (target: string) => (target.includes(':') ? undefined : probabilities?.[Number(target)]);
  return html`<div class="grid" tabindex="0" role="region" aria-label=${words.table}>
    <table>
      <thead>
        <tr>
          <td></td>
          ${rows.map((row) => renderMethod(host, row, rows.length > 1, painting, targets))}
        </tr>
      </thead>
      <tbody>
        ${targets.map((target) => {
          const title = classTitle(host.state, target);
          return html`<tr>
            <th scope="row">
              <div class="named">
                <bdi>${title}</bdi>
                ${targets.length > 1 ? renderRemove(title, () => removeClass(host, target)) : nothing}
              </div>
              ${share(target) === undefined ? nothing : html`<div class="small quiet number">${formatShare(share(target)!)}</div>`}
            </th>
            ${rows.map((row) => html`<td>${renderMap(host, row, target, painting)}</td>`)}
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}

function renderTools(host: Host, scale: Scale | undefined) {
  const {choice, comparing, cells} = host.state;
  const missing = [...cells.values()].some(({state}) => state === 'waiting');
  const kind = scale?.kind ?? 'diverging';
  const {name: palette} = findPalette(choice.view.palette, kind);
  const paint = (event: Event) => host.adjust({palette: valueOf(event)});
  return html`<div class="tools small">
    ${renderAddMethod(host)} ${renderAddClass(host)}
    <label
      >${words.scale}
      <select id="scale" @change=${(event: Event) => host.step({scale: valueOf(event) as 'method' | 'all'})}>
        <option value="method" ?selected=${choice.scale === 'method'}>${words.scaleMethod}</option>
        <option value="all" ?selected=${choice.scale === 'all'}>${words.scaleAll}</option>
      </select></label
    >
    <label
      >${words.colours}
      <select @change=${paint}>
        ${palettes
          .filter((one) => one.kind === kind)
          .map(({name, title}) => html`<option value=${name} ?selected=${name === palette}>${title}</option>`)}
      </select></label
    >
    <span class="doing">
      ${
        comparing > 0
          ? html`<whylight-progress
              active
              .share=${shareDone(host.state)}
              .label=${words.progress(comparing)}
              @whylight-stop=${() => host.bench.comparing.stop()}
            ></whylight-progress>`
          : missing
            ? html`<button @click=${() => host.bench.comparing.follow()}>${words.goOn}</button>`
            : nothing
      }
    </span>
  </div>`;
}

function shareDone({cells}: State): number {
  const all = [...cells.values()];
  return all.reduce((sum, {share}) => sum + share, 0) / Math.max(1, all.length);
}

export const compare: View = {
  render: (host) => {
    const {state} = host;
    const rows = comparedRows(state);
    const targets = comparedTargets(state);
    const painting = paintingOf(state, rows, targets);
    const all = state.choice.scale === 'all' && rows[0] ? painting(rows[0]).scale : undefined;
    return html`${renderInputs(host)}
      <section class="wide" aria-labelledby="compare-title">
        <h2 id="compare-title">${words.heading(state.source?.title ?? '')}</h2>
        <p class="small quiet">${words.lead} ${state.choice.scale === 'all' ? words.noteAll : words.noteMethod}</p>
        ${renderTools(host, rows[0] && painting(rows[0]).scale)} ${renderTable(host, rows, targets, painting)}
        ${
          all
            ? html`<whylight-legend
                class="common"
                .scale=${all}
                .palette=${findPalette(state.choice.view.palette, all.kind)}
                .limit=${state.choice.view.threshold * all.span}
              ></whylight-legend>`
            : nothing
        }
      </section>`;
  },
};
