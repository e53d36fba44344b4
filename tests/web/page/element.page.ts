/** <whylight-explainer> in documents. */
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {gzipSync} from 'node:zlib';
import type {Page} from 'playwright-core';
import {contentSecurityPolicy} from '../../../web/serve.mjs';
import {
  complaints,
  explained,
  fileBytes,
  type Figure,
  patience,
  startBrowser,
  stopBrowser,
  visitDocument,
} from './browser.ts';

before(startBrowser);
after(stopBrowser);

const photograph = 'site/models/efficientnet-lite0/samples/chelsea.jpg';
const digit = 'site/models/digits/samples/3.png';
const image = (source: string) => `<img src="${source}" alt="" width="200">`;
const figure = (attributes: string, source = photograph) =>
  `<whylight-explainer model="site/models/efficientnet-lite0/model.onnx" ${attributes}>${image(source)}</whylight-explainer>`;
const small = (attributes: string) =>
  `<whylight-explainer model="site/models/digits/model.onnx" ${attributes}>${image(digit)}</whylight-explainer>`;

const failure = (page: Page) => page.locator('whylight-explainer [role="alert"]');

test('a figure far below fetches nothing but its definition, and shows its content until it is near', () =>
  visitDocument(`${'<br>'.repeat(300)}${figure('method="gradient"')}`, async ({page, requests}) => {
    await page.waitForFunction(() => customElements.get('whylight-explainer'));
    await page.waitForTimeout(300);
    const fetched = requests.filter((address) => /\.(js|wasm|onnx|json)$/.test(address));
    const sizes = fetched.map((address) => gzipSync(fileBytes(`dist${new URL(address).pathname}`)).length);
    const size = sizes.reduce((sum, one) => sum + one, 0);
    assert.ok(size > 0 && size <= 6000, `${size} bytes in ${fetched.join()}`);
    const content = page.locator('whylight-explainer img');
    await content.scrollIntoViewIfNeeded();
    await content.waitFor({state: 'hidden', timeout: patience});
    const [maps] = await explained(page);
    assert.equal(maps![0]!.method, 'gradient');
    assert.equal(await page.locator('whylight-picture').isVisible(), true);
  }));

test('figures of one document share a pool, a module and a model', () =>
  visitDocument(
    Array.from({length: 10}, (_, index) => figure(`method="gradient" target="${281 + index}" loading="eager"`)).join(
      '',
    ),
    async ({page, requests}) => {
      const shown = await explained(page);
      assert.deepEqual(
        shown.map(([map]) => map!.target),
        Array.from({length: 10}, (_, index) => String(281 + index)),
      );
      const fetched = (ending: string) => requests.filter((address) => address.endsWith(ending)).length;
      assert.equal(fetched('.onnx'), 1);
      assert.equal(fetched('.wasm'), 1);
      assert.equal(fetched('chelsea.jpg'), 2); // once for the <img>, once for the network
      const workers = page.workers().length;
      assert.ok(workers > 0 && workers <= 4, `found ${workers} workers`);
    },
  ));

test('attributes and properties say what is explained, and events tell', () =>
  visitDocument(small('loading="eager"'), async ({page}) => {
    const [first] = await explained(page);
    assert.equal(first![0]!.method, 'lrp'); // the card's
    const told = await page.evaluate(async () => {
      const element = document.querySelector<Figure>('whylight-explainer')!;
      const events: string[] = [];
      for (const name of ['whylight-load', 'whylight-explain', 'whylight-error'])
        document.addEventListener(name, (event) => events.push(`${name} ${(event.target as HTMLElement).localName}`));
      Object.assign(element, {method: 'integrated-gradients', options: {steps: 7}, target: '3:8'});
      const [map] = await element.explained();
      return {events, steps: map!.settings['steps'], target: map!.target, attribute: element.getAttribute('options')};
    });
    assert.deepEqual(told.events, ['whylight-load whylight-explainer', 'whylight-explain whylight-explainer']);
    assert.deepEqual([told.steps, told.target, told.attribute], ['7', '3:8', '{"steps":7}']);
  }));

