/**
 * The figure for notebooks: a module as anywidget takes it (https://anywidget.dev), in one file that fetches nothing but what it is told
 * to. Traits have the names of the element's attributes; `model`, `card` and `src` may be bytes, `card` and `options` dictionaries.
 */
// @ts-expect-error: made by the build, and put into this module's file
import * as embedded from '../core/embedded.js';
import type {Embedded} from '../core/assets.ts';
import type {Explanation} from '../core/types.ts';
import {figureAttributes, type FigureEvents} from './explainer.ts';
import {startWith} from './shared.ts';

/** What anywidget gives: the traits of the Python object. */
interface WidgetModel {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(event: string, listener: () => void): void;
  off(event: string, listener: () => void): void;
}

startWith({embedded: embedded as Embedded});

/** As plain data; `data` arrives in Python as bytes of float32. */
function plain({method, target, layer, shape, data, facts, settings, milliseconds}: Explanation) {
  const bytes = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return {method, target, layer, shape, data: bytes, facts, settings, milliseconds};
}

const isBytes = (value: unknown): value is ArrayBuffer | ArrayBufferView<ArrayBuffer> =>
  value instanceof ArrayBuffer || ArrayBuffer.isView(value);

function render({model, el}: {model: WidgetModel; el: HTMLElement}): () => void {
  const figure = document.createElement('whylight-explainer');
  const addresses = new Map<string, string>(); // of what is in memory
  /** Text stays as it is; bytes, and a card that is data, get an address within the page. */
  const told = (name: string): unknown => {
    const value = model.get(name);
    const content = isBytes(value) ? value : name === 'card' && value ? JSON.stringify(value) : undefined;
    if (typeof value === 'string' || content === undefined) return value === '' ? undefined : value;
    const type = typeof content === 'string' ? 'application/json' : '';
    const address = URL.createObjectURL(new Blob([content], {type}));
    addresses.set(name, address);
    return address;
  };
  const listeners = figureAttributes.map((name) => {
    const listen = () => {
      URL.revokeObjectURL(addresses.get(name) ?? '');
      Object.assign(figure, {[name]: told(name)});
    };
    listen();
    model.on(`change:${name}`, listen);
    return () => model.off(`change:${name}`, listen);
  });
  const give = (name: string, value: unknown) => {
    if (model.get(name) === undefined) return; // the Python class has no such trait
    model.set(name, value);
    model.save_changes();
  };
  figure.addEventListener('whylight-explain', ({detail}: FigureEvents['whylight-explain']) => {
    give('error', '');
    give('explanations', detail.explanations.map(plain));
  });
  figure.addEventListener('whylight-error', ({detail}) => give('error', detail.message));
  el.append(figure);
  return () => {
    listeners.forEach((end) => end());
    addresses.forEach((address) => URL.revokeObjectURL(address));
    figure.remove();
  };
}

export default {render};
