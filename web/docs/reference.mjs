// What pages take from the built files: a line `<!-- made: NAME -->` in a page's text is replaced by what `makers` says for that name.
import {execFile} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import * as esbuild from 'esbuild';
import ts from 'typescript';
import {contentSecurityPolicy} from '../serve.mjs';
import {highlight, slug} from './markdown.mjs';

const cell = (text) => (text ?? '').replaceAll('|', '\\|').replace(/\s+/g, ' ').trim();
const plain = (text) => cell(text).replaceAll('<', '\\<');
const code = (text) => `\`${text}\``;

function table(heads, rows) {
  const line = (cells) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Statements of a file of declarations, and those that it exports from others: `{name, text, comment, kind}`. */
async function exportsOf(file, wanted) {
  const source = ts.createSourceFile(file, await readFile(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const found = [];
  for (const statement of source.statements) {
    if (ts.isExportDeclaration(statement) && statement.moduleSpecifier) {
      const other = path.join(path.dirname(file), statement.moduleSpecifier.text.replace(/\.ts$/, '.d.ts'));
      const names = statement.exportClause?.elements?.map(({name}) => name.text);
      found.push(...(await exportsOf(other, names)));
      continue;
    }
    const exported = statement.modifiers?.some(({kind}) => kind === ts.SyntaxKind.ExportKeyword);
    const name = statement.name?.text ?? statement.declarationList?.declarations[0]?.name.text;
    if (exported && name && (!wanted || wanted.includes(name))) found.push({name, ...readStatement(statement, source)});
  }
  return found;
}

const isPrivate = ({modifiers}) => modifiers?.some(({kind}) => kind === ts.SyntaxKind.PrivateKeyword);

/** A declaration without what is private, and the comment before it. */
function readStatement(statement, source) {
  const full = statement.getText(source);
  const hidden = (statement.members ?? []).filter(isPrivate);
  const cuts = hidden.map((member) => [member.getFullStart(), member.getEnd()]);
  const start = statement.getStart(source);
  const text = cuts.reduceRight((rest, [from, to]) => rest.slice(0, from - start) + rest.slice(to - start), full);
  const comment = (ts.getJSDocCommentsAndTags(statement) ?? [])
    .map((doc) => ts.getTextOfJSDocComment(doc.comment) ?? '')
    .join(' ');
  return {text: text.replace(/^export (declare )?/, ''), comment, kind: ts.SyntaxKind[statement.kind]};
}

/** Code in which names of what the page describes lead there. */
function linked(text, names) {
  const html = highlight(text, 'ts').replace(
    /(<span class="hljs-title class_">)(\w+)(<\/span>)/g,
    (whole, before, name, after) => (names.has(name) ? `${before}<a href="#${slug(name)}">${name}</a>${after}` : whole),
  );
  return `<pre><code class="language-ts">${html}</code></pre>\n`;
}

/** Everything that the package exports, with the comments of its source. */
async function packageApi(dist) {
  const all = await exportsOf(path.join(dist, 'types', 'core', 'index.d.ts'));
  const isType = ({kind}) => kind === 'InterfaceDeclaration' || kind === 'TypeAliasDeclaration';
  const names = new Set(all.map(({name}) => name));
  const part = ({name, text, comment}) => {
    return `### ${name}\n\n${comment ? `${plain(comment)}\n\n` : ''}${linked(text.replace(/^ {4}/gm, '  '), names)}\n`;
  };
  const values = all.filter((one) => !isType(one));
  const types = all.filter(isType).sort((a, b) => a.name.localeCompare(b.name));
  return `## Classes and functions\n\n${values.map(part).join('\n')}\n## Types\n\n${types.map(part).join('\n')}`;
}

/** What one element takes and sends, from the manifest. */
function elementPart({tagName, description, attributes, members, events, slots, cssParts, cssProperties}) {
  const open = (members ?? []).filter(({privacy, static: still}) => privacy !== 'private' && !still);
  const reacts =
    /^(render|updated|willUpdate|firstUpdated|connectedCallback|disconnectedCallback|attributeChangedCallback)$/;
  const fields = open.filter(({kind}) => kind === 'field');
  const methods = open.filter(
    ({kind, name, privacy}) => kind === 'method' && privacy !== 'protected' && !reacts.test(name),
  );
  const pairs = (list) => list.map(({name, description: text}) => [code(name || 'default'), plain(text)]);
  const parts = [
    ['Attributes', attributes?.filter(({fieldName}) => !fieldName), ['attribute', 'meaning'], pairs],
    [
      'Properties',
      fields,
      ['property', 'type', 'attribute', 'meaning'],
      (list) =>
        list.map(({name, type, attribute, description: text}) => [
          code(name),
          type ? code(type.text) : '',
          attribute ? code(attribute) : '',
          plain(text),
        ]),
    ],
    [
      'Methods',
      methods,
      ['method', 'gives', 'meaning'],
      (list) =>
        list.map(({name, return: made, description: text}) => [
          code(`${name}()`),
          made ? code(made.type.text) : '',
          plain(text),
        ]),
    ],
    ['Events', events, ['event', 'when'], pairs],
    ['Slots', slots, ['slot', 'meaning'], pairs],
    ['Parts', cssParts, ['part', 'is'], pairs],
    ['Custom properties', cssProperties, ['property', 'is the colour'], pairs],
  ].filter(([, list]) => list?.length > 0);
  const text = parts.map(([title, list, heads, rows]) => `**${title}**\n\n${table(heads, rows(list))}\n`);
  return `## ${code(`<${tagName}>`)}\n\n${plain(description)}\n\n${text.join('\n')}`;
}

async function elementParts(dist, wanted) {
  const manifest = JSON.parse(await readFile(path.join(dist, 'custom-elements.json'), 'utf8'));
  const all = manifest.modules.flatMap(({declarations}) => declarations).filter(({tagName}) => tagName);
  return all
    .filter(({tagName}) => wanted(tagName))
    .map(elementPart)
    .join('\n\n');
}

const figureNames = new Set(['whylight-explainer', 'whylight-figure']);

/** What the command says of itself; methods and metrics have pages of their own. */
async function commandHelp(dist) {
  const ask = async (...args) => {
    const {stdout} = await promisify(execFile)(process.execPath, [path.join(dist, 'cli.js'), ...args, '--help']);
    return stdout.split(/\n\n(?:Methods|Metrics) and their options:/)[0].trim();
  };
  const help = await ask();
  const names = [...help.matchAll(/^ {2}(\w[\w-]*) {2,}/gm)].map(([, name]) => name);
  const parts = await Promise.all(
    names.map(async (name) => `## ${code(`whylight ${name}`)}\n\n\`\`\`text\n${await ask(name)}\n\`\`\`\n`),
  );
  return parts.join('\n');
}

/** The policy of web/serve.mjs, a directive a line, as a header. */
const policyHeader = () =>
  `\`\`\`text\nContent-Security-Policy: ${contentSecurityPolicy.replaceAll('; ', ';\n  ')}\n\`\`\``;

/** The page's views are told from their strings alone: drawing them is not for this program. */
const viewsByName = {
  name: 'views-by-name',
  setup(build) {
    build.onResolve({filter: /views\/index\.ts$/}, ({path: name}) => ({path: name, namespace: 'by-name'}));
    const contents = 'export const views = new Proxy({}, {get: () => true});';
    build.onLoad({filter: /.*/, namespace: 'by-name'}, () => ({contents}));
  },
};

/** The page's shortcuts and other keys, from the tables that the page itself has. */
async function keyTables() {
  const stdin = {
    contents: "export {shortcuts} from './keys.ts'; export {keys, help} from '../strings/english.ts';",
    resolveDir: fileURLToPath(new URL('../page', import.meta.url)),
  };
  const common = {bundle: true, write: false, format: 'esm', platform: 'node', logLevel: 'warning'};
  const {outputFiles} = await esbuild.build({...common, stdin, plugins: [viewsByName]});
  const {shortcuts, keys, help} = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
  const single = shortcuts.map((one) => [one.keys.map((key) => code(keys.shown(key))).join(', '), one.what]);
  return `${table(['key', 'does'], help.keys)}\n\n### Single keys\n\n${table(['key', 'does'], single)}`;
}

/** The models that the site holds, as their cards say. */
async function modelList(dist) {
  const list = JSON.parse(await readFile(path.join(dist, 'site', 'models', 'index.json'), 'utf8'));
  const parts = list.map(({name, card}) => {
    const {title, description, licence, paper, made, bytes, parameters, sha256, input} = card;
    const facts = [
      ['input', `${input.shape.join(' × ')}, ${input.kind}`],
      [
        'file',
        `[model.onnx](site:models/${name}/model.onnx), ${(bytes / 1e6).toFixed(2)} MB, ${parameters.toLocaleString('en')} parameters`,
      ],
      ['SHA-256', code(sha256)],
      ['paper', paper],
      ['made', made],
      ['licence', licence],
    ];
    const lines = facts.filter(([, value]) => value).map(([key, value]) => `<dt>${key}</dt><dd>\n\n${value}\n\n</dd>`);
    return `## ${title}\n\n${description}\n\n<dl class="facts">\n${lines.join('\n')}\n</dl>\n`;
  });
  return parts.join('\n');
}

const makers = {
  package: packageApi,
  figure: (dist) => elementParts(dist, (name) => name === 'whylight-explainer'),
  elements: (dist) => elementParts(dist, (name) => !figureNames.has(name)),
  command: commandHelp,
  policy: policyHeader,
  models: modelList,
  keys: keyTables,
};

/** Pages with what they ask for in place of the lines that ask for it. */
export async function fillIn(pages, dist) {
  return Promise.all(
    pages.map(async (page) => {
      const asked = [...page.text.matchAll(/^<!-- made: ([\w-]+) -->$/gm)];
      if (asked.length === 0) return page;
      const made = await Promise.all(
        asked.map(([, name]) => {
          if (!makers[name]) throw new Error(`${page.section}/${page.name}: nothing is made that is called "${name}"`);
          return makers[name](dist);
        }),
      );
      const text = asked.reduce((rest, [line], index) => rest.replace(line, () => made[index]), page.text);
      return {...page, text};
    }),
  );
}
