/**
 * `<whylight-explainer>`: a live figure for any document. This file only waits: what computes and draws is fetched when the
 * figure comes near to what the reader sees. Until its first map is there, and wherever scripts do not run, its content is
 * shown as it is: write an <img> with a caption inside.
 */

import type {Card, Explanation, ModelDescription} from '../core/types.ts';
import {explainer as words} from '../strings/english/explainer.ts';

/** What a figure's attributes and properties are called; all hold text. */
export const figureAttributes = [
  'model',
  'card',
  'src',
  'method',
  'target',
  'options',
  'palette',
  'view',
  'compare',
  'controls',
  'droppable',
] as const;
export type FigureAttribute = (typeof figureAttributes)[number];

type Settings = Readonly<Record<string, string | number | boolean>>;

/** What a figure can be told in a template. */
export interface FigureAttributes extends Partial<
  Record<'card' | 'src' | 'method' | 'target' | 'palette' | 'compare', string>
> {
  model: string;
  options?: string | Settings;
  controls?: 'none' | 'some' | 'all';
  droppable?: boolean | '';
  loading?: 'lazy' | 'eager';
}

/** What a figure tells. */
export interface FigureEvents {
  'whylight-load': CustomEvent<{model: ModelDescription; card: Card}>;
  'whylight-progress': CustomEvent<{label: string; share: number}>;
  'whylight-explain': CustomEvent<{explanations: Explanation[]}>;
  'whylight-error': CustomEvent<{message: string; error?: unknown}>;
}

/** The attributes as properties: those that are missing are empty; what is not text is written as such. */
type FigureProperties = Record<Exclude<FigureAttribute, 'options' | 'droppable'>, string> & {
  get options(): string;
  set options(options: string | Settings);
  get droppable(): string;
  set droppable(droppable: string | boolean);
};

/** The part that draws, as this file knows it. */
type Figure = HTMLElement &
  Record<FigureAttribute, string> & {explained: Promise<Explanation[]>; updateComplete: Promise<boolean>};

const styles = `
  :host { display: block }
  :host([hidden]) { display: none }
  :host([data-state='explained']) slot { display: none }
  .failure { margin: 8px 0; padding: 6px 10px; border: 1px solid; border-inline-start-width: 4px }
`;

// Importing this in a program without documents must not fail.
const Base = (globalThis.HTMLElement ?? class {}) as unknown as new () => HTMLElement & FigureProperties;

/**
 * A network's decision with its explanation, live.
 *
 * @attr model - address of the ONNX file; the only attribute that must be given
 * @attr card - address of its card; by default card.json beside it, where there is one
 * @attr src - address of the picture; by default that of the first <img> inside
 * @attr method - name in the catalogue; by default the card's, else integrated-gradients
 * @attr target - "281", "281:285" for one class rather than another, or "top" (default)
 * @attr options - of the method, as JSON
 * @attr palette - name of the colours
 * @attr view - how the map is drawn, as JSON: opacity (0 to 1), smoothing (pixels), threshold (0 to 1), overlay ("none", "lines", "regions", "top-5", "top-10", "top-20")
 * @attr compare - methods or targets, with commas between them, side by side on one scale of colours
 * @attr controls - what the reader may change: "none", "some" (classes and colours; default) or "all"
 * @attr droppable - lets readers drop a picture of their own; it stays on their machine
 * @attr loading - "lazy" (default) waits until the figure is near; "eager" does not
 * @fires whylight-load - model and picture are there; detail.model describes the model
 * @fires whylight-progress - detail.share, 0 to 1, and detail.label
 * @fires whylight-explain - detail.explanations, one for each map shown
 * @fires whylight-error - detail.message is the sentence that is shown
 * @slot - shown until the first map is there, and where scripts do not run
 * @csspart figure - all of it
 * @csspart maps - the maps, side by side
 * @csspart stage - the square that holds a picture
 * @csspart caption - the question and the method
 * @csspart controls - classes and options
 * @csspart failure - the sentence that says what went wrong
 * @cssprop --whylight-ink - of text
 * @cssprop --whylight-quiet - of text that matters less
 * @cssprop --whylight-ground - behind everything
 * @cssprop --whylight-wash - behind pictures and bars
 * @cssprop --whylight-line - of thin lines
 * @cssprop --whylight-edge - around controls
 * @cssprop --whylight-accent - of what is chosen
 * @cssprop --whylight-on-accent - of text upon that
 * @cssprop --whylight-alert - of what went wrong
 * @element whylight-explainer
 */
