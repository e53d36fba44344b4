// What stands around the text of every page of the documentation.
import path from 'node:path';
import {contentSecurityPolicy} from '../serve.mjs';
import {renderLine} from './markdown.mjs';

const words = {
  site: 'Whylight',
  docs: 'Documentation',
  open: 'Open Whylight',
  skip: 'Skip to the text',
  search: 'Search the documentation',
  find: 'Search',
  overview: 'Overview',
  menu: 'Menu',
  here: 'On this page',
  before: 'Before',
  next: 'Next',
  more: 'More pages',
  footer:
    'Whylight explains a neural network’s decision in the browser tab. No page of this documentation sends anything.',
};

const escaped = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Addresses are relative to the page that holds them, so that the site may lie anywhere. */
export function addressFrom(page, url) {
  const relative = path.posix.relative(path.posix.dirname(page.url), url);
  return relative || path.posix.basename(url);
}

function menuOf(page, pages, sections) {
  const link = (other) => {
    const current = other.url === page.url ? ' aria-current="page"' : '';
    return `<li><a href="${addressFrom(page, other.url)}"${current}>${escaped(other.short ?? other.title)}</a></li>`;
  };
  const overview = pages.find(({section}) => section === '');
  const first = overview ? `<ul class="overview">${link({...overview, short: words.overview})}</ul>\n` : '';
  const rest = sections
    .map(({name, title}) => ({name, title, own: pages.filter(({section}) => section === name)}))
    .filter(({own}) => own.length > 0)
    .map(({name, title, own}) => {
      const open = page.section === name || page.section === '' ? ' open' : '';
      return `<details${open}><summary>${title}</summary><ul>${own.map(link).join('')}</ul></details>`;
    })
    .join('\n');
  return first + rest;
}

function contentsOf({pieces}) {
  const linked = pieces.filter(({id, level}) => id && level <= 3);
  if (linked.length < 2) return '';
  const lines = linked.map(
    ({id, level, title}) => `<li class="level-${level}"><a href="#${id}">${escaped(title)}</a></li>`,
  );
  return `<nav class="here" aria-labelledby="here"><h2 id="here">${words.here}</h2><ul>${lines.join('')}</ul></nav>`;
}

function neighboursOf(page, pages) {
  const index = pages.findIndex(({url}) => url === page.url);
  const link = (other, label, rel) =>
    other
      ? `<a rel="${rel}" href="${addressFrom(page, other.url)}"><span>${label}</span> ${escaped(other.title)}</a>`
      : '<span></span>';
  const [before, next] = [link(pages[index - 1], words.before, 'prev'), link(pages[index + 1], words.next, 'next')];
  return `<nav class="neighbours" aria-label="${words.more}">${before}${next}</nav>`;
}

/** The page as a document. */
export function layOut(page, pages, sections) {
  const to = (url) => addressFrom(page, url);
  const site = page.section ? '../../' : '../';
  const figures = /<whylight-explainer\b/.test(page.html)
    ? `\n    <script type="module" src="${site}element/element.js"></script>`
    : '';
  const title = page.section ? `${page.title} · ${words.site}` : `${words.docs} · ${words.site}`;
  return `<!doctype html>
<html lang="en" data-root="${to('index.html').slice(0, -'index.html'.length)}">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta name="description" content="${escaped(page.summary ?? '')}" />
    <title>${escaped(title)}</title>
    <link rel="icon" href="${site}icon.svg" />
    <link rel="stylesheet" href="${to('docs.css')}" />
    <link rel="stylesheet" href="${to('text.css')}" />
    <script type="module" src="${to('docs.js')}"></script>${figures}
  </head>
  <body>
    <a class="skip" href="#text">${words.skip}</a>
    <header>
      <button class="menu-button" popovertarget="menu">${words.menu}</button>
      <p class="home"><a href="${site}index.html" title="${words.open}">${words.site}</a> <a class="docs" href="${to('index.html')}">${words.docs}</a></p>
      <search hidden>
        <input type="search" id="search" aria-label="${words.search}" placeholder="${words.find}" autocomplete="off" spellcheck="false" />
        <div class="found" hidden><p class="small" role="status"></p><ul></ul></div>
      </search>
    </header>
    <div class="frame">
      <nav id="menu" popover aria-label="${words.docs}">
${menuOf(page, pages, sections)}
      </nav>
      <main id="text">
        <article>
          <h1>${escaped(page.title)}</h1>
          ${page.summary ? `<p class="summary">${renderLine(page.summary)}</p>` : ''}
${page.html}
        </article>
        ${neighboursOf(page, pages)}
      </main>
      ${contentsOf(page)}
    </div>
    <footer><p>${words.footer}</p></footer>
  </body>
</html>
`;
}
