// Pages of methods and metrics: what the engine's catalogue says of each row, around the text of pages/<methods|metrics>/<name>.md.
import {execFile} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {promisify} from 'node:util';

export const families = {
  gradient: 'Gradients',
  cam: 'Class activation maps',
  perturbation: 'Perturbation',
  relevance: 'Relevance propagation',
  faithfulness: 'Faithfulness: does the map say what the network uses?',
  robustness: 'Robustness: does the map stay when the input hardly changes?',
  complexity: 'Complexity: how much does one have to look at?',
  axiomatic: 'Axioms: does the map add up?',
  localisation: 'Localisation: does the map lie on the object?',
};

const photograph = {model: 'efficientnet-lite0', picture: 'chelsea.jpg', alt: 'A cat looks into the camera'};

/** The catalogue as the built command prints it: `{methods, metrics}`. */
export async function readCatalogue(dist) {
  const ask = async (what) => {
    const {stdout} = await promisify(execFile)(process.execPath, [path.join(dist, 'cli.js'), what, '--json']);
    return JSON.parse(stdout);
  };
  const [methods, metrics] = await Promise.all([ask('methods'), ask('metrics')]);
  return {methods, metrics};
}

/** What measure.mjs measured: `{how, forward, methods: {name: ratio}}`. */
const readCosts = async () => JSON.parse(await readFile(new URL('costs.json', import.meta.url), 'utf8'));

const code = (text) => `\`${text}\``;

/** What an option takes. */
function rangeOf({kind, choices, low, high}) {
  if (kind === 'choice') return choices.map(code).join(', ');
  if (kind === 'flag') return '`true`, `false`';
  if (kind === 'layer') return 'name of a value in the ONNX file';
  return `${low} to ${high}`;
}

function optionsTable({options}) {
  if (options.length === 0) return 'None.\n';
  const rows = options.map((option) => {
    const {name, kind, fallback, help} = option;
    return `| ${code(name)} | ${kind} | ${fallback === '' ? '' : code(fallback)} | ${rangeOf(option)} | ${help} |`;
  });
  return `| option | kind | default | takes | meaning |\n| --- | --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

const fact = ([name, value]) => `<dt>${name}</dt><dd>\n\n${value}\n\n</dd>`;
const factsOf = (facts) =>
  `<dl class="facts">\n${facts
    .filter(([, value]) => value)
    .map(fact)
    .join('\n')}\n</dl>\n`;

const paperOf = (row, {paper}) => (paper ? `[${row.paper}](${paper})` : row.paper);

/** A method's time in forward passes', with two digits, as measured. */
function ratioOf(costs, name) {
  const ratio = costs.methods[name];
  return ratio === undefined ? '' : ratio.toFixed(ratio < 10 ? 1 : 0);
}

function timeOf(costs, name) {
  const ratio = ratioOf(costs, name);
  if (ratio === '') return '';
  return `; measured with its defaults on EfficientNet-Lite0, one worker: the time of ${ratio} forward passes`;
}

function figureOf(row, {model, picture, alt, options, compare, target}) {
  const chosen = {...photograph, ...(model ? {model, picture, alt} : picture ? {picture, alt} : {})};
  const attributes = [
    `model="site:models/${chosen.model}/model.onnx"`,
    compare ? `compare="${compare}"` : `method="${row.name}"`,
    options ? `options='${options}'` : '',
    target ? `target="${target}"` : '',
    compare ? '' : 'controls="all"',
  ];
  return `<whylight-explainer ${attributes.filter(Boolean).join(' ')}>
<img src="site:models/${chosen.model}/samples/${chosen.picture}" alt="${chosen.alt}">
</whylight-explainer>\n`;
}

/** An option set to its default, to show how it is written: the first that is a number, else the first. */
function settingOf({options}) {
  const usual = options.filter(({fallback}) => fallback !== '');
  return usual.find(({kind}) => kind === 'integer' || kind === 'number') ?? usual[0];
}

function methodUse(row) {
  const option = settingOf(row);
  const set = option ? ` --set ${option.name}=${option.fallback}` : '';
  const settings = option ? `, settings: {${option.name}: '${option.fallback}'}` : '';
  const attribute = option ? ` options='{"${option.name}": "${option.fallback}"}'` : '';
  return `\`\`\`sh
whylight explain model.onnx --input x.npy --method ${row.name}${set} --output map.npy
\`\`\`

\`\`\`ts
const map = await model.explain(input, {method: '${row.name}', target: 'top'${settings}});
\`\`\`

\`\`\`html
<whylight-explainer model="model.onnx" method="${row.name}"${attribute}>
  <img src="picture.jpg" alt="What the picture shows" />
</whylight-explainer>
\`\`\`
`;
}

function methodPage(row, own, costs) {
  const complete = row.complete ? `the values add up ${own.promise ?? ''}; the error stands beside the map` : '';
  const facts = factsOf([
    ['Paper', paperOf(row, own)],
    ['Family', families[row.family] ?? row.family],
    ['Try', `[on the page](site:index.html#method=${row.name}), with your own pictures and models`],
    ['Passes', `${own.cost ?? ''}${timeOf(costs, row.name)}`],
    ['Promise', complete],
  ]);
  const injects = row.injects
    ? `\nFor comparisons with other libraries, these random draws can be given (\`--inject\`): ${row.injects}.\n`
    : '';
  return `${figureOf(row, own)}\n${facts}\n${own.text}\n## Options\n\n${optionsTable(row)}${injects}\n## Use\n\n${methodUse(row)}`;
}

