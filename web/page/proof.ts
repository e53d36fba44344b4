import {LitElement, css, html, nothing} from 'lit';
import {property, query, state} from 'lit/decorators.js';
import {version} from '../core/version.ts';
import {formatBytes} from '../element/index.ts';
import {theme} from '../element/theme.ts';
import {proof} from '../strings/english.ts';
import {dialogStyles} from './dialog-styles.ts';
import type {Offline} from './offline.ts';
import {policiesInForce} from './policy.ts';
import type {Asked} from './requests.ts';
import {start} from './start.ts';
import {own, type State} from './state.ts';
import {renderStorage} from './storage.ts';
import type {Workbench} from './workbench.ts';

/** What was found to keep the page, and each of its workers, from asking others. */
interface Found {
  page: string[];
  workers: (string[] | undefined)[];
}

const sumOf = (asked: readonly Asked[]): string => formatBytes(asked.reduce((sum, {bytes}) => sum + bytes, 0));

/** The address as the page would write it, whole where it is of another host. */
function shortened(address: string): string {
  const folder = new URL('./', document.baseURI).href;
  return address.startsWith(folder) ? address.slice(folder.length) || './' : address;
}

/** The policy that is written in the page, empty where there is none. */
const declared = (): string =>
  document.querySelector<HTMLMetaElement>('meta[http-equiv="Content-Security-Policy"]')?.content ?? '';

/** The dialog that shows that nothing leaves the page: what was asked, what forbids asking, what runs, and how to see it oneself. */
export class WhylightProof extends LitElement {
  @property({attribute: false}) shown: State | undefined;
  @property({attribute: false}) bench: Workbench | undefined;
  @property({attribute: false}) offline: Offline | undefined;
  @state() private engineHash: string | undefined;
  @state() private checking = false;
  @state() private found: Found | undefined;
  @query('dialog') private dialog!: HTMLDialogElement;

  static override styles = [
    theme,
    dialogStyles,
    css`
      .scroll {
        overflow-x: auto;
      }
      table {
        width: 100%;
        border-collapse: collapse;
        font-size: 0.87em;
      }
      th {
        font-weight: 400;
        text-align: start;
        color: var(--quiet);
      }
      th,
      td {
        padding: 3px 14px 3px 0;
        border-top: 1px solid var(--line);
        vertical-align: baseline;
      }
      td:first-child {
        overflow-wrap: anywhere;
      }
      .size {
        text-align: end;
        white-space: nowrap;
      }
      summary {
        cursor: pointer;
        padding: 4px 0;
      }
      pre {
        white-space: pre-wrap;
      }
      p + p {
        margin-top: 6px;
      }
      button {
        margin-top: 8px;
      }
      .found {
        margin-top: 8px;
      }
      .end button {
        margin: 0;
      }
      .stored {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      .stored li {
        display: flex;
        gap: 14px;
        align-items: center;
        justify-content: space-between;
        padding: 5px 0;
        border-top: 1px solid var(--line);
        overflow-wrap: anywhere;
      }
      .stored button {
        flex: none;
        margin: 0;
      }
      dl {
        display: grid;
        grid-template-columns: max-content 1fr;
        gap: 6px 18px;
        margin: 0 0 14px;
      }
      dt {
        color: var(--quiet);
      }
      dd {
        margin: 0;
        overflow-wrap: anywhere;
      }
      code {
        font-family: ui-monospace, monospace;
        font-size: 0.86em;
      }
    `,
  ];

  async open(): Promise<void> {
    this.found = undefined;
    this.dialog.showModal();
    this.engineHash = (await start.engine).sha256;
  }

  private async check(): Promise<void> {
    this.checking = true;
    const [page, workers] = await Promise.all([policiesInForce(), start.workers.policies()]);
    this.found = {page, workers};
    this.checking = false;
  }

