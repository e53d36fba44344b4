/** Keyboard shortcuts: one table from which both what a key does and what the help says of it are taken. */
import {heatMap, scaleOf} from '../core/heat.ts';
import {findPalette, palettes} from '../core/palette.ts';
import {strongest} from '../element/outputs.ts';
import {keys as words, views as titles} from '../strings/english.ts';
import type {Host} from './host.ts';
import {screens} from './state.ts';

export interface Shortcut {
  /** as KeyboardEvent.key has it; capitals with Shift */
  keys: readonly string[];
  what: string;
  run(host: Host, event: KeyboardEvent): void;
  /** for what lasts as long as the key is held */
  release?(host: Host): void;
}

/** The item so many places on, round and round. */
function turned<Item>(items: readonly Item[], at: number, by: number): Item | undefined {
  return items[(Math.max(at, by > 0 ? -1 : 0) + by + items.length) % items.length];
}

function turnClass(host: Host, by: number): void {
  const {outputs, card, explanation, choice} = host.state;
  if (!outputs || !card) return;
  const entries = strongest(outputs, card, 5, []);
  const [unit] = (choice.target === 'top' ? (explanation?.target ?? '') : choice.target).split(':');
  const next = turned(
    entries,
    entries.findIndex((entry) => String(entry.unit) === unit),
    by,
  );
  if (next) host.step({target: String(next.unit)});
}

function turnMethod(host: Host, by: number): void {
  const {catalogue, choice} = host.state;
  const names = (catalogue?.methods ?? []).map(({name}) => name);
  const method = turned(names, names.indexOf(choice.method), by);
  if (method) host.step({method, settings: {}});
}

function turnPicture(host: Host, by: number): void {
  const {gallery, choice} = host.state;
  const next = turned(
    gallery,
    gallery.findIndex(({id}) => id === choice.input),
    by,
  );
  if (!next) return;
  host.clearSheet();
  host.step({input: next.id, target: 'top'});
}

function turnPalette(host: Host): void {
  const {choice, explanation, card} = host.state;
  if (!explanation) return;
  const {kind} = scaleOf(heatMap(explanation, card?.input.layout));
  const names = palettes.filter((palette) => palette.kind === kind).map(({name}) => name);
  const palette = turned(names, names.indexOf(findPalette(choice.view.palette, kind).name), 1);
  if (palette) host.adjust({palette});
}

const toViews: Shortcut[] = screens.map((screen, place) => ({
  keys: [String(place + 1)],
  what: words.view(titles[screen]),
  run: (host) => host.step({screen}),
}));

/** In the order in which the help lists them. */
export const shortcuts: readonly Shortcut[] = [
  ...toViews,
  {keys: ['j'], what: words.nextClass, run: (host) => turnClass(host, 1)},
  {keys: ['k'], what: words.previousClass, run: (host) => turnClass(host, -1)},
  {keys: ['m'], what: words.nextMethod, run: (host) => turnMethod(host, 1)},
  {keys: ['M'], what: words.previousMethod, run: (host) => turnMethod(host, -1)},
  {keys: ['n'], what: words.nextPicture, run: (host) => turnPicture(host, 1)},
  {keys: ['N'], what: words.previousPicture, run: (host) => turnPicture(host, -1)},
  {keys: ['r'], what: words.run, run: ({bench}) => void bench.settle()},
  {keys: ['x'], what: words.stop, run: ({state, bench}) => state.working && bench.stop()},
  {
    keys: ['h'],
    what: words.plain,
    run: ({store}, {repeat}) => repeat || store.update({plain: true}),
    release: ({store}) => store.update({plain: false}),
  },
  {keys: ['p'], what: words.palette, run: turnPalette},
  {keys: ['o'], what: words.open, run: (host) => host.openPicture()},
  {
    keys: ['c'],
    what: words.camera,
    run: ({state, bench}) => void (state.camera.phase === 'off' ? bench.camera.open() : bench.camera.leave('')),
  },
  {keys: ['l'], what: words.link, run: (host) => host.copyLink()},
  {keys: ['s'], what: words.save, run: (host) => host.openSaving()},
  {keys: ['f'], what: words.present, run: (host) => host.present()},
  {keys: ['?'], what: words.help, run: (host) => host.openHelp()},
];

const stored = 'whylight-single-keys';

/** Whether single letters do anything: who speaks to the machine, or whose hand is unsteady, may rather not have it (WCAG 2.1.4). */
export function singleKeys(): boolean {
  try {
    return localStorage.getItem(stored) !== 'off';
  } catch {
    return true; // this browser keeps nothing: then it is as at first
  }
}

/** Remembers it in this browser. */
export function setSingleKeys(on: boolean): void {
  try {
    if (on) localStorage.removeItem(stored);
    else localStorage.setItem(stored, 'off');
  } catch {
    // it holds until the page is left
  }
}

/** Text is being typed, or letters choose from a list. */
function typing(event: KeyboardEvent): boolean {
  const at = event.composedPath()[0];
  const others = ['range', 'checkbox', 'radio', 'button', 'file'].map((type) => `:not([type=${type}])`).join('');
  return at instanceof Element && at.matches(`input${others}, select, textarea, [contenteditable]`);
}

/** A dialog takes keys for itself. */
function inDialog(event: KeyboardEvent): boolean {
  return event.composedPath().some((node) => node instanceof HTMLDialogElement);
}

/** The shortcut that is meant, if any is; with Ctrl, Alt or ⌘ a key is the browser's. */
function meant(event: KeyboardEvent): Shortcut | undefined {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return undefined;
  if (!singleKeys() || typing(event) || inDialog(event)) return undefined;
  const key = event.shiftKey ? event.key : event.key.toLowerCase(); // whatever the caps lock says
  return shortcuts.find(({keys}) => keys.includes(key));
}

/** Ctrl + Z, ⌘ Z, with Shift or as Ctrl + Y the other way; text that is typed has an undo of its own. */
function undoes({steps}: Host, event: KeyboardEvent): boolean {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || inDialog(event)) return false;
  const at = event.composedPath()[0];
  if (at instanceof HTMLInputElement && typing(event) && at.value !== '') return false;
  const key = event.key.toLowerCase();
  if (key === 'z' && !event.shiftKey) steps.undo();
  else if (key === 'z' || key === 'y') steps.redo();
  return key === 'z' || key === 'y';
}

/** Does what the keys say for as long as the page is there. */
export function listenToKeys(host: Host): void {
  const held = new Set<Shortcut>();
  const release = (shortcut: Shortcut) => held.delete(shortcut) && shortcut.release?.(host);
  window.addEventListener('keydown', (event) => {
    if (undoes(host, event)) return event.preventDefault();
    const shortcut = meant(event);
    if (!shortcut) return;
    event.preventDefault();
    if (shortcut.release) held.add(shortcut);
    shortcut.run(host, event);
  });
  window.addEventListener('keyup', (event) => {
    for (const shortcut of held) if (shortcut.keys.includes(event.key.toLowerCase())) release(shortcut);
  });
  window.addEventListener('blur', () => held.forEach(release));
}
