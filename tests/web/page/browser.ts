/** The built page in a real browser, and what the tests ask of it. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page} from 'playwright-core';
import {contentSecurityPolicy, serve} from '../../../web/serve.mjs';

/** Tests run from the project's folder. */
const root = process.cwd();
const flags =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
export const patience = 60_000;

let browser: Browser | undefined;
let server: Awaited<ReturnType<typeof serve>> | undefined; // of all that is built

export function startBrowser(): Promise<void> {
  return startBrowserWith();
}

/** A browser with further flags, such as one with a camera. */
export async function startBrowserWith(...more: string[]): Promise<void> {
  browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: [...flags.split(' '), ...more]});
  server = await serve({folder: path.join(root, 'dist')});
}

export async function stopBrowser(): Promise<void> {
  await browser?.close();
  await server?.close();
}

/** A context of the same browser, for what is not served. */
export function newContext(options: BrowserContextOptions): Promise<BrowserContext> {
  return browser!.newContext(options);
}

export interface Visit {
  page: Page;
  /** errors of the console and of scripts, violations of the policy included */
  problems: string[];
  /** addresses asked of the network so far */
  requests: string[];
}

/** Opens the page with a fragment, waits for its first map unless told not to, runs the test, and expects a quiet console. */
export function visit(
  fragment: string,
  test: (visit: Visit) => Promise<void>,
  options: BrowserContextOptions = {},
  wait = true,
): Promise<void> {
  const begin = async (page: Page) => {
    await page.goto(`${server!.url}site/${fragment}`);
    if (wait) await settled(page);
  };
  return observe(begin, test, options);
}

/** A file of the built site, as it is served. */
export function visitSite(
  address: string,
  test: (visit: Visit) => Promise<void>,
  options: BrowserContextOptions = {},
): Promise<void> {
  return observe((page) => page.goto(`${server!.url}site/${address}`), test, options);
}

/** A document that shows nothing, under the page's policy, for the package by itself: it is at /whylight.js, the models at /site/models. */
export function visitBlank(test: (visit: Visit) => Promise<void>): Promise<void> {
  const begin = async (page: Page) => {
    const address = `${server!.url}blank.html`;
    const headers = {'Content-Type': 'text/html', 'Content-Security-Policy': contentSecurityPolicy};
    await page.route(address, (route) => route.fulfill({headers, body: '<link rel="icon" href="data:," />'}));
    await page.goto(address);
  };
  return observe(begin, test);
}

/** A document with this body and the element's script, under the page's policy: the element is at site/element, the models at site/models. */
export function visitDocument(
  body: string,
  test: (visit: Visit) => Promise<void>,
  {policy = contentSecurityPolicy, ...options}: BrowserContextOptions & {policy?: string} = {},
): Promise<void> {
  const begin = async (page: Page) => {
    const address = `${server!.url}document.html`;
    const head = '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">';
    const script =
      '<link rel="icon" href="data:,"><link rel="stylesheet" href="document.css"><script type="module" src="site/element/element.js"></script>';
    const headers = {'Content-Type': 'text/html', 'Content-Security-Policy': policy};
    const text = `${head}<title>A document</title>${script}<body><main><h1>A document</h1>${body}</main>`;
    await page.route(address, (route) => route.fulfill({headers, body: text}));
    const style =
      'body {background: Canvas; color: CanvasText} whylight-explainer::part(caption) {letter-spacing: 3px}';
    await page.route(`${server!.url}document.css`, (route) => route.fulfill({contentType: 'text/css', body: style}));
    await page.goto(address);
  };
  return observe(begin, test, options);
}

/** The page at index.html of a folder, under our policy or another. */
export async function visitFolder(
  folder: string,
  test: (visit: Visit) => Promise<void>,
  policy = contentSecurityPolicy,
): Promise<void> {
  const own = await serve({folder, policy});
  try {
    await observe((page) => page.goto(own.url), test);
  } finally {
    await own.close();
  }
}

/** The page at an address of a server that the test has started itself. */
export function visitAddress(
  address: string,
  test: (visit: Visit) => Promise<void>,
  options: BrowserContextOptions = {},
): Promise<void> {
  return observe((page) => page.goto(address), test, options);
}

async function observe(
  begin: (page: Page) => Promise<unknown>,
  test: (visit: Visit) => Promise<void>,
  options: BrowserContextOptions = {},
): Promise<void> {
  const context = await browser!.newContext({viewport: {width: 1280, height: 800}, ...options});
  const page = await context.newPage();
  const problems: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('request', (request) => {
    if (request.url().startsWith('http')) requests.push(request.url());
  });
  try {
    await begin(page);
    await test({page, problems, requests});
    assert.deepEqual(problems, [], 'the console stays quiet');
  } finally {
    await context.close();
  }
}

