/** One picture, one map: why the network answers as it does, and how far that can be trusted. */
import {html} from 'lit';
import type {View} from '../host.ts';
import {renderFigure} from './figure.ts';
import {renderInputs} from './inputs.ts';
import {renderTrust} from './trust.ts';
import {renderWhy} from './why.ts';

export const explain: View = {
  render: (host) => html`
    ${renderInputs(host)} ${renderFigure(host, host.state.card?.input.kind === 'digit')} ${renderWhy(host)}
    ${renderTrust(host)}
  `,
};
