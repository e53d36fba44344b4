// What the search of the documentation looks through, made when it is built: every heading with the text below it.
import MiniSearch from 'minisearch';

/** Shared with docs.ts, which reads the index: fields, and what is stored to show a result. */
export const searchOptions = {fields: ['title', 'page', 'words'], storeFields: ['title', 'page', 'section', 'start']};

const longestStart = 160; // characters of the text that is shown with a result

export function searchIndex(pages, sections) {
  const index = new MiniSearch(searchOptions);
  for (const page of pages) {
    const section = sections.find(({name}) => name === page.section)?.title ?? '';
    for (const {id, title, words} of page.pieces) {
      const text = id ? words : `${page.summary ?? ''} ${words}`.trim();
      if (!id && !text) continue;
      const start = text.length > longestStart ? `${text.slice(0, longestStart).replace(/\s\S*$/, '')} …` : text;
      index.add({
        id: id ? `${page.url}#${id}` : page.url,
        title: title || page.title,
        page: page.title,
        section,
        words: text,
        start,
      });
    }
  }
  return JSON.stringify(index);
}
