import {LitElement, html} from 'lit';
import {query} from 'lit/decorators.js';
import '../element/index.ts';
import type {Picture} from '../core/image.ts';
import type {Mark, View, WhylightDraw} from '../element/index.ts';
import {guide} from '../strings/english.ts';
import {copyLink, renderFooter} from './footer.ts';
import {renderHeader} from './header.ts';
import {renderHelp} from './help.ts';
import type {Detail, Host} from './host.ts';
import {listenToKeys} from './keys.ts';
import {Offline} from './offline.ts';
import {renderPrinted} from './printed.ts';
import type {WhylightProof} from './proof.ts';
import './proof.ts';
import type {WhylightSaving} from './saving.ts';
import './saving.ts';
import {fetchParts} from './single.ts';
import {start} from './start.ts';
import {drawing, Store, viewOnly, type Choice, type State} from './state.ts';
import {Steps, type Snapshot} from './steps.ts';
import './tour.ts';
import {fromFragment} from './url.ts';
import {views} from './views/index.ts';
import {Workbench} from './workbench.ts';

/** The whole page: a shell around one of the views. It is drawn from the state alone; what happens goes through the workbench. */
export class WhylightPage extends LitElement implements Host {
  readonly store = new Store(fromFragment(location.hash));
  readonly bench = new Workbench(this.store, () => void this.ready());
  private readonly offline = new Offline(this.store, (asked) => start.requests.add(asked));
  readonly steps = new Steps(this.store, (snapshot) => void this.restore(snapshot));
  /** the pen is on the sheet */
  private stroke = false;
  @query('#help') private dialog!: HTMLDialogElement;
  @query('whylight-proof') private proof!: WhylightProof;
  @query('whylight-saving') private saving!: WhylightSaving;
  @query('whylight-draw') private sheet!: WhylightDraw | null;

  protected override createRenderRoot(): HTMLElement {
    this.replaceChildren();
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.store.onChange = () => this.requestUpdate();
    listenToKeys(this);
    for (const [event, printing] of [
      ['beforeprint', true],
      ['afterprint', false],
    ] as const)
      window.addEventListener(event, () => this.store.update({printing}));
    document.addEventListener('fullscreenchange', () => {
      if (!document.fullscreenElement) this.store.update({presenting: false});
    });
    void this.bench.start(start);
    void this.offline.look();
  }

  protected override updated(): void {
    this.steps.follow(this.state);
    const {card, source, phase, working, maps, presenting} = this.store.state;
    this.dataset.state = phase === 'ready' && working ? 'working' : phase;
    this.dataset.maps = String(maps);
    this.toggleAttribute('data-presenting', presenting);
    document.title = card && source ? `${source.title}, ${card.title} · Whylight` : 'Whylight';
  }

  get state(): State {
    return this.store.state;
  }

  /** The last that is fetched is what files of an explanation are made with; whoever saves one is told if that failed. */
  private async ready(): Promise<void> {
    this.store.update({fileParts: await fetchParts().catch(() => undefined)});
    start.requests.loaded((requests) => this.store.update({requests}));
  }

  step(part: Partial<Choice>): void {
    if (this.state.phase !== 'ready') return;
    const moves = Object.keys(part).every((name) => name === 'screen');
    if (!moves) this.steps.begin('');
    this.store.choose(part);
    this.steps.enter(!moves);
    const light = Object.keys(part).every((name) => viewOnly.includes(name)) && part.screen !== 'draw';
    if (light && this.state.explanation) this.bench.attend();
    else void this.bench.settle();
  }

  mark(mark: Mark | undefined): void {
    this.steps.begin('mark');
    void this.bench.scoring.mark(mark);
  }

  draw(sheet: Picture, penDown: boolean, empty: boolean): void {
    if (empty || (penDown && !this.stroke)) this.steps.begin('');
    this.stroke = penDown;
    if (!penDown) this.steps.drawn(empty ? undefined : sheet);
    void this.bench.draw(sheet, penDown, empty);
  }

  /** Brings back what was on the screen. */
  private async restore({choice, mark, sheet}: Snapshot): Promise<void> {
    await this.bench.choose(choice);
    await this.updateComplete;
    if (sheet) this.sheet?.show(sheet);
    else this.clearSheet();
    if (sheet && choice.input === drawing) await this.bench.draw(sheet, false, false);
    if (mark !== this.state.mark) await this.bench.scoring.mark(mark);
  }

  adjust(view: Partial<View>): void {
    this.steps.begin(Object.keys(view).join());
    this.store.choose({view: {...this.state.choice.view, ...view}});
  }

  say(said: string): void {
    this.store.update({said});
    setTimeout(() => this.state.said === said && this.store.update({said: ''}), 4000);
  }

  openHelp(): void {
    this.dialog.showModal();
  }

  openProof(): void {
    void this.proof.open();
  }

  openSaving(): void {
    void this.saving.open(this.state);
  }

  openPicture(): void {
    this.querySelector('whylight-gallery')?.ask();
  }

  copyLink(): void {
    void copyLink(this);
  }

  tour(): void {
    this.dialog.close();
    void this.querySelector('whylight-tour')!.begin();
  }

  present(): void {
    this.dialog.close();
    const presenting = !this.state.presenting;
    this.store.update({presenting});
    if (!presenting && document.fullscreenElement) void document.exitFullscreen();
    // Where the whole screen cannot be had, the large type is still of use.
    if (presenting) document.documentElement.requestFullscreen?.().catch(() => undefined);
  }

  clearSheet(): void {
    this.sheet?.clear();
  }

  private files(event: Detail<{files: File[]}>): void {
    this.steps.begin('');
    void this.bench.openFiles(event.detail.files).then(() => this.clearSheet());
  }

  override render() {
    const {notice, choice} = this.state;
    const view = views[choice.screen];
    return html`${renderHeader(this)}
      <whylight-drop @whylight-files=${this.files.bind(this)}></whylight-drop>
      <whylight-notice
        .heading=${notice?.heading ?? ''}
        .text=${notice?.text ?? ''}
        .kind=${notice?.kind ?? 'failure'}
        @whylight-dismiss=${() => this.store.update({notice: undefined})}
      ></whylight-notice>
      <main class=${choice.screen} @whylight-files=${this.files.bind(this)}>${view.render(this)}</main>
      ${renderFooter(this, this.offline)}
      <whylight-saving @whylight-said=${({detail}: Detail<{text: string}>) => this.say(detail.text)}></whylight-saving>
      <whylight-proof .shown=${this.state} .bench=${this.bench} .offline=${this.offline}></whylight-proof>
      <dialog id="help" aria-label=${guide.label}>
        ${renderHelp(this)}
        <form method="dialog"><button>${guide.close}</button></form>
      </dialog>
      ${renderPrinted(this.state)}`;
  }
}

customElements.define('whylight-page', WhylightPage);
