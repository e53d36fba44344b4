/** Controls with which a person adds methods and classes to what is compared. */
import {html, nothing} from 'lit';
import {guard} from 'lit/directives/guard.js';
import {comparing as words} from '../../strings/english.ts';
import {labelOf, strongest, targetTitle} from '../../element/outputs.ts';
import {valueOf, type Host} from '../host.ts';
import {comparedRows, comparedTargets, rowOf, rowText, settingsText, type Row} from '../rows.ts';
import type {State} from '../state.ts';

/** More would take minutes, and no screen is wide enough. */
const most = {methods: 12, classes: 8};

export function rowTitle({catalogue}: State, row: Row): string {
  const title = catalogue ? (rowOf(catalogue, row.method)?.title ?? row.method) : row.method;
  const settings = settingsText(row);
  return settings ? `${title}, ${settings}` : title;
}

export function removeMethod(host: Host, row: Row): void {
  const left = comparedRows(host.state).filter((other) => rowText(other) !== rowText(row));
  host.step({methods: left.map(rowText)});
}

export function removeClass(host: Host, target: string): void {
  host.step({classes: comparedTargets(host.state).filter((other) => other !== target)});
}

function addMethod(host: Host, event: Event): void {
  const text = valueOf(event);
  (event.target as HTMLSelectElement).value = '';
  const rows = comparedRows(host.state).map(rowText);
  if (text && !rows.includes(text)) host.step({methods: [...rows, text]});
}

/** A select of the methods that are not compared yet; the one on the screen with its options, if these differ. */
export function renderAddMethod(host: Host) {
  const {state} = host;
  const {catalogue, choice} = state;
  const rows = comparedRows(state).map(rowText);
  const present = {method: choice.method, settings: choice.settings};
  const left = (catalogue?.methods ?? []).filter(({name}) => !rows.includes(name));
  const offered = Object.keys(choice.settings).length > 0 && !rows.includes(rowText(present));
  return html`<label
    ><span class="visually-hidden">${words.addMethod}</span>
    <select
      id="add-method"
      ?disabled=${!catalogue || rows.length >= most.methods}
      title=${rows.length >= most.methods ? words.tooMany : ''}
      @change=${(event: Event) => addMethod(host, event)}
    >
      <option value="">${words.addMethod}…</option>
      ${offered ? html`<option value=${rowText(present)}>${words.asInExplain(rowTitle(state, present))}</option>` : nothing}
      ${left.map(({name, title}) => html`<option value=${name}>${title}</option>`)}
    </select></label
  >`;
}

/** The unit that a person names by its label or number; -1 where there is none. */
function unitOf(text: string, labels: readonly string[], units: number): number {
  const wanted = text.trim().toLowerCase();
  const named = labels.findIndex((label) => label.toLowerCase() === wanted);
  return named >= 0 || !/^\d+$/.test(wanted) || Number(wanted) >= units ? named : Number(wanted);
}

function addClass(host: Host, event: Event): void {
  const input = event.target as HTMLInputElement;
  const {card, outputs} = host.state;
  const unit = unitOf(input.value, card?.labels ?? [], outputs?.length ?? 0);
  input.setCustomValidity(unit < 0 && input.value.trim() ? words.noClass : '');
  if (!input.value.trim() || !input.reportValidity()) return;
  input.value = '';
  const targets = comparedTargets(host.state);
  if (!targets.includes(String(unit))) host.step({classes: [...targets, String(unit)]});
}

/** Names beside which the browser completes what is typed: the strongest first, then all. */
function namesOf(state: State): string[] {
  const {card, outputs} = state;
  if (!card || !outputs) return [];
  const order = Array.from(outputs, (_, unit) => unit).sort((a, b) => outputs[b]! - outputs[a]!);
  return order.map((unit) => labelOf(card, unit));
}

export function renderAddClass(host: Host) {
  const {outputs, card} = host.state;
  if (!outputs || !card || outputs.length < 2) return nothing;
  return html`<label
      >${words.addClass}
      <input
        id="add-class"
        type="search"
        list="class-names"
        autocomplete="off"
        placeholder=${words.classPlaceholder}
        ?disabled=${comparedTargets(host.state).length >= most.classes}
        @change=${(event: Event) => addClass(host, event)}
    /></label>
    <datalist id="class-names">
      ${guard([outputs, card], () => namesOf(host.state).map((name) => html`<option value=${name}></option>`))}
    </datalist>`;
}

/** The class whose maps are scored, among the strongest. */
export function renderTarget(host: Host) {
  const {outputs, card, explanation} = host.state;
  if (!outputs || !card || !explanation || outputs.length < 2) return nothing;
  const {target} = explanation;
  const strong = strongest(outputs, card, 10, []).map(({unit}) => String(unit));
  const offered = strong.includes(target) ? strong : [target, ...strong];
  return html`<label
    >${words.ofClass}
    <select id="target" @change=${(event: Event) => host.step({target: valueOf(event)})}>
      ${offered.map((one) => html`<option value=${one} ?selected=${one === target}>${targetTitle(card, one)}</option>`)}
    </select></label
  >`;
}

export function renderRemove(title: string, remove: () => void) {
  return html`<button
    class="remove small"
    aria-label=${words.remove(title)}
    title=${words.removeShort}
    @click=${remove}
  >
    ×
  </button>`;
}

export const classTitle = ({card}: State, target: string): string => (card ? targetTitle(card, target) : target);
