import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import type {Page} from 'playwright-core';
import {
  barNames,
  complaints,
  loaded,
  mapsMade,
  noticeText,
  patience,
  settled,
  shownMap,
  startBrowserWith,
  stopBrowser,
  visit,
} from './browser.ts';

before(() => startBrowserWith('--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'));
after(stopBrowser);

/** What became of every stream that the page was given; kept by a wrapper that is there before the page. */
const watched = () => {
  const tracks: MediaStreamTrack[] = [];
  const given = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wish) => {
    const stream = await given(wish);
    tracks.push(...stream.getTracks());
    return stream;
  };
  Object.assign(window, {tracks});
};

function trackStates(page: Page): Promise<string[]> {
  return page.evaluate(() => (window as unknown as {tracks: MediaStreamTrack[]}).tracks.map((one) => one.readyState));
}

async function openCamera(page: Page): Promise<void> {
  await page.evaluate(watched);
  await page.getByRole('button', {name: 'Camera…'}).click();
  await page.getByRole('button', {name: 'Take this one'}).waitFor({timeout: patience});
}

async function mapsFollow(page: Page, count: number): Promise<void> {
  const before = await mapsMade(page);
  await page.waitForFunction(
    (least) => Number(document.querySelector<HTMLElement>('whylight-page')!.dataset.maps) >= least,
    before + count,
    {timeout: patience},
  );
}

const panel = 'section.camera';

test('the camera is not asked for before the button is pressed, and then maps follow it without a request', () =>
  visit('#method=grad-cam', async ({page, requests}) => {
    await loaded(page);
    await page.evaluate(watched);
    assert.deepEqual(await trackStates(page), []);
    const before = requests.length;
    await openCamera(page);
    await mapsFollow(page, 4);
    await page.waitForFunction(() =>
      /[1-9].* maps a second/.test(document.querySelector('section.camera')!.textContent),
    );
    const first = await shownMap(page);
    await mapsFollow(page, 3);
    assert.notDeepEqual((await shownMap(page)).data, first.data, 'the fake camera moves');
    assert.deepEqual(await trackStates(page), ['live']);
    assert.equal(requests.length, before);
    assert.deepEqual(await complaints(page), []);
  }));

test('a method that takes too long is replaced by a quicker one while live, and says so', () =>
  visit('#method=grad-cam', async ({page}) => {
    await openCamera(page);
    await page.locator('whylight-options #method').selectOption('occlusion');
    await page.locator(`${panel} .note`).waitFor({timeout: patience});
    assert.match(await page.locator(`${panel} .note`).innerText(), /Grad-CAM.*Occlusion takes longer than 0.7 s/);
    await mapsFollow(page, 2);
    assert.equal((await shownMap(page)).method, 'grad-cam');
    await page.locator('whylight-options #method').selectOption('gradient');
    await page.locator(`${panel} .note`).waitFor({state: 'detached', timeout: patience});
    await mapsFollow(page, 1);
    assert.equal((await shownMap(page)).method, 'gradient');
  }));

test('a pause holds the map, and taking the picture explains it as one of the person’s own', () =>
  visit('#method=grad-cam', async ({page}) => {
    await openCamera(page);
    await mapsFollow(page, 3);
    await page.locator(panel).getByRole('button', {name: 'Pause'}).click();
    await page.waitForTimeout(500);
    const maps = await mapsMade(page);
    const held = await shownMap(page);
    await page.waitForTimeout(500);
    assert.equal(await mapsMade(page), maps);
    await page.getByRole('button', {name: 'Take this one'}).click();
    await settled(page, maps + 1);
    assert.deepEqual(await trackStates(page), ['ended'], 'the light goes out');
    assert.match(await page.locator('.inputs').innerText(), /camera-mirrored\.png\s+your own picture/);
    assert.deepEqual((await shownMap(page)).data, held.data, 'it is the same picture, pixel by pixel');
    assert.equal(await page.locator(panel).count(), 0);
  }));

test('stopping lets the camera go and returns to the picture before', () =>
  visit('#method=grad-cam', async ({page}) => {
    const [name] = await barNames(page);
    await openCamera(page);
    await mapsFollow(page, 2);
    await page.locator(panel).getByRole('button', {name: 'Stop'}).click();
    await page.waitForFunction(() => !location.hash.includes('input=camera'));
    await settled(page);
    assert.deepEqual(await trackStates(page), ['ended']);
    assert.equal((await barNames(page))[0], name);
  }));

