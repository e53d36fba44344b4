import {LitElement, css, html, nothing} from 'lit';
import {property} from 'lit/decorators.js';
import type {MetricRow, Score} from '../core/types.ts';
import {define, send} from './define.ts';
import {formatNumber, formatTime, words} from './format.ts';
import {theme} from './theme.ts';

/** A metric's row, and how far its score has come. */
export interface ScoreEntry {
  row: MetricRow;
  /** "impossible": `reason` says what is lacking */
  state: 'waiting' | 'running' | 'done' | 'failed' | 'impossible';
  score?: Score;
  progress?: number;
  reason?: string;
}

/**
 * How good the map is: each score with its direction and meaning, or why it is missing.
 *
 * @fires whylight-score - the person asks for a score; detail.metric is its name
 */
export class WhylightScores extends LitElement {
  @property({attribute: false}) entries: readonly ScoreEntry[] = [];

  static override styles = [
    theme,
    css`
      table {
        border-collapse: collapse;
        width: 100%;
      }
      th,
      td {
        text-align: left;
        vertical-align: baseline;
        font-weight: normal;
        padding: 7px 0;
        border-top: 1px solid var(--line);
      }
      tr:first-child > * {
        border-top: 0;
      }
      th {
        padding-right: 16px;
      }
      td {
        width: 1%;
        white-space: nowrap;
        text-align: right;
      }
      td button {
        padding: 1px 8px;
        min-height: 24px;
      }
      .meaning {
        display: block;
        max-width: 62ch;
      }
      .value {
        font-weight: 600;
      }
      progress {
        width: 90px;
        height: 6px;
        accent-color: var(--accent);
      }
    `,
  ];

  private renderDone(entry: ScoreEntry) {
    const {row, score} = entry;
    if (!score || score.value === null) return html`<span class="quiet">none</span>`;
    const arrow = row.better === 'higher' ? '↑' : '↓';
    return html`<span class="value number" title=${`${score.evaluations} passes, ${formatTime(score.milliseconds)}`}
        >${formatNumber(score.value)}</span
      >
      <span class="quiet" aria-hidden="true">${arrow}</span
      ><span class="visually-hidden">, ${row.better} is better</span>`;
  }

  private renderValue(entry: ScoreEntry) {
    const {row, state} = entry;
    if (state === 'done') return this.renderDone(entry);
    if (state === 'impossible') return html`<span class="quiet">–</span>`;
    if (state === 'running')
      return html`<progress aria-label=${`computing ${row.title}`} max="1" .value=${entry.progress ?? 0}></progress>`;
    const text = state === 'failed' ? 'Try again' : 'Compute';
    return html`<button
      class="small"
      aria-label=${`${text}: ${row.title}`}
      @click=${() => send(this, 'whylight-score', {metric: row.name})}
    >
      ${text}
    </button>`;
  }

  private renderMeaning({row, score, state, reason}: ScoreEntry) {
    const missing = state === 'done' && score?.value === null ? score.missing : '';
    const note = reason ?? missing;
    const facts = (state === 'done' && score?.facts) || [];
    return html`<span class="meaning small quiet"
      >${row.summary} ${words(row.better)} is better${row.range ? `, ${row.range}` : ''}.
      ${note ? html`<br />${note}` : nothing}
      ${facts.map(({name, value, meaning}) => html`<br /><span title=${meaning}>${words(name)} <span class="number">${formatNumber(value)}</span></span>`)}
    </span>`;
  }

  override render() {
    return html`<table>
      <caption class="visually-hidden">
        Scores of the map
      </caption>
      <tbody>
        ${this.entries.map(
          (entry) =>
            html`<tr data-metric=${entry.row.name} data-state=${entry.state}>
              <th scope="row">${entry.row.title}${this.renderMeaning(entry)}</th>
              <td>${this.renderValue(entry)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
  }
}

define('whylight-scores', WhylightScores);
declare global {
  interface HTMLElementTagNameMap {
    'whylight-scores': WhylightScores;
  }
}