export class WhylightExplainer extends Base {
  static readonly observedAttributes: readonly string[] = figureAttributes;
  private figure: Figure | undefined;
  private watcher: IntersectionObserver | undefined;
  private loaded: Promise<Figure> | undefined;

  connectedCallback(): void {
    for (const name of figureAttributes) this.takeUp(name);
    if (!this.shadowRoot) {
      const root = this.attachShadow({mode: 'open'});
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(styles);
      root.adoptedStyleSheets = [sheet];
      root.append(document.createElement('slot'));
    }
    if (this.getAttribute('loading') === 'eager') return void this.load().catch(() => undefined);
    this.watcher = new IntersectionObserver(
      (entries) => {
        if (entries.some(({isIntersecting}) => isIntersecting)) void this.load().catch(() => undefined);
      },
      {rootMargin: '50% 0px'},
    );
    this.watcher.observe(this);
  }

  disconnectedCallback(): void {
    this.watcher?.disconnect();
  }

  attributeChangedCallback(name: FigureAttribute, _before: string | null, value: string | null): void {
    if (this.figure) this.figure[name] = this.told(name, value);
  }

  /** Fetches what draws and starts it, now; resolves once it is there. */
  load(): Promise<HTMLElement> {
    this.watcher?.disconnect();
    this.loaded ??= this.begin().catch((error: unknown) => {
      this.loaded = undefined;
      this.fail(error);
      throw error;
    });
    return this.loaded;
  }

  /** Resolves with the explanations shown once they are there, rejects when they cannot be had. */
  async explained(): Promise<Explanation[]> {
    await this.load();
    await this.figure!.updateComplete; // what has just been set counts
    return this.figure!.explained;
  }

  private async begin(): Promise<Figure> {
    await import('./figure.ts');
    const figure = document.createElement('whylight-figure') as unknown as Figure;
    for (const name of figureAttributes) figure[name] = this.told(name, this.getAttribute(name));
    figure.addEventListener('whylight-explain', () => (this.dataset['state'] = 'explained'));
    figure.addEventListener('whylight-error', () => (this.dataset['state'] ??= 'failed'));
    figure.setAttribute('exportparts', 'figure, maps, stage, caption, controls, failure');
    this.figure = figure;
    this.shadowRoot!.append(figure);
    return figure;
  }

  /** What the figure is told of an attribute. */
  private told(name: FigureAttribute, value: string | null): string {
    if (name === 'droppable') return value === null ? '' : 'yes';
    if (name === 'src') return value || (this.querySelector('img')?.getAttribute('src') ?? '');
    return value ?? '';
  }

  private fail(error: unknown): void {
    const message = words.notLoaded(error instanceof Error ? error.message : String(error));
    const line = Object.assign(document.createElement('p'), {className: 'failure', textContent: message});
    line.setAttribute('role', 'alert');
    line.setAttribute('part', 'failure');
    this.shadowRoot!.querySelector('.failure')?.remove();
    this.shadowRoot!.append(line);
    this.dispatchEvent(new CustomEvent('whylight-error', {detail: {message}, bubbles: true, composed: true}));
  }

  /** What was set before this file was there hides the property behind it. */
  private takeUp(name: FigureAttribute): void {
    if (!Object.hasOwn(this, name)) return;
    const self = this as unknown as Record<string, unknown>;
    const value = self[name];
    delete self[name];
    self[name] = value;
  }
}

for (const name of figureAttributes) {
  Object.defineProperty(WhylightExplainer.prototype, name, {
    configurable: true,
    enumerable: true,
    get(this: WhylightExplainer) {
      return this.getAttribute(name) ?? '';
    },
    set(this: WhylightExplainer, value: unknown) {
      if (value === undefined || value === null || value === false) this.removeAttribute(name);
      else if (typeof value === 'string') this.setAttribute(name, value);
      else this.setAttribute(name, value === true ? '' : JSON.stringify(value));
    },
  });
}

if (globalThis.customElements && !customElements.get('whylight-explainer'))
  customElements.define('whylight-explainer', WhylightExplainer);
declare global {
  interface HTMLElementTagNameMap {
    'whylight-explainer': WhylightExplainer;
  }
  interface HTMLElementEventMap {
    'whylight-load': FigureEvents['whylight-load'];
    'whylight-progress': FigureEvents['whylight-progress'];
    'whylight-explain': FigureEvents['whylight-explain'];
    'whylight-error': FigureEvents['whylight-error'];
  }
}
