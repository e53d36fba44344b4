/** What tests of the documentation share. */
import {readdirSync} from 'node:fs';
import path from 'node:path';
import type {Page} from 'playwright-core';

export const docs = path.resolve('dist', 'site', 'docs');

/** Its pages, as they lie below that. */
export const pages = readdirSync(docs, {recursive: true, encoding: 'utf8'}).filter((file) => file.endsWith('.html'));

/** The scores of a metric's figure, once they are there. */
export const scoresOf = (page: Page) =>
  page.evaluate(async () => {
    await customElements.whenDefined('whylight-score');
    type Figure = HTMLElement & {computed(): Promise<(number | null)[]>};
    return document.querySelector<Figure>('whylight-score')!.computed();
  });

/** Addresses that the search finds, the best first. */
export async function search(page: Page, words: string): Promise<string[]> {
  await page.getByRole('searchbox').fill(words);
  await page.locator('.found a').first().waitFor();
  return page.locator('.found a').evaluateAll((links) => links.map((link) => link.getAttribute('href')!));
}