test('what is set before the definition is there is taken up', () =>
  visitDocument('', async ({page}) => {
    const method = await page.evaluate(async (source) => {
      const frame = document.createElement('whylight-explainer') as Figure;
      Object.assign(frame, {model: 'site/models/digits/model.onnx', src: source, method: 'gradient'});
      document.body.append(frame);
      await customElements.whenDefined('whylight-explainer');
      return (await frame.explained())[0]!.method;
    }, digit);
    assert.equal(method, 'gradient');
  }));

test('methods stand side by side, each with its own name, on one scale', () =>
  visitDocument(figure('compare="gradient, lrp, occlusion" controls="none" loading="eager"'), async ({page}) => {
    const [maps] = await explained(page);
    assert.deepEqual(
      maps!.map(({method}) => method),
      ['gradient', 'lrp', 'occlusion'],
    );
    assert.equal(await page.locator('whylight-picture').count(), 3);
    assert.equal(await page.locator('whylight-legend').count(), 1);
    assert.match(await page.locator('whylight-legend .ticks').innerText(), /1\.00.*0.*1\.00/s);
    const tops = await page
      .locator('whylight-picture')
      .evaluateAll((all) => all.map((one) => Math.round(one.getBoundingClientRect().top)));
    assert.equal(new Set(tops).size, 1, tops.join());
    assert.deepEqual(await page.locator('.heading').allInnerTexts(), [
      'Gradient (saliency)',
      'Layer-wise relevance propagation',
      'Occlusion',
    ]);
  }));

test('documents style the parts of a figure', () =>
  visitDocument(small('loading="eager"'), async ({page}) => {
    await explained(page);
    const spacing = await page.locator('figcaption').evaluate((caption) => getComputedStyle(caption).letterSpacing);
    assert.equal(spacing, '3px');
  }));

test('targets stand side by side in their own numbers', () =>
  visitDocument(small('compare="3, 8, 3:8" method="gradient-x-input" loading="eager"'), async ({page}) => {
    const [maps] = await explained(page);
    assert.deepEqual(
      maps!.map(({target}) => target),
      ['3', '8', '3:8'],
    );
    assert.equal(await page.locator('whylight-classes').count(), 0); // the author has chosen
    assert.ok(Math.abs(maps![0]!.sum - maps![1]!.sum - maps![2]!.sum) < 1e-3);
    assert.deepEqual(await page.locator('.heading').allInnerTexts(), ['3', '8', '3 rather than 8']);
  }));

test('readers choose the class and the method where the author lets them', () =>
  visitDocument(small('controls="all" method="gradient" loading="eager"'), async ({page}) => {
    const [before] = await explained(page);
    const change = async (action: () => Promise<unknown>) => {
      const next = page.evaluate(
        () => new Promise((done) => document.addEventListener('whylight-explain', done, {once: true})),
      );
      await action();
      await next;
      return (await explained(page))[0]![0]!;
    };
    const other = await change(() => page.locator('whylight-classes .bar').nth(1).click());
    assert.notEqual(other.target, before![0]!.target);
    const method = await change(() => page.locator('whylight-options select').first().selectOption('lrp'));
    assert.deepEqual([method.method, method.target], ['lrp', other.target]);
    const author = await change(() =>
      page.locator('whylight-explainer').evaluate((element) => element.setAttribute('target', '5')),
    );
    assert.deepEqual([author.method, author.target], ['lrp', '5']);
  }));

test('readers choose with the keyboard alone', () =>
  visitDocument(small('method="gradient" loading="eager"'), async ({page}) => {
    const [before] = await explained(page);
    const next = page.evaluate(
      () => new Promise((done) => document.addEventListener('whylight-explain', () => done(0), {once: true})),
    );
    const focused = () =>
      page.evaluate(() => {
        let found = document.activeElement;
        while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
        return found?.getAttribute('role') ?? '';
      });
    for (let step = 0; step < 20 && (await focused()) !== 'radio'; ++step) await page.keyboard.press('Tab');
    assert.equal(await focused(), 'radio');
    await page.keyboard.press('ArrowDown');
    await next;
    assert.notEqual((await explained(page))[0]![0]!.target, before![0]!.target);
  }));

