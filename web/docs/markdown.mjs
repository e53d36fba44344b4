// Markdown as the pages write it: code is coloured and formulas become MathML here, so that a page needs neither script nor fonts for them.
import hljs from 'highlight.js/lib/common';
import MarkdownIt from 'markdown-it';
import anchor from 'markdown-it-anchor';
import temml from 'temml';

export const highlight = (text, language) =>
  hljs.getLanguage(language) ? hljs.highlight(text, {language, ignoreIllegals: true}).value : '';

/** A heading's address: its words, in lower case, with hyphens between them. */
export const slug = (text) =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');

/** Styles within a tag are forbidden by the policy of the page; what temml says by them is said by classes or not needed. */
const withoutStyles = (html) => html.replace(/ style="[^"]*"/g, '');

export function formula(tex, displayMode) {
  return withoutStyles(temml.renderToString(tex, {displayMode, throwOnError: true, annotate: false}));
}

/** `$…$` within a line: no space inside the dollars, no digit after them. */
function inlineFormula(state, silent) {
  if (state.src[state.pos] !== '$') return false;
  const match = /^\$(\S|\S[^$\n]*\S)\$(?!\d)/.exec(state.src.slice(state.pos));
  if (!match) return false;
  if (!silent) state.push('formula', 'math', 0).content = match[1];
  state.pos += match[0].length;
  return true;
}

/** A paragraph between lines of `$$`. */
function blockFormula(state, start, end, silent) {
  const line = (number) => state.src.slice(state.bMarks[number] + state.tShift[number], state.eMarks[number]).trim();
  if (line(start) !== '$$') return false;
  let last = start + 1;
  while (last < end && line(last) !== '$$') last++;
  if (last >= end) return false;
  if (silent) return true;
  const token = state.push('formula_block', 'math', 0);
  token.content = Array.from({length: last - start - 1}, (_, i) => line(start + 1 + i)).join('\n');
  token.map = [start, last + 1];
  state.line = last + 1;
  return true;
}

function makeParser() {
  const parser = new MarkdownIt({html: true, typographer: false, highlight});
  parser.use(anchor, {slugify: slug, level: [2, 3], tabIndex: false});
  parser.inline.ruler.after('escape', 'formula', inlineFormula);
  parser.block.ruler.before('fence', 'formula_block', blockFormula, {alt: ['paragraph']});
  const {rules} = parser.renderer;
  rules.formula = (tokens, index) => formula(tokens[index].content, false);
  rules.formula_block = (tokens, index) => `<div class="formula">${formula(tokens[index].content, true)}</div>\n`;
  const fence = rules.fence.bind(rules);
  rules.fence = (tokens, index, ...rest) => {
    const name = tokens[index].info.trim().split(/\s+/)[1]; // ```js vite.config.js
    const code = fence(tokens, index, ...rest);
    return name
      ? `<figure class="listing"><figcaption>${parser.utils.escapeHtml(name)}</figcaption>\n${code}</figure>\n`
      : code;
  };
  rules.table_open = () => '<div class="scroll"><table>\n';
  rules.table_close = () => '</table></div>\n';
  return parser;
}

const parser = makeParser();

/** What a reader reads of these tokens, for the search. */
function wordsOf(tokens) {
  return tokens
    .map(({type, content, children}) => {
      if (type === 'inline') return wordsOf(children);
      if (type === 'html_block' || type === 'html_inline') return content.replace(/<[^>]*>/g, ' ');
      return ['text', 'code_inline', 'fence', 'code_block'].includes(type) ? content : ' ';
    })
    .join('');
}

/** The pieces of a page that can be linked to: `{id, level, title, words}`; what comes before the first heading has neither id nor title. */
function piecesOf(tokens) {
  const pieces = [{id: '', level: 1, title: '', tokens: []}];
  tokens.forEach((token, index) => {
    if (token.type === 'heading_open')
      pieces.push({id: token.attrGet('id') ?? '', level: Number(token.tag.slice(1)), title: '', tokens: []});
    else if (tokens[index - 1]?.type === 'heading_open') pieces.at(-1).title = wordsOf([token]);
    else pieces.at(-1).tokens.push(token);
  });
  return pieces.map(({tokens: own, ...piece}) => ({...piece, words: wordsOf(own).replace(/\s+/g, ' ').trim()}));
}

/** A text without its formulas' and marks' markup in one line: `code` and emphasis only. */
export const renderLine = (text) => parser.renderInline(text);

/**
 * A page's text as HTML with its pieces. Links to `.md` files become links to their pages, and addresses that begin with `site:` lead to
 * the folder of the site, which is `toSite` away.
 */
export function render(text, toSite) {
  const tokens = parser.parse(text, {});
  const html = parser.renderer
    .render(tokens, parser.options, {})
    .replaceAll('<th></th>', '<td></td>') // a corner that is no heading of anything
    .replace(/(href=")([^":]+)\.md(#[^"]*)?"/g, '$1$2.html$3"')
    .replace(/((?:href|src|model|card)=")site:/g, `$1${toSite}`);
  return {html, pieces: piecesOf(tokens)};
}
