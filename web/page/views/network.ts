/** The network as a graph of layers, and what is inside the one that is chosen. */
import {html, nothing, svg} from 'lit';
import {ref} from 'lit/directives/ref.js';
import {guard} from 'lit/directives/guard.js';
import type {GraphNode, ModelDescription} from '../../core/types.ts';
import {formatCount, formatTime} from '../../element/index.ts';
import {network as words} from '../../strings/english.ts';
import '../channels.ts';
import type {Detail, Host, View} from '../host.ts';
import {layerOf} from '../looking.ts';
import {railOf, type Tie} from '../rail.ts';
import type {State} from '../state.ts';
import {renderCost} from './cost.ts';
import {renderInputs} from './inputs.ts';

const high = 30; // pixels of a line of the list
const apart = 12; // and between lanes

const shapeText = (shape: readonly number[]): string => shape.slice(1).join(' × ') || '1';

function renderTie({lane, through, from, onward}: Tie, lanes: number) {
  const x = (at: number) => (at + 0.5) * apart;
  const own = x(lane);
  const middle = high / 2;
  const into = (other: number) =>
    other === lane ? `M${own},0V${middle}` : `M${x(other)},0C${x(other)},${middle},${own},0,${own},${middle}`;
  const paths = [
    ...through.map((other) => `M${x(other)},0V${high}`),
    ...from.map(into),
    ...(onward ? [`M${own},${middle}V${high}`] : []),
  ];
  return html`<svg class="tie" width=${lanes * apart} height=${high} aria-hidden="true">
    ${svg`<path d=${paths.join('')}></path><circle cx=${own} cy=${middle} r="3.5"></circle>`}
  </svg>`;
}

/** Milliseconds of each step by its name, forward and backward, where they were measured. */
function timesOf({profiling}: State): Map<string, {forward: number; backward: number | undefined}> {
  const steps = profiling.profile?.steps ?? [];
  return new Map(
    steps.map(({name, forward, backward}) => [name, {forward: forward.milliseconds, backward: backward?.milliseconds}]),
  );
}

/** Lets the list begin where the chosen layer is; the page itself does not move. */
function reveal(list?: Element): void {
  requestAnimationFrame(() => {
    const chosen = list?.querySelector<HTMLElement>('[aria-current]');
    if (list && chosen) list.scrollTop = chosen.offsetTop - (list as HTMLElement).offsetTop - list.clientHeight / 2;
  });
}

/** Arrow keys go through the layers that can be looked into. */
function turn(event: KeyboardEvent): void {
  const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
  if (!step) return;
  event.preventDefault();
  const list = event.currentTarget as HTMLElement;
  const buttons = [...list.querySelectorAll<HTMLButtonElement>('button.layer:enabled')];
  const next = buttons[buttons.indexOf(event.target as HTMLButtonElement) + step];
  next?.focus();
  next?.click();
}

function renderLayer(host: Host, node: GraphNode, tie: Tie, lanes: number, chosen: string, longest: number) {
  const time = timesOf(host.state).get(node.name)?.forward;
  const present = node.layer !== '' && node.layer === chosen;
  return html`<li>
    <button
      class="layer small"
      ?disabled=${!node.layer}
      tabindex=${present ? 0 : -1}
      aria-current=${present ? 'true' : nothing}
      title=${node.name}
      @click=${() => host.step({layer: node.layer})}
    >
      ${renderTie(tie, lanes)}
      <span class="what"
        ><b>${node.operator}</b>${node.fused ? html` <span class="quiet">${node.fused}</span>` : nothing}</span
      >
      <span class="quiet number shape">${shapeText(node.shape)}</span>
      <span class="bar"
        >${
          time === undefined
            ? nothing
            : html`<span
                class="fill"
                title=${formatTime(time)}
                .style=${`width:${((100 * time) / longest).toFixed(1)}%`}
              ></span>`
        }</span
      >
    </button>
  </li>`;
}

