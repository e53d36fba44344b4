import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import type {Page} from 'playwright-core';
import {patience, settled, startBrowser, stopBrowser, visit} from './browser.ts';

before(startBrowser);
after(stopBrowser);

/** Pages of a PDF, as its own tree of pages counts them. */
async function pagesPrinted(page: Page): Promise<number> {
  const pdf = (await page.pdf({preferCSSPageSize: true})).toString('latin1');
  return [...pdf.matchAll(/\/Type\s*\/Page\b/g)].length;
}

/** What is on paper, taken while the browser prints. */
async function paper(page: Page): Promise<{text: string; shown: string[]; ground: string; painted: number}> {
  await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
  await page.emulateMedia({media: 'print'});
  await page.locator('.printed').waitFor();
  const seen = await page.evaluate(() => {
    const section = document.querySelector<HTMLElement>('.printed')!;
    const children = [...document.querySelector('whylight-page')!.children] as HTMLElement[];
    const canvas = section.querySelector('whylight-picture')!.shadowRoot!.querySelector('canvas')!;
    const {data} = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    return {
      text: section.innerText,
      shown: children.filter((child) => child.offsetHeight > 0).map((child) => child.className),
      ground: getComputedStyle(document.documentElement).backgroundColor,
      painted: new Set(data).size,
    };
  });
  await page.emulateMedia({media: null});
  await page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
  await page.locator('.printed').waitFor({state: 'detached'});
  return seen;
}

for (const [name, fragment, scheme] of [
  ['a photograph', '', 'light'],
  ['a photograph in dark colours', '#method=integrated-gradients', 'dark'],
  ['a digit', '#model=digits', 'light'],
  ['the sheet to draw on', '#view=draw', 'light'],
] as const) {
  test(`the explanation prints on one page, without controls: ${name}`, () =>
    visit(
      fragment,
      async ({page}) => {
        await page.locator('whylight-curve svg').waitFor({timeout: patience});
        await settled(page);
        assert.equal(await pagesPrinted(page), 1);
        const {text, shown, ground, painted} = await paper(page);
        assert.deepEqual(shown, ['printed']);
        assert.equal(ground, 'rgb(255, 255, 255)');
        assert.ok(painted > 20, 'the picture and its map are there');
        for (const part of [
          /^Why “.+”\?\s+\d/,
          /What the network takes it for/,
          /Options: /,
          /explained output/,
          /Scores of the map\s+\S/,
          /Method: .*(19|20)\d\d/,
          /Whylight \d/,
          /https?:\/\/\S+#\S*model=/,
        ])
          assert.match(text, part);
      },
      {colorScheme: scheme},
    ));
}