test('another picture, and looking away, let the camera go', () =>
  visit('#method=grad-cam', async ({page}) => {
    await openCamera(page);
    await mapsFollow(page, 2);
    await page.locator('whylight-gallery .item').nth(1).click();
    await page.waitForFunction(() => !document.querySelector('section.camera'));
    await settled(page);
    assert.deepEqual(await trackStates(page), ['ended']);
    const shown = await page.locator('.inputs').innerText();
    await page.getByRole('button', {name: 'Camera…'}).click();
    await mapsFollow(page, 2);
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', {value: true, configurable: true});
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await page.waitForFunction(() => !document.querySelector('section.camera'));
    assert.deepEqual(await trackStates(page), ['ended', 'ended']);
    assert.match(await page.locator('footer').innerText(), /The camera was stopped since nobody looked/);
    await settled(page);
    assert.equal(await page.locator('.inputs').innerText(), shown);
  }));

test('a view of one picture takes what the camera sees just then, and the camera turned on there leads back to where maps follow it', () =>
  visit('#method=grad-cam', async ({page}) => {
    await openCamera(page);
    await mapsFollow(page, 2);
    await page.locator('header nav').getByRole('link', {name: 'Compare'}).click();
    await page.waitForFunction(() => document.querySelector('.inputs')!.textContent.includes('camera-mirrored.png'));
    assert.deepEqual(await trackStates(page), ['ended']);
    assert.match(page.url(), /view=compare/);
    await page.getByRole('button', {name: 'Camera…'}).click();
    await mapsFollow(page, 2);
    assert.doesNotMatch(page.url(), /view=compare/);
  }));

test('without mirroring the network sees the camera as it is', () =>
  visit('#method=gradient', async ({page}) => {
    await openCamera(page);
    const box = page.getByRole('checkbox', {name: 'mirrored'});
    assert.equal(await box.isChecked(), true);
    await box.uncheck();
    await mapsFollow(page, 2);
    assert.equal(await page.locator(`${panel} video`).evaluate((video) => video.classList.contains('mirrored')), false);
    await page.getByRole('button', {name: 'Take this one'}).click();
    await page.waitForFunction(() => document.querySelector('.inputs')!.textContent.includes('camera.png'));
  }));

test('the network of digits takes the camera too, never mirrored', () =>
  visit('#model=digits', async ({page}) => {
    await openCamera(page);
    await mapsFollow(page, 8);
    assert.equal(await page.getByRole('checkbox', {name: 'mirrored'}).isChecked(), false);
    assert.deepEqual((await shownMap(page)).shape, [1, 1, 28, 28]);
  }));

/** What the page says when the browser answers so. */
async function failing(page: Page, name: string): Promise<string> {
  await page.evaluate((kind) => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', kind));
  }, name);
  await page.getByRole('button', {name: 'Camera…'}).click();
  await page.locator('whylight-notice .notice').waitFor();
  const text = await noticeText(page);
  await page.locator('whylight-notice').getByRole('button').click();
  return text;
}

test('a camera that is missing or in use is told in a sentence, and the page goes on', () =>
  visit('', async ({page}) => {
    assert.match(await failing(page, 'NotFoundError'), /The camera cannot be used\s+No camera was found/);
    assert.match(await failing(page, 'NotReadableError'), /Another program or tab is using it/);
    assert.match(await failing(page, 'SomethingElse'), /press “Camera…” to try again/);
    assert.equal(await page.locator(panel).count(), 0);
    await settled(page);
  }));

test('a camera that is refused is told in a sentence too', async () => {
  await stopBrowser();
  await startBrowserWith('--use-fake-device-for-media-stream');
  await visit('', async ({page}) => {
    const devtools = await page.context().newCDPSession(page);
    const {targetInfo} = await devtools.send('Target.getTargetInfo');
    const {browserContextId} = targetInfo as {browserContextId: string};
    await devtools.send('Browser.setPermission', {permission: {name: 'camera'}, setting: 'denied', browserContextId});
    await page.getByRole('button', {name: 'Camera…'}).click();
    await page.locator('whylight-notice .notice').waitFor();
    assert.match(await noticeText(page), /This page may not use it: allow the camera/);
    assert.equal(await page.locator(panel).count(), 0);
    await settled(page);
  });
});
