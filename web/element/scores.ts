import {LitElement, css, html, nothing} from 'lit';
import {property} from 'lit/decorators.js';
import type {MetricRow, Score} from '../core/types.ts';
import {scoreList as words} from '../strings/english.ts';
import {define, send} from './define.ts';
import {formatFact, formatNumber, formatTime} from './format.ts';
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
 * @fires whylight-score-stop - the person does not want to wait for it; detail.metric is its name
 * @element whylight-scores
 */
export class WhylightScores extends LitElement {
  /** one for each metric */
  @property({attribute: false}) entries: readonly ScoreEntry[] = [];

  static override styles = [
    theme,
    css`
      ul {
        list-style: none;
        margin: 0;
        padding: 0;
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(100%, 360px), 1fr));
        column-gap: 48px;
      }
      li {
        display: grid;
        grid-template-columns: minmax(0, 1fr) max-content;
        gap: 0 20px;
        align-content: start;
        padding: 9px 0;
        border-top: 1px solid var(--line);
      }
      h3 {
        font-weight: normal;
      }
      .meaning {
        grid-column: 1 / -1;
        max-width: 62ch;
        margin: 0;
      }
      button {
        padding: 0 8px;
        min-height: 24px;
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
    if (!score || score.value === null) return html`<span class="quiet">${words.none}</span>`;
    const arrow = row.better === 'higher' ? '↑' : '↓';
    return html`<span class="value number" title=${words.passes(score.evaluations, formatTime(score.milliseconds))}
        >${formatNumber(score.value)}</span
      >
      <span class="quiet" aria-hidden="true">${arrow}</span
      ><span class="visually-hidden">${words.better(row.better)}</span>`;
  }

  private renderValue(entry: ScoreEntry) {
    const {row, state} = entry;
    if (state === 'done') return this.renderDone(entry);
    if (state === 'impossible') return html`<span class="quiet">–</span>`;
    if (state === 'running') {
      return html`<progress aria-label=${words.computing(row.title)} max="1" .value=${entry.progress ?? 0}></progress>
        <button
          class="small"
          aria-label=${words.stopThis(row.title)}
          @click=${() => send(this, 'whylight-score-stop', {metric: row.name})}
        >
          ${words.stop}
        </button>`;
    }
    const text = state === 'failed' ? words.again : words.compute;
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
    const note = reason || missing;
    const facts = (state === 'done' && score?.facts) || [];
    return html`<p class="meaning small quiet">
      ${words.meaning(row.summary, row.better, row.range)} ${note ? html`<br />${note}` : nothing}
      ${
        facts.length > 0
          ? html`<br />${facts.map(
                (fact, place) =>
                  html`${place > 0 ? ' · ' : ''}<span title=${fact.meaning}
                      >${formatFact(fact).name} <span class="number">${formatFact(fact).value}</span></span
                    >`,
              )}`
          : nothing
      }
    </p>`;
  }

  override render() {
    return html`<ul>
      ${this.entries.map(
        (entry) =>
          html`<li data-metric=${entry.row.name} data-state=${entry.state}>
            <h3>${entry.row.title}</h3>
            <div>${this.renderValue(entry)}</div>
            ${this.renderMeaning(entry)}
          </li>`,
      )}
    </ul>`;
  }
}

define('whylight-scores', WhylightScores);
declare global {
  interface HTMLElementTagNameMap {
    'whylight-scores': WhylightScores;
  }
}
