import {css} from 'lit';

/** A column where there is little room; picture and text side by side where there is more. */
export const figureStyles = css`
  :host {
    container-type: inline-size;
    line-height: 1.45;
  }
  figure {
    margin: 0;
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 12px 24px;
  }
  .maps {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 160px), 1fr));
    gap: 10px;
    align-items: end;
    margin-bottom: 10px;
  }
  .heading {
    margin: 0 0 4px;
  }
  .text,
  .choices {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 10px;
    align-content: start;
  }
  figcaption {
    font-weight: 600;
  }
  figcaption .quiet {
    font-weight: 400;
  }
  p {
    margin: 0;
  }
  .failure {
    border: 1px solid var(--alert);
    border-inline-start-width: 4px;
    padding: 6px 10px;
    overflow-wrap: anywhere;
  }
  whylight-progress,
  .failure {
    grid-column: 1 / -1;
  }
  @container (min-width: 560px) {
    figure.wide {
      grid-template-columns: minmax(0, 5fr) minmax(0, 6fr);
    }
  }
  @media print {
    .choices,
    .own,
    whylight-progress {
      display: none;
    }
  }
`;
