import {LitElement, css, html, nothing} from 'lit';
import {property, state} from 'lit/decorators.js';
import type {PassFigures, Profile} from '../core/types.ts';
import {profile as words} from '../strings/english.ts';
import {define, send} from './define.ts';
import {formatBytes, formatCount, formatShare} from './format.ts';
import {theme} from './theme.ts';
import './progress.ts';

type Order = 'place' | 'share' | 'forward' | 'backward';

/** A line of the table: one step, or all steps of an operator. */
interface Line {
  title: string;
  note: string;
  forward: PassFigures;
  backward: PassFigures | null;
  share: number;
  multiplyAdds: number;
}

const shownAtFirst = 12;

const milliseconds = (value: number) =>
  value < 0.995 ? value.toFixed(2) : value < 99.5 ? value.toFixed(1) : value.toFixed(0);

const orders: Record<Order, (one: Line, other: Line) => number> = {
  place: () => 0,
  share: (one, other) => other.share - one.share,
  forward: (one, other) => other.forward.milliseconds - one.forward.milliseconds,
  backward: (one, other) => (other.backward?.milliseconds ?? -1) - (one.backward?.milliseconds ?? -1),
};

function linesOf({operators, steps}: Profile): {operators: Line[]; steps: Line[]} {
  return {
    operators: operators.map(({operator, steps: count, ...figures}) => ({
      ...figures,
      title: operator,
      note: words.steps(count),
    })),
    steps: steps.map(({name, operator, shape, layout, ...figures}) => ({
      ...figures,
      title: name,
      note: `${operator}, ${shape.join(' × ')}${layout === 'plain' ? '' : words.channelsLast}`,
    })),
  };
}

/**
 * Where the time of a network's passes goes: every step with its time and speed, forward and backward.
 *
 * @fires whylight-profile - the person asks for it to be measured; detail.way is "gradient" or "lrp"
 * @fires whylight-profile-stop - the person does not want to wait for it
 * @element whylight-profile
 */
export class WhylightProfile extends LitElement {
  /** what was measured; undefined before */
  @property({attribute: false}) profile: Profile | undefined;
  /** it is being measured, and how far that is, 0 to 1 */
  @property({type: Boolean}) active = false;
  /** 0 to 1, of what is being measured */
  @property({type: Number}) share = 0;
  /** there is a model to measure */
  @property({type: Boolean}) possible = false;
  /** why it could not be measured */
  @property() failure = '';
  @state() private way: 'gradient' | 'lrp' = 'gradient';
  @state() private order: Order = 'share';
  @state() private all = false;

  static override styles = [
    theme,
    css`
      :host {
        container-type: inline-size;
      }
      .ask {
        display: flex;
        flex-wrap: wrap;
        gap: 8px 12px;
        align-items: center;
        min-height: 30px;
      }
      whylight-progress {
        flex: 1 1 200px;
      }
      dl {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(100%, 190px), 1fr));
        gap: 8px 28px;
        margin: 12px 0 16px;
      }
      dd {
        margin: 0;
        font-weight: 600;
      }
      dd small {
        font-weight: normal;
        color: var(--quiet);
      }
      table {
        width: 100%;
        border-collapse: collapse;
        table-layout: fixed;
        margin-bottom: 16px;
      }
      caption {
        text-align: left;
        font-weight: 600;
        padding-bottom: 4px;
      }
      th,
      td {
        text-align: left;
        font-weight: normal;
        vertical-align: top;
        padding: 5px 0 5px 24px;
        border-top: 1px solid var(--line);
      }
      th:first-child {
        padding-left: 0;
        width: 28%;
      }
      thead th {
        border-top: 0;
        padding-top: 0;
        color: var(--quiet);
      }
      thead button {
        border: 0;
        background: none;
        padding: 0;
        min-height: 24px;
        color: inherit;
        text-align: left;
      }
      th[aria-sort='ascending'] button,
      th[aria-sort='descending'] button {
        color: var(--ink);
        font-weight: 600;
      }
      .share {
        width: 6.4em;
        text-align: right;
        white-space: nowrap;
      }
      .title {
        overflow-wrap: anywhere;
      }
      .pass {
        display: grid;
        grid-template-columns: 3.2em minmax(20px, 1fr) 9em;
        gap: 2px 10px;
        align-items: center;
      }
      .time {
        text-align: right;
      }
      .track {
        height: 5px;
        background: var(--wash);
      }
      .fill {
        display: block;
        height: 100%;
        min-width: 1px;
        background: var(--accent);
      }
      .back .fill {
        background: var(--edge);
      }
      .failure {
        color: var(--alert);
      }
      @container (max-width: 900px) {
        .pass {
          grid-template-columns: 3.2em minmax(20px, 1fr);
        }
        .rate {
          grid-column: 1 / -1;
        }
      }
      @container (max-width: 520px) {
        .share {
          display: none;
        }
        tr {
          display: grid;
          grid-template-columns: repeat(2, minmax(0, 1fr));
          gap: 2px 16px;
          padding: 5px 0;
          border-top: 1px solid var(--line);
        }
        thead tr {
          border-top: 0;
          grid-template-columns: repeat(3, auto);
          justify-content: space-between;
        }
        tbody th {
          grid-column: 1 / -1;
        }
        th,
        td,
        th:first-child {
          width: auto;
          padding: 0;
          border: 0;
        }
      }
      @media (forced-colors: active) {
        .fill,
        .back .fill {
          background: CanvasText;
        }
      }
    `,
  ];

