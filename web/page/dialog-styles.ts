/** How a dialog of the page looks that is an element of its own. */
import {css} from 'lit';

export const dialogStyles = css`
  dialog {
    width: min(680px, calc(100vw - 24px));
    max-height: calc(100vh - 24px);
    padding: 18px 22px 0;
    color: var(--ink);
    background: var(--ground);
    border: 1px solid var(--edge);
    border-radius: 6px;
  }
  dialog::backdrop {
    background: rgb(0 0 0 / 45%);
  }
  h2 {
    font-size: 1.15em;
  }
  h3 {
    margin: 18px 0 6px;
  }
  p {
    margin: 0;
  }
  pre {
    margin: 4px 0 8px;
    padding: 8px 10px;
    overflow-x: auto;
    background: var(--wash);
    font-family: ui-monospace, monospace;
    font-size: 0.86em;
    line-height: 1.45;
  }
  .end {
    display: flex;
    gap: 12px;
    align-items: center;
    justify-content: space-between;
    position: sticky;
    bottom: 0;
    margin: 12px -22px 0;
    padding: 10px 22px;
    background: var(--ground);
    border-top: 1px solid var(--line);
  }
`;
