/** A sheet to draw a digit on, and the map that follows the pen. */
import {html} from 'lit';
import type {View} from '../host.ts';
import {renderFigure} from './figure.ts';
import {renderInputs} from './inputs.ts';
import {renderTrust} from './trust.ts';
import {renderWhy} from './why.ts';

export const draw: View = {
  render: (host) => html`
    ${renderInputs(host)} ${renderFigure(host, host.state.card?.input.kind === 'digit')} ${renderWhy(host)}
    ${renderTrust(host)}
  `,
};
