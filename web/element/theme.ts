import {css} from 'lit';

/** Colours, and how plain controls look, in every element. A page overrides the colours by `--whylight-…` properties. */
export const theme = css`
  :host {
    --ink: var(--whylight-ink, light-dark(#17191c, #e6e8eb));
    --quiet: var(--whylight-quiet, light-dark(#5a6068, #a2a9b1));
    --line: var(--whylight-line, light-dark(#dcdfe3, #33373d));
    --edge: var(--whylight-edge, light-dark(#80868e, #7d848c));
    --ground: var(--whylight-ground, light-dark(#ffffff, #121417));
    --wash: var(--whylight-wash, light-dark(#f2f4f6, #1c1f24));
    --accent: var(--whylight-accent, light-dark(#0a58a6, #82b4ee));
    --on-accent: var(--whylight-on-accent, light-dark(#ffffff, #0d1014));
    --alert: var(--whylight-alert, light-dark(#a3221c, #f19a92));
    display: block;
    color: var(--ink);
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  button,
  input,
  select {
    font: inherit;
    color: inherit;
  }
  button,
  select,
  input[type='number'],
  input[type='search'] {
    background: var(--ground);
    border: 1px solid var(--edge);
    border-radius: 4px;
    padding: 3px 8px;
    min-height: 28px;
  }
  select {
    max-width: 100%;
  }
  button {
    cursor: pointer;
  }
  button:hover:not(:disabled) {
    border-color: var(--ink);
  }
  button:disabled,
  select:disabled,
  input:disabled {
    color: var(--quiet);
    border-color: var(--line);
    cursor: default;
  }
  input[type='range'],
  input[type='checkbox'] {
    accent-color: var(--accent);
  }
  input[type='range'] {
    height: 20px;
    margin: 0;
  }
  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }
  /* Sentences in a document of another direction keep their own. */
  p,
  summary,
  output,
  button {
    unicode-bidi: plaintext;
  }
  a {
    color: var(--accent);
    text-underline-offset: 2px;
  }
  h2,
  h3 {
    font-size: inherit;
    font-weight: 600;
    margin: 0;
  }
  .quiet {
    color: var(--quiet);
  }
  .small {
    font-size: 0.86em;
    line-height: 1.4;
  }
  .number {
    font-variant-numeric: tabular-nums;
  }
  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;