/** Waits until nothing is being explained and at least so many maps were made. */
export async function settled(page: Page, maps = 1): Promise<void> {
  await page.waitForFunction(
    (count) => {
      const {state, maps: made} = document.querySelector<HTMLElement>('whylight-page')!.dataset;
      return state === 'failed' || (state === 'ready' && Number(made) >= count);
    },
    maps,
    {timeout: patience},
  );
  assert.notEqual(await page.locator('whylight-page').getAttribute('data-state'), 'failed', await noticeText(page));
}

export async function mapsMade(page: Page): Promise<number> {
  return Number(await page.locator('whylight-page').getAttribute('data-maps'));
}

/** Does something that asks for another map, and waits for it. */
export async function nextMap(page: Page, action: () => Promise<unknown>): Promise<void> {
  const before = await mapsMade(page);
  await action();
  await settled(page, before + 1);
}

/** Waits until everything that is fetched without being asked has been. */
export async function loaded(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelector('footer')!.textContent.includes('since load'), undefined, {
    timeout: patience,
  });
}

export interface Shown {
  method: string;
  target: string;
  shape: number[];
  data: number[];
}

/** The map on the screen. */
export function shownMap(page: Page): Promise<Shown> {
  return page.evaluate(() => {
    const picture = document.querySelector('.figure whylight-picture') as unknown as {
      attribution: {method: string; target: string; shape: number[]; data: Float32Array};
    };
    const {method, target, shape, data} = picture.attribution;
    return {method, target, shape, data: [...data]};
  });
}

/** Cosine of the angle between two maps of the same shape. */
export function likeness(a: Shown, b: Shown): number {
  const dot = (x: number[], y: number[]) => x.reduce((sum, value, place) => sum + value * y[place]!, 0);
  return dot(a.data, b.data) / Math.sqrt(dot(a.data, a.data) * dot(b.data, b.data));
}

export async function noticeText(page: Page): Promise<string> {
  const notice = page.locator('whylight-notice .notice');
  return (await notice.count()) > 0 ? notice.innerText() : '';
}

export async function barNames(page: Page): Promise<string[]> {
  return page.locator('whylight-classes .bar .name').allInnerTexts();
}

export async function chooseMethod(page: Page, name: string): Promise<void> {
  await nextMap(page, () => page.locator('whylight-options #method').selectOption(name));
}

export function fileBytes(name: string): Buffer {
  return readFileSync(path.join(root, name));
}

/** Drops a file on the page as a person would. */
export async function dropFile(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  await page.evaluate(
    ([file, text]) => {
      const transfer = new DataTransfer();
      const content = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      transfer.items.add(new File([content], file, {type: /png$/.test(file) ? 'image/png' : ''}));
      for (const kind of ['dragenter', 'dragover', 'drop'])
        document.body.dispatchEvent(new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true}));
    },
    [name, Buffer.from(bytes).toString('base64')] as const,
  );
}

interface Finding {
  id: string;
  help: string;
  nodes: {target: unknown[]; failureSummary?: string}[];
}

/** What axe-core complains about. It is put into the page past the policy, as the browser's own tools are. */
export async function complaints(page: Page): Promise<string[]> {
  await page.evaluate(fileBytes('node_modules/axe-core/axe.min.js').toString());
  const violations = await page.evaluate(async () => {
    const {axe} = window as unknown as {axe: {run: () => Promise<{violations: Finding[]}>}};
    return (await axe.run()).violations;
  });
  return violations.flatMap(({id, help, nodes}) =>
    nodes.map(({target, failureSummary}) => `${id}: ${help} at ${JSON.stringify(target)} ${failureSummary ?? ''}`),
  );
}

/** A figure, as tests ask it. */
export interface Figure extends HTMLElement {
  explained(): Promise<{method: string; target: string; data: Float32Array; settings: Record<string, string>}[]>;
}

/** What the figures of a document show once all are there. */
export function explained(page: Page) {
  return page.evaluate(async () => {
    await customElements.whenDefined('whylight-explainer');
    const all = document.querySelectorAll('whylight-explainer') as unknown as NodeListOf<Figure>;
    const shown = await Promise.all(Array.from(all, (one) => one.explained()));
    return shown.map((maps) =>
      maps.map(({method, target, settings, data}) => {
        return {method, target, settings, sum: data.reduce((a, b) => a + b, 0)};
      }),
    );
  });
}