  private renderTable(asked: readonly Asked[]) {
    const {what, kind, size, by} = proof.columns;
    return html`<div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">${what}</th>
            <th scope="col">${kind}</th>
            <th scope="col">${by}</th>
            <th scope="col" class="size">${size}</th>
          </tr>
        </thead>
        <tbody>
          ${asked.map(
            (one) =>
              html`<tr>
                <td>${shortened(one.address)}</td>
                <td>${one.kind}</td>
                <td>${one.by}</td>
                <td class="size number">${one.bytes > 0 ? formatBytes(one.bytes) : proof.unknownSize}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  private renderRequests() {
    const {before, later} = start.requests;
    if (this.shown?.requests === undefined) return html`<p>${proof.loading}</p>`;
    const hosts = [...new Set(before.map(({address}) => new URL(address).host))];
    const others = hosts.filter((host) => host !== location.host);
    const where = others.length > 0 ? proof.others(others.join(', ')) : proof.allOwn(location.host);
    return html`<p>
        ${later.length > 0 ? proof.some(later.length, sumOf(later)) : html`<b>${proof.none}</b> ${proof.recorded}`}
      </p>
      ${later.length > 0 ? this.renderTable(later) : nothing}
      <details class="before">
        <summary class="small">${proof.before(before.length, sumOf(before))}${where}</summary>
        ${this.renderTable(before)}
      </details>`;
  }

  private renderFound({page, workers}: Found) {
    const policy = declared();
    const answered = workers.filter((one) => one !== undefined);
    const free = answered.some((one) => one.length === 0);
    const sent = [...page];
    if (policy && sent.includes(policy)) sent.splice(sent.indexOf(policy), 1);
    const others = sent.filter((one) => one !== policy);
    const where = page.length > 0 ? proof.worker : free ? proof.both : proof.page;
    return html`<p>
        <b>${page.length > 0 && !free ? proof.held(answered.length) : proof.notHeld(where)}</b>
        ${sent.length === 0 && page.length > 0 ? proof.notByHost : nothing}
        ${others.length === 0 && sent.length > 0 ? proof.byHostSame : nothing}
        ${answered.length < workers.length ? proof.busy(workers.length - answered.length) : nothing}
      </p>
      ${others.length > 0 ? html`<p>${proof.byHost}</p>` : nothing}
      ${others.map((one) => html`<pre tabindex="0" aria-label=${proof.byHost}>${one.replaceAll('; ', ';\n')}</pre>`)}`;
  }

  private renderPolicy() {
    const policy = declared();
    return html`<p>${policy ? proof.declared : proof.undeclared}</p>
      ${policy ? html`<pre class="policy" tabindex="0" aria-label=${proof.policy}>${policy.replaceAll('; ', ';\n')}</pre>` : nothing}
      <p class="small quiet">${proof.test} ${proof.limits}</p>
      <button ?disabled=${this.checking} @click=${() => void this.check()}>
        ${this.checking ? proof.checking : proof.check}
      </button>
      <div class="found" role="status">${this.found && !this.checking ? this.renderFound(this.found) : nothing}</div>`;
  }

  private renderVersions() {
    const {card, build} = this.shown ?? {};
    const hash = (sha256: string | undefined, note: string) =>
      html`${sha256 ? html`<code>${proof.sha(sha256)}</code>, ` : nothing}<span class="small quiet">${note}</span>`;
    const secure = isSecureContext;
    const note = card?.name === own ? proof.ownFile : secure ? proof.checked : proof.unchecked;
    return html`<dl>
      <dt>${proof.whylight}</dt>
      <dd class="number">${version}</dd>
      <dt>${proof.engine}</dt>
      <dd>
        ${proof.build(build ?? '')}<br />${hash(this.engineHash, this.engineHash ? proof.checked : proof.unchecked)}
      </dd>
      ${
        card
          ? html`<dt>${proof.model}</dt>
              <dd>${card.title}<br />${hash(card.sha256, note)}</dd>`
          : nothing
      }
    </dl>`;
  }

  override render() {
    return html`<dialog aria-labelledby="title">
      <h2 id="title" tabindex="-1" autofocus>${proof.heading}</h2>
      <p>${proof.lead}</p>
      <h3>${proof.requests}</h3>
      ${this.renderRequests()}
      <h3>${proof.policy}</h3>
      ${this.renderPolicy()}
      <h3>${proof.yourself}</h3>
      <p>${proof.howTo}</p>
      ${this.shown && this.bench && this.offline ? renderStorage(this.shown, this.bench, this.offline) : nothing}
      <h3>${proof.versions}</h3>
      ${this.renderVersions()}
      <div class="end">
        <span></span>
        <button @click=${() => this.dialog.close()}>${proof.close}</button>
      </div>
    </dialog>`;
  }
}

customElements.define('whylight-proof', WhylightProof);
declare global {
  interface HTMLElementTagNameMap {
    'whylight-proof': WhylightProof;
  }
}