function renderGraph(host: Host, description: ModelDescription, chosen: string) {
  const {graph, input} = description;
  const {profiling, choice} = host.state;
  return guard([graph, chosen, profiling.profile, choice], () => {
    const {ties, lanes} = railOf(graph);
    const longest = Math.max(...[...timesOf(host.state).values()].map(({forward}) => forward), 1e-9);
    return html`<ol class="layers" aria-label=${words.layers} @keydown=${turn} ${ref(reveal)}>
      <li class="layer small">
        ${renderTie(ties[0]!, lanes)} <span class="what">${words.input}</span>
        <span class="quiet number shape">${shapeText(input.shape)}</span><span class="bar"></span>
      </li>
      ${graph.map((node, place) => renderLayer(host, node, ties[place + 1]!, lanes, chosen, longest))}
    </ol>`;
  });
}

function renderFacts(host: Host, node: GraphNode) {
  const {state, bench} = host;
  const time = timesOf(state).get(node.name);
  const measuring = state.profiling.share !== undefined;
  const times = time
    ? words.times(formatTime(time.forward), time.backward === undefined ? '' : formatTime(time.backward))
    : html`<button ?disabled=${measuring} @click=${() => void bench.profiler.measure('gradient')}>
        ${words.measure}
      </button>`;
  const facts: [string, unknown][] = [
    [words.operator, node.fused ? `${node.operator}, ${node.fused}` : node.operator],
    [words.shape, shapeText(node.shape)],
    [words.parameters, formatCount(node.parameters)],
    [words.time, times],
  ];
  return html`<dl class="small">
    ${facts.map(
      ([name, value]) =>
        html`<dt class="quiet">${name}</dt>
          <dd class="number">${value}</dd>`,
    )}
  </dl>`;
}

/** Buttons that take the map at this layer, for the methods that can, where it has places of its own. */
function renderTake(host: Host, node: GraphNode) {
  const rows = host.state.catalogue?.methods ?? [];
  const able = rows.flatMap((row) => {
    const option = row.options.find(({kind}) => kind === 'layer');
    return option ? [{row, option: option.name}] : [];
  });
  if (able.length === 0 || node.shape.length !== 4) return nothing;
  const take = (method: string, option: string) =>
    host.step({screen: 'explain', method, settings: {[option]: node.layer}});
  return html`<p class="take small">
    ${words.take}
    ${able.map(({row, option}) => html`<button @click=${() => take(row.name, option)}>${row.title}</button>`)}
  </p>`;
}

function renderValues(host: Host, node: GraphNode) {
  const {looking, choice} = host.state;
  if (looking.failure) return html`<p class="small" role="alert">${looking.failure}</p>`;
  if (!looking.values || looking.layer !== node.layer) return html`<p class="small quiet">${words.computing}</p>`;
  const [layer, channel] = [choice.target.slice(0, choice.target.lastIndexOf('@')), choice.target.split('@').at(-1)];
  const aim = ({detail}: Detail<{channel: number}>) =>
    host.step({screen: 'explain', target: `${node.layer}@${detail.channel}`});
  return html`<whylight-channels
    .values=${looking.values}
    .palette=${choice.view.palette}
    .chosen=${layer === node.layer ? Number(channel) : -1}
    @whylight-channel=${aim}
  ></whylight-channels>`;
}

function renderNode(host: Host, node: GraphNode) {
  return html`<section class="inside" aria-labelledby="layer-title">
    <h2 id="layer-title"><bdi>${node.name || node.layer}</bdi></h2>
    ${renderFacts(host, node)} ${renderTake(host, node)}
    <h2>${words.values}</h2>
    <p class="small quiet">${words.valuesLead}</p>
    ${renderValues(host, node)}
  </section>`;
}

export const network: View = {
  render: (host) => {
    const {state} = host;
    const {description, card} = state;
    const chosen = layerOf(state);
    const node = description?.graph.find(({layer}) => layer !== '' && layer === chosen);
    const known = description && description.graph.length > 0;
    return html`${renderInputs(host)}
      <section class="wide" aria-labelledby="network-title">
        <h2 id="network-title">${words.heading(card?.title ?? '')}</h2>
        <p class="small quiet">${known ? words.lead(description.graph.length) : description ? words.open : ''}</p>
        ${known ? html`<div class="inner">${renderGraph(host, description, chosen)} ${node ? renderNode(host, node) : nothing}</div>` : nothing}
      </section>
      ${renderCost(host)}`;
  },
};
