import {html} from 'lit';
import {documentation, help as words, keys as keyWords} from '../strings/english.ts';
import type {Host} from './host.ts';
import {setSingleKeys, shortcuts, singleKeys} from './keys.ts';

const checked = (event: Event): boolean => (event.target as HTMLInputElement).checked;

function renderKeys() {
  return html`<h2>${keyWords.title}</h2>
    <label class="single"
      ><input type="checkbox" .checked=${singleKeys()} @change=${(event: Event) => setSingleKeys(checked(event))} />
      ${keyWords.single}</label
    >
    <dl class="keys">
      ${shortcuts.map(
        ({keys, what}) =>
          html`<dt>${keys.map((key) => html`<kbd>${keyWords.shown(key)}</kbd> `)}</dt>
            <dd>${what}</dd>`,
      )}
    </dl>
    <dl>
      ${words.keys.map(
        ([key, what]) =>
          html`<dt>${key}</dt>
            <dd>${what}</dd>`,
      )}
    </dl>`;
}

/** What the map means and does not mean, and how to use the page. */
export const renderHelp = (host: Host) => html`
  <p class="ways">
    <button @click=${() => host.tour()}>${words.tour}</button>
    <button @click=${() => host.present()}>${words.present}</button>
    <button @click=${() => window.print()}>${words.print}</button>
  </p>
  <h2 tabindex="-1" autofocus>What the map means</h2>
  <p>
    The network answers with one number for each class. The map shares one of these numbers out over the picture: where
    the first colour is strong, the pixels speak for the class; where the second is, they speak against it. What “speaks
    for” is exactly differs by method, and one sentence under the method says it.
  </p>
  <h2>What it does not mean</h2>
  <p>
    The map is about this network and this picture, not about the world. It does not say whether the answer is right,
    and methods that ask different questions rightly give different maps. That is why each map comes with evidence (do
    its values sum to what they should?) and scores (does the answer fall when the pixels that the map marks are taken
    away?). A map without them is a picture.
  </p>
  <p><a href="docs/index.html">${documentation.more}</a></p>
  <h2>How to use it</h2>
  <p>
    Choose a picture, open, drop or paste your own, or let the map follow the camera. Click a class to ask for its
    reasons, alone or rather than another’s. Choose a method and its options. Mark where the object is to see how much
    of the map lies on it. Drag the handle of the curves to see the picture with the most important pixels removed. With
    the digits network you can draw. An ONNX file of your own, dropped anywhere, is explained too.
  </p>
  <p>
    “More” under the map smooths it, hides weak values, and draws lines of equal value, means of regions or an outline
    of what is strongest; its numbers stay as they are. “Save…” writes it as picture, table or NumPy array, and as a
    JSON file that repeats it: open or drop that file here, and one sentence says whether the map is the same bit for
    bit.
  </p>
  <p>
    At the bottom of the page the network can be timed, step by step, forward and backward: “GFLOP/s” counts two
    operations a multiply-add, and the share beside it is of what this machine reaches at best.
  </p>
  <p>
    Everything is computed in this tab: no picture and no model leaves it. “Nothing leaves this page”, at the bottom,
    lists every request and lets you check the policy that forbids others. “Keep this model” stores a model of your own
    in this browser, so that links can name it. “Keep offline” stores the page with its models and pictures in this
    browser, so that it starts without a network; “Remove” deletes all of that again. Nothing is stored unless you ask,
    or install the page as an app; only that the tour was offered, and that single keys are off, is remembered in this
    browser.
  </p>
  ${renderKeys()}
`;
