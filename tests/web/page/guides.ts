/** The examples of the documentation, so that what is built here is what it says. */
import assert from 'node:assert/strict';
import {cpSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';

/** The pieces of code of a page of web/docs/pages/embed that name a file, by its name. */
export function filesOf(page: string): Record<string, string> {
  const text = readFileSync(path.join('web', 'docs', 'pages', 'embed', `${page}.md`), 'utf8');
  const found = Array.from(text.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms), ([, file, code]) => [file!, code!] as const);
  assert.ok(found.length > 0, `${page}.md names no file`);
  return Object.fromEntries(found);
}

/** Writes a page's files into a folder, and the element and a model where it says that they belong. */
export function writeGuide(page: string, folder: string, fixed: string, more: Record<string, string> = {}): string {
  for (const [file, text] of Object.entries({...filesOf(page), ...more})) {
    mkdirSync(path.dirname(path.join(folder, file)), {recursive: true});
    writeFileSync(path.join(folder, file), text);
  }
  cpSync('dist/site/element', path.join(folder, fixed, 'element'), {recursive: true});
  cpSync('dist/site/models/digits', path.join(folder, fixed, 'digits'), {recursive: true});
  return folder;
}
