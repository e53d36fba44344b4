/** What a page of the documentation does besides being read: search, copying code, scrolling of what is wide by keyboard. */
import MiniSearch, {type SearchResult} from 'minisearch';
import {docs as words} from '../strings/english.ts';

const root = document.documentElement.dataset['root'] ?? './';
const most = 12; // results shown
const passedOver = new Set([
  'a',
  'an',
  'and',
  'are',
  'do',
  'does',
  'for',
  'how',
  'i',
  'in',
  'is',
  'it',
  'my',
  'of',
  'the',
  'to',
  'what',
  'with',
]);

/** A result as search-index.mjs stores it. */
type Result = SearchResult & {id: string; title: string; page: string; section: string; start: string};

let index: Promise<MiniSearch> | undefined;

/** Fetched when someone is about to search; after a failure the next try asks again. */
function loadIndex(): Promise<MiniSearch> {
  const begin = async () => {
    const response = await fetch(`${root}search.json`);
    if (!response.ok) throw new Error(words.searchFailed);
    return MiniSearch.loadJSON(await response.text(), {
      fields: ['title', 'page', 'words'],
      storeFields: ['title', 'page', 'section', 'start'],
    });
  };
  index ??= begin().catch((error: unknown) => {
    index = undefined;
    throw error;
  });
  return index;
}

/** Places that have all the words, or if there are none, any of them; the best first. */
function find(all: MiniSearch, asked: string): Result[] {
  const processTerm = (term: string) => (passedOver.has(term.toLowerCase()) ? null : term.toLowerCase());
  const options = {prefix: true, fuzzy: 0.15, boost: {title: 4, page: 2}, processTerm};
  const whole = all.search(asked, {...options, combineWith: 'AND'});
  return (whole.length > 0 ? whole : all.search(asked, options)) as Result[];
}

function lineOf({id, title, page, section, start}: Result): HTMLLIElement {
  const line = document.createElement('li');
  const link = Object.assign(document.createElement('a'), {href: `${root}${id}`});
  const place = [section, page === title ? '' : page].filter(Boolean).join(' › ');
  const heading = Object.assign(document.createElement('b'), {textContent: title});
  const where = Object.assign(document.createElement('span'), {className: 'quiet', textContent: place});
  link.append(
    heading,
    ' ',
    where,
    Object.assign(document.createElement('span'), {className: 'start', textContent: start}),
  );
  line.append(link);
  return line;
}

function prepareSearch(search: HTMLElement): void {
  const box = search.querySelector('input')!;
  const found = search.querySelector<HTMLElement>('.found')!;
  const [status, list] = [found.querySelector('p')!, found.querySelector('ul')!];
  const links = () => [...list.querySelectorAll('a')];
  const show = async () => {
    const asked = box.value.trim();
    found.hidden = asked === '';
    if (!asked) return;
    try {
      const results = find(await loadIndex(), asked);
      if (box.value.trim() !== asked) return;
      list.replaceChildren(...results.slice(0, most).map(lineOf));
      status.textContent = words.found(results.length, Math.min(most, results.length));
    } catch {
      list.replaceChildren();
      status.textContent = words.searchFailed;
    }
  };
  const move = (event: KeyboardEvent) => {
    const all: HTMLElement[] = [box, ...links()];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (event.key === 'Escape') {
      box.value = '';
      found.hidden = true;
      box.focus();
    } else if (event.key === 'Enter' && document.activeElement === box) links()[0]?.click();
    else if (step && at >= 0) {
      event.preventDefault();
      all[Math.max(0, Math.min(all.length - 1, at + step))]!.focus();
    }
  };
  box.addEventListener('focus', () => void loadIndex().catch(() => undefined), {once: true});
  box.addEventListener('input', () => void show());
  search.addEventListener('keydown', move);
  list.addEventListener('click', () => (found.hidden = true));
  document.addEventListener('click', ({target}) => {
    if (!search.contains(target as Node)) found.hidden = true;
  });
  document.addEventListener('keydown', (event) => {
    const typing = (event.composedPath()[0] as Element).matches?.('input, select, textarea');
    if (event.key !== '/' || typing || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    box.focus();
  });
  search.hidden = false;
}

/** A button beside code that copies it. */
function addCopy(block: HTMLPreElement): void {
  const button = Object.assign(document.createElement('button'), {className: 'copy', textContent: words.copy});
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(block.innerText).then(
      () => (button.textContent = words.copied),
      () => (button.textContent = words.notCopied),
    );
    setTimeout(() => (button.textContent = words.copy), 2000);
  });
  const around = Object.assign(document.createElement('div'), {className: 'code'});
  block.replaceWith(around);
  around.append(block, button);
}

/** What is too wide can be scrolled with the keyboard only where it has the focus. */
function letScroll(): void {
  for (const wide of document.querySelectorAll<HTMLElement>('pre, .scroll, .formula')) {
    if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
    else wide.removeAttribute('tabindex');
  }
}

/** The menu may be longer than the window: the page that is read is in sight. */
function showPlace(): void {
  const menu = document.querySelector<HTMLElement>('#menu');
  const current = menu?.querySelector<HTMLElement>('[aria-current]');
  if (menu && current && current.offsetTop > menu.clientHeight - 80)
    menu.scrollTop = current.offsetTop - menu.clientHeight / 2;
}

/** Fetches what computes scores when a figure of one comes near. */
function prepareScores(): void {
  const figures = document.querySelectorAll('whylight-score');
  if (figures.length === 0) return;
  const watcher = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({isIntersecting}) => isIntersecting)) return;
      watcher.disconnect();
      void import('./score-figure.ts');
    },
    {rootMargin: '50% 0px'},
  );
  figures.forEach((figure) => watcher.observe(figure));
}

const search = document.querySelector<HTMLElement>('search');
if (search) prepareSearch(search);
document.querySelectorAll<HTMLPreElement>('article pre').forEach(addCopy);
showPlace();
letScroll();
prepareScores();
addEventListener('resize', letScroll);
