/** Registers an element unless the page already has one of that name (two versions of the package may meet). */
export function define(tag: string, element: CustomElementConstructor): void {
  if (!customElements.get(tag)) customElements.define(tag, element);
}

/** Tells whoever listens, across shadow roots. */
export function send(from: EventTarget, name: string, detail: unknown): void {
  from.dispatchEvent(new CustomEvent(name, {detail, bubbles: true, composed: true}));
}
