// Builds the documentation: pages/<section>/<name>.md become dist/site/docs/<section>/<name>.html. To add a page, write such a file:
//
//   ---
//   title: In a React application        (the heading, the menu and the search)
//   order: 3                             (its place in the menu; then by title)
//   summary: One sentence for lists.
//   ---
//
// Markdown with raw HTML follows, without the first heading. Fenced code is coloured, and a second word after its ``` is its file's name;
// `$…$` and lines of `$$` hold TeX. Links to other pages name their files (`../methods/lrp.md#cost`). Lines `<!-- made: NAME -->` stand for
// what reference.mjs makes. Addresses of `site:…` lead to the site's folder: a live figure is
//
//   <whylight-explainer model="site:models/digits/model.onnx" method="lrp">
//     <img src="site:models/digits/samples/3.png" alt="A three">
//   </whylight-explainer>
//
// and the element's script is then added. Pages of methods and metrics are made from the catalogue (catalogue.mjs); a row needs one file,
// pages/methods/<its name>.md, with its formula and what is to be said about it.
import {cp, mkdir, readFile, readdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {pagesOfCatalogue} from './catalogue.mjs';
import {layOut} from './layout.mjs';
import {render} from './markdown.mjs';
import {fillIn} from './reference.mjs';
import {searchIndex} from './search-index.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

/** Folders of pages in the menu's order. */
export const sections = [
  {name: 'start', title: 'Start'},
  {name: 'understand', title: 'Understand'},
  {name: 'methods', title: 'Methods'},
  {name: 'metrics', title: 'Metrics'},
  {name: 'embed', title: 'Embed'},
  {name: 'models', title: 'Models'},
  {name: 'reference', title: 'Reference'},
];

/** The lines `name: value` between the first two lines of dashes, and the text after them. */
export function frontMatter(file, content) {
  const match = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(content);
  if (!match) throw new Error(`${file}: must begin with its title between lines of ---`);
  const fields = match[1].split('\n').map((line) => {
    const [, name, value] = /^([\w-]+):\s*(.*)$/.exec(line) ?? [];
    if (!name) throw new Error(`${file}: a line before the text must be "name: value", found ${line}`);
    return [name, value.replace(/^(["'])(.*)\1$/, '$2')];
  });
  return {...Object.fromEntries(fields), text: match[2]};
}

/** Pages as their files say: `{section, name, title, order, summary, text, …}`; the first page's section is empty. */
export async function readPages(folder = path.join(here, 'pages')) {
  const files = (await readdir(folder, {recursive: true})).filter((file) => file.endsWith('.md')).sort();
  return Promise.all(
    files.map(async (file) => {
      const fields = frontMatter(file, await readFile(path.join(folder, file), 'utf8'));
      const [name, section = ''] = file.slice(0, -3).split(path.sep).reverse();
      return {...fields, section, name, order: Number(fields.order ?? 100)};
    }),
  );
}

const byOrder = (a, b) => a.order - b.order || a.title.localeCompare(b.title);

/** Every page in the menu's order, with its address within the documentation. */
function ordered(pages) {
  const first = pages.filter(({section}) => section === '');
  const rest = sections.flatMap(({name}) => pages.filter(({section}) => section === name).sort(byOrder));
  const lost = pages.filter((page) => !first.includes(page) && !rest.includes(page));
  if (lost.length > 0) throw new Error(`${lost[0].section}: is no section of web/docs/build.mjs`);
  return [...first, ...rest].map((page) => ({...page, url: path.posix.join(page.section, `${page.name}.html`)}));
}

/** Writes the documentation into `target`; `dist` holds what it is made from: the command, the types, the elements' manifest. */
export async function buildDocs(target, dist) {
  const written = await fillIn(await readPages(), dist);
  const pages = ordered(await pagesOfCatalogue(written, dist));
  const finished = pages.map((page) => ({...page, ...render(page.text, page.section ? '../../' : '../')}));
  for (const page of finished) {
    const file = path.join(target, page.url);
    await mkdir(path.dirname(file), {recursive: true});
    await writeFile(file, layOut(page, finished, sections));
  }
  await writeFile(path.join(target, 'search.json'), searchIndex(finished, sections));
  for (const file of ['docs.css', 'text.css']) await cp(path.join(here, file), path.join(target, file));
}