test('a figure in a frame is live', () =>
  visitDocument(
    '<iframe src="document.html" width="600" height="900" title="A figure"></iframe>',
    async ({page}) => {
      const inner = await page.evaluate(async (markup) => {
        const frame = document.querySelector('iframe')!;
        const {document: within} = frame.contentWindow!;
        within.querySelector('main')!.innerHTML = markup;
        await frame.contentWindow!.customElements.whenDefined('whylight-explainer');
        return (await within.querySelector<Figure>('whylight-explainer')!.explained())[0]!.target;
      }, small('method="gradient" loading="eager"'));
      assert.equal(inner, '3');
    },
    {policy: `${contentSecurityPolicy}; frame-src 'self'`},
  ));

test('a reader may drop a picture where the author allows it', () =>
  visitDocument(figure('method="gradient" droppable loading="eager"'), async ({page, requests}) => {
    const [before] = await explained(page);
    const asked = requests.length;
    await page.locator('whylight-explainer input[type="file"]').setInputFiles({
      name: 'coffee.jpg',
      mimeType: 'image/jpeg',
      buffer: Buffer.from(fileBytes('models/efficientnet-lite0/samples/coffee.jpg')),
    });
    await page.locator('figcaption', {hasText: /espresso|coffee|cup/}).waitFor({timeout: patience});
    assert.notEqual((await explained(page))[0]![0]!.target, before![0]!.target);
    assert.equal(requests.length, asked);
  }));

test('what takes long can be stopped, and run again', () =>
  visitDocument(
    figure('method="integrated-gradients" options=\'{"steps": "400"}\' loading="eager"'),
    async ({page}) => {
      await page.getByRole('button', {name: 'Stop'}).click({timeout: patience});
      await page.waitForTimeout(500);
      assert.equal(await page.getByRole('button', {name: 'Stop'}).count(), 0);
      await page.locator('whylight-explainer').evaluate((element) => element.setAttribute('options', '{"steps": "3"}'));
      const [maps] = await explained(page);
      assert.equal(maps![0]!.settings['steps'], '3');
      assert.equal(await page.getByRole('button', {name: 'Run again'}).count(), 0);
    },
  ));

const mistakes: [attributes: string, sentence: RegExp][] = [
  ['model="site/models/"', /found a web page|found status 404/],
  ['model="missing.onnx"', /missing\.onnx, found status 404\. Check the address in the attribute model/],
  ['model="site/models/digits/model.onnx" src="site/models/index.json"', /instead of a picture.*attribute src/],
  ['model="site/models/digits/model.onnx" options="steps"', /options: are not JSON, found steps.*as JSON/],
  ['model="site/models/digits/model.onnx" method="magic"', /no method "magic".*known are gradient/],
  ['model="site/models/digits/model.onnx" target="77"', /target.*0 to 9, found 77/],
  ['src="x.png"', /attribute model is missing/],
  [
    'model="site/models/efficientnet-lite0/model.onnx" card="site/models/digits/card.json"',
    /not the file that its card describes.*attribute card/,
  ],
  [
    'model="site/models/efficientnet-lite0/model.onnx" card="small.json"',
    /input 'image': expects Nx3x224x224, found 1x1x28x28\. .*input\.shape in its card/,
  ],
  ['model="site/models/digits/model.onnx" card="site/main.js"', /card: is not JSON, at .*main\.js\. A card holds/],
  ['model="site/models/digits/model.onnx" card="site/models/index.json"', /card: lacks input\.shape or labels/],
  ['model="site/models/digits/model.onnx" card="missing.json"', /card: .* found status 404\. Check .* attribute card/],
  ['model="logistic.onnx"', /3 operators are not supported.*LinearClassifier.*Normalizer.*Scaler.*whylight inspect/],
  ['model="free.onnx"', /do not fit each other, found.*\. The size .* input\.shape in its card/],
];

