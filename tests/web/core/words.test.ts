// What people read on the page and in figures stands in web/strings, ready for translation, and nowhere else.
import assert from 'node:assert/strict';
import {readFileSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import ts from 'typescript';

/** Names that are the same in every language. */
const names = new Set(['BibTeX']);

/** Texts of several words that nobody reads: styles, class names, drawings, and reasons within errors, which name their place first. */
const unread: Record<string, RegExp> = {
  'web/element/curve.ts': /^(line|dot|key) c/,
  'web/element/explainer.ts': /:host \{/,
  'web/element/shared.ts': /^no answer$/,
  'web/page/figure-content.ts': /sans-serif$/,
  'web/page/figure-svg.ts': /^</,
  'web/page/offline.ts': /^service worker$/,
  'web/page/tour.ts': /^(\.\w|header nav)/,
};

const spoken =
  /\b(?:aria-label|aria-description|aria-valuetext|aria-roledescription|title|placeholder|alt|label)="([^"]*\p{L}[^"]*)"/gu;
const severalWords = /\p{L}{2,}[,;:]? \p{L}/u;
const hole = '\u0001'; // stands for what is put into a template

function textOf(template: ts.TemplateLiteral): string {
  if (ts.isNoSubstitutionTemplateLiteral(template)) return template.text;
  return [template.head.text, ...template.templateSpans.map(({literal}) => literal.text)].join(hole);
}

/** Words between the tags of a template, and in those attributes that are read or spoken. */
function wordsOfTemplate(text: string): string[] {
  const attributes = [...text.matchAll(spoken)].map(([, words]) => words!);
  const between = text
    .replace(/<!--.*?-->/gs, '')
    .replace(/<[^>]*>/gs, '\n')
    .split('\n');
  return [...attributes, ...between.map((line) => line.replaceAll(hole, '').trim())].filter((line) =>
    /\p{L}/u.test(line),
  );
}

/** Selectors, names of attributes and errors are for programs. */
function forPrograms(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isLiteralTypeNode(node)) return true;
  if (ts.isDecorator(node)) return true;
  if (ts.isNewExpression(node)) return node.expression.getText().endsWith('Error');
  if (!ts.isCallExpression(node)) return false;
  return /(querySelector|querySelectorAll|closest|matches|setAttribute)$/.test(node.expression.getText());
}

function wordsIn(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const read = (text: string) => {
    if (severalWords.test(text.replaceAll(hole, 'X')) && !unread[file]?.test(text)) found.push(text);
  };
  const visit = (node: ts.Node): void => {
    if (forPrograms(node)) return;
    if (ts.isTaggedTemplateExpression(node)) {
      if (['html', 'svg'].includes(node.tag.getText())) found.push(...wordsOfTemplate(textOf(node.template)));
      if (ts.isTemplateExpression(node.template)) node.template.templateSpans.forEach((span) => visit(span.expression));
      return;
    }
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) read(node.text);
    if (ts.isTemplateExpression(node)) read(textOf(node));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found.filter((words) => !names.has(words)).map((words) => `${file}: ${words.replace(/\s+/g, ' ')}`);
}

function sources(folder: string): string[] {
  return readdirSync(folder, {recursive: true, encoding: 'utf8'})
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.posix.join(folder, name));
}

test('what people read is in web/strings, not in the code of page and elements', () => {
  const files = [...sources('web/page'), ...sources('web/element')];
  assert.ok(files.length > 60);
  assert.deepEqual(files.flatMap(wordsIn), []);
});
