/** State ↔ URL. Everything is in the fragment, which browsers never send to a server. */
import {plainView, viewFrom, type View} from '../element/view.ts';
import {firstChoice, screens, type Choice} from './state.ts';

const optionPrefix = 'set.';

/** The fragment that restores a choice; what is as it would be anyhow is left out. */
export function toFragment(choice: Choice): string {
  const {screen, model, input, method, target, settings, view} = choice;
  const fields = new URLSearchParams();
  if (screen !== firstChoice.screen) fields.set('view', screen);
  for (const [name, value] of Object.entries({model, input, method, target})) {
    if (value && !(name === 'target' && value === 'top')) fields.set(name, value);
  }
  for (const name of Object.keys(settings).sort()) fields.set(optionPrefix + name, settings[name]!);
  if (choice.seed) fields.set('seed', String(choice.seed));
  for (const name of Object.keys(plainView) as (keyof View)[]) {
    if (view[name] !== plainView[name]) fields.set(name, String(view[name]));
  }
  for (const name of ['methods', 'classes'] as const)
    if (choice[name].length > 0) fields.set(name, choice[name].join());
  for (const name of ['scale', 'sort', 'layer'] as const) {
    if (choice[name] !== firstChoice[name]) fields.set(name, choice[name]);
  }
  return `#${fields.toString()}`;
}

const listed = (text: string | null): string[] => [...new Set((text ?? '').split(',').filter(Boolean))];
const isTarget = (text: string): boolean => /^(.+@)?\d+(:\d+)?$/.test(text);

function within(text: string | null, low: number, high: number, fallback: number): number {
  const value = text === null ? NaN : Number(text);
  return value >= low && value <= high ? value : fallback;
}

/** The choice that a fragment holds; anything absent or out of range is as on first opening. */
export function fromFragment(fragment: string): Choice {
  const fields = new URLSearchParams(fragment.replace(/^#/, ''));
  const settings: Record<string, string> = {};
  for (const [name, value] of fields)
    if (name.startsWith(optionPrefix)) settings[name.slice(optionPrefix.length)] = value;
  const target = fields.get('target') ?? '';
  return {
    screen: screens.find((name) => name === fields.get('view')) ?? firstChoice.screen,
    model: fields.get('model') ?? firstChoice.model,
    input: fields.get('input') ?? firstChoice.input,
    method: fields.get('method') ?? firstChoice.method,
    target: isTarget(target) ? target : 'top',
    settings,
    seed: Math.floor(within(fields.get('seed'), 0, Number.MAX_SAFE_INTEGER, 0)),
    view: viewFrom(Object.fromEntries(fields)),
    methods: listed(fields.get('methods')),
    classes: listed(fields.get('classes')).filter(isTarget),
    scale: fields.get('scale') === 'all' ? 'all' : firstChoice.scale,
    sort: fields.get('sort') ?? firstChoice.sort,
    layer: fields.get('layer') ?? firstChoice.layer,
  };
}