/** A model of 24 × 24 pictures whose file says that height and width may be anything. */
function freed(): Buffer {
  const bytes = Buffer.from(fileBytes('tests/golden/exports/torch_resnet_block.onnx'));
  const fixed = Buffer.from([0x0a, 2, 0x08, 24]); // a dimension of value 24
  const free = Buffer.from([0x0a, 2, 0x12, 0]); // and one without a name
  for (let at = bytes.indexOf(fixed); at >= 0; at = bytes.indexOf(fixed)) free.copy(bytes, at);
  return bytes;
}

/** Models that are not on the site. */
async function offer(page: Page): Promise<void> {
  const logistic = fileBytes('tests/golden/exports/sklearn_logistic.onnx');
  await page.route('**/logistic.onnx', (route) => route.fulfill({body: logistic}));
  const card = {input: {name: 'image', kind: 'digit', shape: [1, 1, 28, 28]}, labels: []};
  await page.route('**/small.json', (route) => route.fulfill({json: card}));
  await page.route('**/free.onnx', (route) => route.fulfill({body: freed()}));
}

/** Puts a figure into a document and gives the message of its error. */
const mistake = (page: Page, attributes: string) =>
  page.evaluate(
    ([markup, source]) =>
      new Promise<string>((resolve) => {
        document.addEventListener('whylight-error', (event) =>
          resolve((event as CustomEvent<{message: string}>).detail.message),
        );
        document
          .querySelector('main')!
          .insertAdjacentHTML(
            'beforeend',
            `<whylight-explainer loading="eager" ${markup}><img src="${source}" alt="a digit"></whylight-explainer>`,
          );
      }),
    [attributes, digit] as const,
  );

for (const [attributes, sentence] of mistakes) {
  test(`a mistake is told inside the figure: ${attributes}`, () =>
    visitDocument('', async ({page, problems}) => {
      await offer(page);
      const message = await mistake(page, attributes);
      assert.match(message, sentence);
      await failure(page).waitFor({timeout: patience});
      assert.equal(await failure(page).innerText(), message);
      assert.equal(await page.locator('whylight-explainer img').isVisible(), true);
      problems.splice(0); // what was not found
    }));
}

test('a policy that forbids WebAssembly is named with what to allow', () =>
  visitDocument(
    small('loading="eager"'),
    async ({page, problems}) => {
      await failure(page).waitFor({timeout: patience});
      assert.match(await failure(page).innerText(), /wasm-unsafe-eval/);
      problems.splice(0);
    },
    {policy: contentSecurityPolicy.replace(" 'wasm-unsafe-eval'", '')},
  ));

test('a policy that forbids workers is named with what to allow', () =>
  visitDocument(
    small('loading="eager"'),
    async ({page, problems}) => {
      await failure(page).waitFor({timeout: patience});
      assert.match(await failure(page).innerText(), /worker: .*allow 'self' and blob: in worker-src/);
      problems.splice(0);
    },
    {policy: contentSecurityPolicy.replace("worker-src 'self' blob:", "worker-src 'none'")},
  ));

test('a model of free sizes takes the size that its card says', () =>
  visitDocument('', async ({page}) => {
    await offer(page);
    const input = {name: 'image', kind: 'image', shape: [1, 3, 24, 24]};
    const card = {input, labels: ['a', 'b', 'c', 'd', 'e']};
    await page.route('**/free.json', (route) => route.fulfill({json: card}));
    const shape = await page.evaluate(
      async (markup) => {
        document.querySelector('main')!.innerHTML = markup;
        await customElements.whenDefined('whylight-explainer');
        const [map] = await document.querySelector<Figure>('whylight-explainer')!.explained();
        return (map as unknown as {shape: number[]}).shape;
      },
      `<whylight-explainer model="free.onnx" card="free.json" method="gradient" loading="eager">${image(photograph)}</whylight-explainer>`,
    );
    assert.deepEqual(shape, [1, 3, 24, 24]);
  }));