  private renderAsk() {
    const label = this.profile ? words.again : words.measure;
    return html`<div class="ask">
      <button
        ?disabled=${!this.possible || this.active}
        @click=${() => send(this, 'whylight-profile', {way: this.way})}
      >
        ${label}
      </button>
      <label
        >${words.way}
        <select
          ?disabled=${this.active}
          @change=${(event: Event) => (this.way = (event.target as HTMLSelectElement).value as 'gradient' | 'lrp')}
        >
          <option value="gradient">${words.gradient}</option>
          <option value="lrp">${words.lrp}</option>
        </select></label
      >
      ${
        this.active
          ? html`<whylight-progress
              active
              label=${words.measuring}
              .share=${this.share}
              @whylight-stop=${() => send(this, 'whylight-profile-stop', {})}
            ></whylight-progress>`
          : nothing
      }
    </div>`;
  }

  private renderTotal({total, tilePeak, memory, rounds, counted}: Profile) {
    const pass = (figures: PassFigures | null) =>
      figures &&
      html`${words.milliseconds(milliseconds(figures.milliseconds))}
        <small>${figures.gflops === null ? '' : words.speed(figures.gflops.toFixed(0))}</small>`;
    return html`<dl class="small number">
      <div title=${words.forwardMeaning}>
        <dt class="quiet">${words.forward}</dt>
        <dd>${pass(total.forward)}</dd>
      </div>
      <div title=${words.backwardMeaning}>
        <dt class="quiet">${words.backward}</dt>
        <dd>${pass(total.backward) ?? words.nothing}</dd>
      </div>
      <div title=${words.peakMeaning}>
        <dt class="quiet">${words.peak}</dt>
        <dd>${words.speed(tilePeak.toFixed(0))} <small>${words.oneWorker}</small></dd>
      </div>
      <div title=${words.memoryMeaning}>
        <dt class="quiet">${words.memory}</dt>
        <dd>${formatBytes(memory)}</dd>
      </div>
      <div title=${words.measuredMeaning}>
        <dt class="quiet">${words.measured}</dt>
        <dd>
          ${counted < rounds ? html`${words.quieter(counted)} <small>${words.ofRounds(rounds)}</small>` : html`${rounds} <small>${words.rounds}</small>`}
        </dd>
      </div>
    </dl>`;
  }

  private renderPass(figures: PassFigures | null, most: number, back: boolean) {
    if (!figures) return html`<span class="quiet">–</span>`;
    const {milliseconds: time, gflops, ofPeak} = figures;
    const width = `${most > 0 ? ((100 * time) / most).toFixed(2) : 0}%`;
    return html`<div class="pass ${back ? 'back' : ''}">
      <span class="time">${milliseconds(time)}</span>
      <span class="track"><span class="fill" .style=${`width:${width}`}></span></span>
      <span class="rate quiet">${gflops === null ? nothing : `${gflops.toFixed(1)}, ${formatShare(ofPeak ?? 0)}`}</span>
    </div>`;
  }

  private renderHead(order: Order, title: string, className = '') {
    const sort = this.order === order ? (order === 'place' ? 'ascending' : 'descending') : 'none';
    return html`<th role="columnheader" scope="col" class=${className} aria-sort=${sort}>
      <button @click=${() => (this.order = order)}>
        ${title}${this.order === order ? html`<span aria-hidden="true"> ↓</span>` : nothing}
      </button>
    </th>`;
  }

  private renderTable(caption: string, what: string, lines: readonly Line[], limit: number) {
    const sorted = [...lines].sort(orders[this.order]);
    const most = Math.max(
      ...lines.map(({forward, backward}) => Math.max(forward.milliseconds, backward?.milliseconds ?? 0)),
    );
    // The roles are written out because a narrow table is laid out as a grid, which would take them away.
    return html`<table role="table" class="small number">
      <caption>
        ${caption}
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          ${this.renderHead('place', what)} ${this.renderHead('share', words.share, 'share')}
          ${this.renderHead('forward', words.forwardTime)} ${this.renderHead('backward', words.backwardTime)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${sorted.slice(0, limit).map(
          ({title, note, forward, backward, share, multiplyAdds}) =>
            html`<tr role="row" title=${multiplyAdds > 0 ? words.multiplyAdds(formatCount(multiplyAdds)) : ''}>
              <th role="rowheader" scope="row">
                <span class="title">${title}</span><br /><span class="quiet">${note}</span>
              </th>
              <td role="cell" class="share">${formatShare(share)}</td>
              <td role="cell">${this.renderPass(forward, most, false)}</td>
              <td role="cell">${this.renderPass(backward, most, true)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
  }

  private renderProfile(profile: Profile) {
    const {operators, steps} = linesOf(profile);
    const hidden = steps.length - shownAtFirst;
    return html`${this.renderTotal(profile)}
      ${this.renderTable(words.byOperator, words.operator, operators, operators.length)}
      ${this.renderTable(words.byStep, words.step, steps, this.all ? steps.length : shownAtFirst)}
      ${
        hidden > 0
          ? html`<button class="small" aria-expanded=${this.all} @click=${() => (this.all = !this.all)}>
              ${this.all ? words.fewer : words.all(steps.length)}
            </button>`
          : nothing
      }
      <p class="small quiet">${words.note}</p>`;
  }

  override render() {
    return html`${this.renderAsk()}
    ${this.failure ? html`<p class="failure small" role="alert">${this.failure}</p>` : nothing}
    ${this.profile ? this.renderProfile(this.profile) : nothing}`;
  }
}

define('whylight-profile', WhylightProfile);
declare global {
  interface HTMLElementTagNameMap {
    'whylight-profile': WhylightProfile;
  }
}