function metricUse(row) {
  const option = settingOf(row);
  const set = option ? ` --set ${option.name}=${option.fallback}` : '';
  const settings = option ? `, settings: {${option.name}: '${option.fallback}'}` : '';
  const mask = row.needsMask ? ' --mask mask.npy' : '';
  const method = row.needsMethod ? ' --method lrp' : '';
  return `\`\`\`sh
whylight evaluate model.onnx --input x.npy --attribution map.npy --metric ${row.name}${mask}${method}${set}
\`\`\`

\`\`\`ts
const map = await model.explain(input, {method: 'lrp', target: 'top'});
const score = await model.evaluate(input, map, {metric: '${row.name}'${row.needsMask ? ', mask' : ''}${row.needsMethod ? ", method: 'lrp'" : ''}${settings}});
\`\`\`
`;
}

function scoreFigureOf(
  row,
  {method = 'lrp', against = row.needsMethod ? 'gradient' : 'chance', mark = '0.02,0.52,0.96,0.47'},
) {
  const picture = row.needsMask
    ? {file: 'cat-and-coffee.jpg', alt: 'A cat above a cup of coffee'}
    : {file: 'chelsea.jpg', alt: photograph.alt};
  const marked = row.needsMask ? ` mark="${mark}"` : '';
  return `<whylight-score metric="${row.name}" model="site:models/efficientnet-lite0/model.onnx" method="${method}" against="${against}"${marked}>
<img src="site:models/efficientnet-lite0/samples/${picture.file}" alt="${picture.alt}">
</whylight-score>\n`;
}

function metricPage(row, own) {
  const needs = [row.needsMask ? 'a mask of the object' : '', row.needsMethod ? 'the method, to explain again' : ''];
  const facts = factsOf([
    ['Paper', paperOf(row, own)],
    ['Family', families[row.family] ?? row.family],
    ['Range', `${row.range}, ${row.better} is better`],
    ['Needs', needs.filter(Boolean).join(' and ')],
    ['Passes', own.cost],
    ['Try', '[on the page](site:index.html), with your own pictures and models'],
  ]);
  return `${scoreFigureOf(row, own)}\n${facts}\n${own.text}\n## Options\n\n${optionsTable(row)}\n## Use\n\n${metricUse(row)}`;
}

/** A section's first page: its rows by family. */
function listOf(rows) {
  const known = [...new Set(rows.map(({family}) => family))];
  return known
    .map((family) => {
      const lines = rows.filter((row) => row.family === family);
      return `## ${families[family] ?? family}\n\n${lines.map(({name, title, summary}) => `- [${title}](${name}.md): ${summary}`).join('\n')}\n`;
    })
    .join('\n');
}

const linkOf = ({name, title}) => `[${title}](${name}.md)`;

function methodsAtOnce(rows, ownOf, costs) {
  const lines = rows.map((row) => {
    const promise = row.complete ? (ownOf(row).promise ?? 'yes') : '';
    return `| ${linkOf(row)} | ${ownOf(row).cost ?? ''} | ${ratioOf(costs, row.name)} | ${promise} |`;
  });
  const note = `Time is in forward passes, measured with the defaults on EfficientNet-Lite0 (${costs.how}, ${costs.forward} ms a pass) by \`web/docs/measure.mjs\`.`;
  return `| method | passes | time | adds up |\n| --- | --- | --- | --- |\n${lines.join('\n')}\n\n${note}\n`;
}

function metricsAtOnce(rows, ownOf) {
  const lines = rows.map((row) => {
    const arrow = row.better === 'higher' ? '↑ higher' : '↓ lower';
    const needs = [row.needsMask ? 'mask' : '', row.needsMethod ? 'method' : ''].filter(Boolean).join(', ');
    return `| ${linkOf(row)} | ${arrow} | ${row.range} | ${needs} | ${ownOf(row).cost ?? ''} |`;
  });
  return `| metric | better | range | needs | passes |\n| --- | --- | --- | --- | --- |\n${lines.join('\n')}\n`;
}

const kinds = [
  {section: 'methods', make: methodPage, atOnce: methodsAtOnce},
  {section: 'metrics', make: metricPage, atOnce: metricsAtOnce},
];

/** All pages, those of rows filled from the catalogue. A row without a file gets a page all the same; a test says that its text is missing. */
export async function pagesOfCatalogue(written, dist) {
  const [catalogue, costs] = await Promise.all([readCatalogue(dist), readCosts()]);
  return kinds.reduce((pages, {section, make, atOnce}) => {
    const rows = catalogue[section];
    const ownOf = ({name}) => pages.find((page) => page.section === section && page.name === name) ?? {text: ''};
    const isRow = (page) => page.section === section && rows.some(({name}) => name === page.name);
    const made = rows.map((row, index) => {
      const {name, title, summary} = row;
      return {section, name, title, summary, order: index + 1, text: make(row, ownOf(row), costs)};
    });
    const list = `${listOf(rows)}\n## At a glance\n\n${atOnce(rows, ownOf, costs)}`;
    const others = pages
      .filter((page) => !isRow(page))
      .map((page) => {
        const isList = page.section === section && page.name === 'index';
        return isList ? {...page, text: `${page.text}\n${list}`} : page;
      });
    return [...others, ...made];
  }, written);
}