test('on paper figures that were computed show their map, and those that were not their content', () =>
  visitDocument(
    `${figure('method="gradient" loading="eager" id="made"')}${'<br>'.repeat(300)}${figure('id="far"')}`,
    async ({page}) => {
      await page.waitForFunction(
        () => document.querySelector('#made')!.matches('[data-state="explained"]'),
        undefined,
        {
          timeout: patience,
        },
      );
      await page.emulateMedia({media: 'print'});
      const shown = (within: string) =>
        page.locator(within).evaluate((element) => element.getBoundingClientRect().height);
      assert.ok((await shown('#made canvas.map')) > 200);
      assert.equal(await page.locator('#made img').isVisible(), false);
      for (const control of ['input', 'select', 'button'])
        assert.equal(await page.locator(`#made ${control}:visible`).count(), 0, control);
      assert.ok((await shown('#far img')) > 100);
      const paper = await page.pdf();
      const pictures = paper.toString('latin1').match(/\/Subtype \/Image/g) ?? [];
      assert.ok(pictures.length >= 3, `${pictures.length} pictures`); // map, legend and photograph
    },
  ));

test('the text alternative says where relevance lies, how concentrated it is and how sure the network is', () =>
  visitDocument(figure('method="lrp" loading="eager"'), async ({page}) => {
    await explained(page);
    const text = await page.locator('whylight-picture canvas[role="img"]').getAttribute('aria-label');
    assert.match(
      text ?? '',
      /^Map for .+ by Layer-wise relevance propagation\. The network is \d+ % sure of .+, then \d+ % of /,
    );
    assert.match(
      text ?? '',
      /Most support lies at the .+ \(\d+ % of it in that ninth of the picture\), half of it on \d+ % of the area/,
    );
  }));

test('in forced colours the bars show what they say, and which class is chosen', () =>
  visitDocument(
    figure('method="gradient" loading="eager"'),
    async ({page}) => {
      await explained(page);
      const seen = await page.locator('whylight-classes .bar').evaluateAll((bars) =>
        bars.map((bar) => {
          const fill = getComputedStyle(bar.querySelector('.fill')!).backgroundColor;
          return {fill, mark: getComputedStyle(bar).borderInlineStartColor};
        }),
      );
      const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.ok(
        seen.every(({fill}) => fill !== ground),
        JSON.stringify(seen),
      );
      assert.notEqual(seen[0]!.mark, seen[1]!.mark);
    },
    {forcedColors: 'active'},
  ));

test('without scripts the content is shown', () =>
  visitDocument(
    small(''),
    async ({page}) => {
      assert.equal(await page.locator('whylight-explainer img').isVisible(), true);
    },
    {javaScriptEnabled: false},
  ));

test('it works in a shadow root, from right to left, and when moved', () =>
  visitDocument('<div id="host" dir="rtl"></div>', async ({page}) => {
    const moved = await page.evaluate(async (markup) => {
      const host = document.querySelector('#host')!;
      const root = host.attachShadow({mode: 'open'});
      root.innerHTML = markup;
      const element = root.querySelector<Figure>('whylight-explainer')!;
      const [before] = await element.explained();
      document.querySelector('main')!.append(element);
      const [after] = await element.explained();
      return [before!.target, after!.target];
    }, small('method="gradient" loading="eager"'));
    assert.equal(moved[0], moved[1]);
  }));

for (const [name, options] of [
  ['light', {colorScheme: 'light'}],
  ['dark', {colorScheme: 'dark'}],
  ['forced colours', {forcedColors: 'active'}],
] as const) {
  test(`figures in ${name} pass axe, and fit from 280 pixels on`, () =>
    visitDocument(
      small('controls="all" droppable loading="eager"') +
        small('compare="gradient,lrp" controls="none" loading="eager"'),
      async ({page}) => {
        await explained(page);
        for (const width of [280, 1000]) {
          await page.setViewportSize({width, height: 800});
          const wide = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(wide <= width, `${wide} pixels wide in ${width}`);
          assert.deepEqual(await complaints(page), []);
        }
      },
      options,
    ));
}
