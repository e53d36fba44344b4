/** A table of methods and metrics that ranks, and all scores of the map on the screen. */
import {html, nothing} from 'lit';
import type {MetricRow} from '../../core/types.ts';
import {formatNumber, formatTime} from '../../element/index.ts';
import {ranking as words} from '../../strings/english.ts';
import type {Host, View} from '../host.ts';
import {bestOf, meanRanks, placesOf, sortedRows} from '../places.ts';
import {possible, scoreKey} from '../ranking.ts';
import {comparedRows, rowOf, settingsText, type Row} from '../rows.ts';
import type {State} from '../state.ts';
import {renderInputs} from './inputs.ts';
import {classTitle, removeMethod, renderAddMethod, renderRemove, renderTarget, rowTitle} from './pick.ts';
import {renderTrust} from './trust.ts';

function renderCell(host: Host, row: Row, metric: MetricRow, places: Map<string, number>) {
  const {state, bench} = host;
  if (!possible(state, metric)) return html`<span class="quiet" title=${words.needsMark}>–</span>`;
  const cell = state.ranks.get(scoreKey(row, metric.name));
  const title = words.compute(rowTitle(state, row), metric.title);
  if (cell?.state === 'running') return html`<progress max="1" .value=${cell.share} aria-label=${title}></progress>`;
  const {result} = cell ?? {};
  if (!result)
    return html`${cell?.reason ? html`<p class="small reason">${cell.reason}</p>` : nothing}
      <button class="small" aria-label=${title} title=${title} @click=${() => bench.ranking.compute(row, metric.name)}>
        ${cell?.reason ? '↻' : '+'}
      </button>`;
  if (result.value === null)
    return html`<span class="quiet" title=${result.missing}>${words.none}</span
      ><span class="small reason">${result.missing}</span>`;
  const place = places.get(scoreKey(row, metric.name));
  const best = bestOf(places, metric.name) === scoreKey(row, metric.name);
  const detail = `${place ? `${words.placed(place, places.size)}, ` : ''}${formatTime(result.milliseconds)}`;
  return html`<span class="value ${best ? 'best' : ''}" title=${detail}
    >${formatNumber(result.value)}${best ? html`<span class="visually-hidden">, ${words.best}</span>` : nothing}</span
  >`;
}

/** Whether scores of a row, or of a metric, are still to be computed. */
function isOpen(state: State, rows: readonly Row[], metrics: readonly MetricRow[]): boolean {
  const asked = metrics.filter((metric) => possible(state, metric));
  return rows.some((row) => asked.some(({name}) => state.ranks.get(scoreKey(row, name))?.state !== 'done'));
}

function renderHead(host: Host, key: string, title: string, note: string, arrow = '', open = false) {
  const {choice} = host.state;
  const sorted = choice.sort === key;
  return html`<th scope="col" aria-sort=${sorted ? (arrow === '↑' ? 'descending' : 'ascending') : 'none'}>
    <button
      class="sort"
      title=${`${note} ${words.sortBy(title)}`}
      @click=${() => host.step({sort: sorted && key ? '' : key})}
    >
      ${title}${arrow ? html`<span class="quiet"> ${arrow}</span>` : nothing}
    </button>
    ${
      key && open
        ? html`<button
            class="small"
            title=${words.computeColumn(title)}
            aria-label=${words.computeColumn(title)}
            @click=${() => host.bench.ranking.compute(undefined, key)}
          >
            ${words.all}
          </button>`
        : nothing
    }
  </th>`;
}

function renderRow(
  host: Host,
  row: Row,
  metrics: readonly MetricRow[],
  places: Map<string, Map<string, number>>,
  rank?: number,
) {
  const {state, bench} = host;
  const {catalogue, choice} = state;
  const title = rowTitle(state, row);
  const rows = comparedRows(state);
  const open = (event: Event) => {
    event.preventDefault();
    host.step({screen: 'explain', method: row.method, settings: row.settings});
  };
  return html`<tr>
    <th scope="row">
      <div class="named">
        <a href="#" aria-current=${choice.method === row.method ? 'true' : nothing} @click=${open}
          >${catalogue ? rowOf(catalogue, row.method)?.title : ''}</a
        >
        ${rows.length > 1 ? renderRemove(title, () => removeMethod(host, row)) : nothing}
      </div>
      <span class="small quiet">${settingsText(row)}</span>
      ${
        isOpen(state, [row], metrics)
          ? html`<button
              class="small"
              title=${words.computeRow(title)}
              aria-label=${words.computeRow(title)}
              @click=${() => bench.ranking.compute(row)}
            >
              ${words.all}
            </button>`
          : nothing
      }
    </th>
    <td class="number">${rank === undefined ? html`<span class="quiet">–</span>` : rank.toFixed(1)}</td>
    ${metrics.map((metric) => html`<td class="number" data-score=${metric.name}>${renderCell(host, row, metric, places.get(metric.name)!)}</td>`)}
  </tr>`;
}

function renderTable(host: Host, metrics: readonly MetricRow[]) {
  const {state} = host;
  const rows = comparedRows(state);
  const places = new Map(metrics.map((metric) => [metric.name, placesOf(state, rows, metric)]));
  const ranks = meanRanks(rows, places);
  return html`<div class="grid ranks" tabindex="0" role="region" aria-label=${words.table}>
    <table>
      <thead>
        <tr>
          <th scope="col" class="quiet">${words.method}</th>
          ${renderHead(host, '', words.rank, words.rankMeaning)}
          ${metrics.map((metric) => {
            const arrow = metric.better === 'higher' ? '↑' : '↓';
            return renderHead(host, metric.name, metric.title, metric.summary, arrow, isOpen(state, rows, [metric]));
          })}
        </tr>
      </thead>
      <tbody>
        ${sortedRows(state, rows, places, ranks).map((row) => renderRow(host, row, metrics, places, ranks.get(row)))}
      </tbody>
    </table>
  </div>`;
}

function shareDone({ranks}: State): number {
  const all = [...ranks.values()];
  return all.reduce((sum, {share}) => sum + share, 0) / Math.max(1, all.length);
}

export const scores: View = {
  render: (host) => {
    const {state, bench} = host;
    const {explanation, catalogue, ranking} = state;
    const metrics = catalogue?.metrics ?? [];
    const target = explanation ? classTitle(state, explanation.target) : '';
    return html`${renderInputs(host)}
      <section class="wide" aria-labelledby="ranking-title">
        <h2 id="ranking-title">${words.heading(target)}</h2>
        <p class="small quiet">${words.lead}</p>
        <div class="tools small">
          ${renderAddMethod(host)} ${renderTarget(host)}
          <button id="compute-all" ?disabled=${!explanation || ranking > 0} @click=${() => bench.ranking.compute()}>
            ${words.computeAll}
          </button>
          <span class="doing">
            ${
              ranking > 0
                ? html`<whylight-progress
                    active
                    .share=${shareDone(state)}
                    .label=${words.progress(ranking)}
                    @whylight-stop=${() => bench.ranking.stop()}
                  ></whylight-progress>`
                : nothing
            }
          </span>
        </div>
        ${explanation ? renderTable(host, metrics) : nothing}
      </section>
      ${renderTrust(host)}`;
  },
};
