/** How a method's paper is cited, from what the catalogue says of it: "Author, Other and Last 2017, Title: part". */

/** A paper in parts; `rest` is what the catalogue says of further ones. */
export interface Paper {
  authors: string[];
  /** not all are named */
  others: boolean;
  year: string;
  title: string;
  rest: string;
}

/** The parts of a catalogue's line; undefined where it is not written so. */
export function readPaper(text: string): Paper | undefined {
  const [first = '', ...further] = text.split(/;\s*/);
  const found = /^(.+?)\s+(\d{4}),\s+(.+)$/.exec(first.trim());
  if (!found) return undefined;
  const [, names = '', year = '', title = ''] = found;
  const others = / et al\.?$/.test(names);
  const authors = names.replace(/ et al\.?$/, '').split(/,\s+|\s+and\s+/);
  return {authors, others, year, title, rest: further.join('; ')};
}

function plainKey(word: string): string {
  return word
    .normalize('NFD')
    .replace(/[^A-Za-z]/g, '')
    .toLowerCase();
}

/** One line for a list of references. */
export function citationLine(text: string): string {
  const paper = readPaper(text);
  if (!paper) return text;
  const {authors, others, year, title, rest} = paper;
  const last = authors.length > 1 ? `${authors.slice(0, -1).join(', ')} and ${authors.at(-1)}` : authors[0]!;
  return `${last}${others ? ' et al.' : ''} (${year}). ${title}.${rest ? ` See also ${rest}.` : ''}`;
}

/** An entry for BibTeX; what only a person can know (first names, where it appeared) is left to them. */
export function bibtex(text: string): string {
  const paper = readPaper(text);
  if (!paper) return `@misc{whylight-method,\n  note = {${text}},\n}`;
  const {authors, others, year, title, rest} = paper;
  const key = `${plainKey(authors[0]!)}${year}${plainKey(title.split(/[\s-]/).find((word) => word.length > 3) ?? '')}`;
  const fields: [string, string][] = [
    ['author', [...authors, ...(others ? ['others'] : [])].join(' and ')],
    ['title', `{${title}}`],
    ['year', year],
    ...(rest ? [['note', `See also ${rest}`] as [string, string]] : []),
  ];
  return [`@misc{${key},`, ...fields.map(([name, value]) => `  ${name} = {${value}},`), '}'].join('\n');
}
