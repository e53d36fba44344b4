/** The files that an explanation can be saved as. */
import {toCsv} from '../core/csv.ts';
import {writeNpy} from '../core/npy.ts';
import {saving} from '../strings/english.ts';
import {svgOf} from './figure-svg.ts';
import {recordOf} from './recording.ts';
import {figureOf} from './save.ts';
import {liveFile, stillFile} from './single.ts';
import type {State} from './state.ts';

/** One way to save. Its words are `saving.files[name]`. */
export interface SavedFile {
  name: keyof typeof saving.files;
  /** of the file's name, with its dot */
  ending: string;
  /** undefined when it cannot be made of this */
  make: (state: State) => Promise<Blob | undefined>;
  /** bytes, where making the file is not cheap enough for making it as soon as the dialog is open */
  size?: (state: State) => Promise<number>;
}

function npy({explanation}: State): Promise<Blob | undefined> {
  const bytes = explanation && (writeNpy(explanation) as Uint8Array<ArrayBuffer>);
  return Promise.resolve(bytes && new Blob([bytes], {type: 'application/octet-stream'}));
}

function csv({explanation, card}: State): Promise<Blob | undefined> {
  const text = explanation && toCsv(explanation, card?.input.layout);
  return Promise.resolve(text === undefined ? undefined : new Blob([text], {type: 'text/csv'}));
}

async function json(state: State): Promise<Blob | undefined> {
  const record = await recordOf(state);
  return record && new Blob([`${JSON.stringify(record, null, 1)}\n`], {type: 'application/json'});
}

/** In the order of the dialog. */
export const savedFiles: readonly SavedFile[] = [
  {name: 'png', ending: '.png', make: figureOf},
  {name: 'svg', ending: '.svg', make: svgOf},
  {name: 'html', ending: '.html', make: liveFile},
  {name: 'still', ending: '-picture.html', make: stillFile},
  {name: 'json', ending: '.json', make: json},
  {name: 'npy', ending: '.npy', make: npy},
  {name: 'csv', ending: '.csv', make: csv},
];

/** "efficientnet-lite0-cat-lrp-285", for the explanation on the screen. */
export function stemOf({card, choice, explanation}: State): string {
  const plain = (name: string) => name.replace(/\.\w+$/, '').replace(/[^\p{L}\p{N}.-]+/gu, '-');
  const input = plain(choice.input) || 'picture';
  const {method = '', target = ''} = explanation ?? {};
  return [plain(card?.name ?? ''), input, method, target.replace(':', '-vs-')].filter(Boolean).join('-');
}
