/** Colour tables of 256 entries: diverging ones centre zero, sequential ones begin at it. */
import {
  interpolateBrBG,
  interpolateCividis,
  interpolateGreys,
  interpolateInferno,
  interpolatePuOr,
  interpolateRdBu,
  interpolateReds,
  interpolateViridis,
} from 'd3-scale-chromatic';

export interface Palette {
  name: string;
  title: string;
  kind: 'diverging' | 'sequential';
  /** a colour from 0 to 1, as d3 writes it */
  colour: (share: number) => string;
}

/** The first of a kind is its default; all keep their ends and steps apart for every kind of colour vision (a test simulates them). */
export const palettes: readonly Palette[] = [
  {name: 'red-blue', title: 'red – blue', kind: 'diverging', colour: (share) => interpolateRdBu(1 - share)},
  {name: 'orange-purple', title: 'orange – purple', kind: 'diverging', colour: (share) => interpolatePuOr(1 - share)},
  {name: 'green-brown', title: 'green – brown', kind: 'diverging', colour: interpolateBrBG},
  {name: 'reds', title: 'reds', kind: 'sequential', colour: interpolateReds},
  {name: 'inferno', title: 'inferno', kind: 'sequential', colour: interpolateInferno},
  {name: 'viridis', title: 'viridis', kind: 'sequential', colour: interpolateViridis},
  {name: 'cividis', title: 'cividis', kind: 'sequential', colour: interpolateCividis},
  {name: 'greys', title: 'greys', kind: 'sequential', colour: interpolateGreys},
];

/** The named palette if it is of this kind, else the kind's default. */
export function findPalette(name: string, kind: Palette['kind']): Palette {
  const ofKind = palettes.filter((palette) => palette.kind === kind);
  return ofKind.find((palette) => palette.name === name) ?? ofKind[0]!;
}

function parseColour(text: string): number[] {
  if (text.startsWith('#')) return [1, 3, 5].map((start) => parseInt(text.slice(start, start + 2), 16));
  return (text.match(/\d+/g) ?? []).slice(0, 3).map(Number);
}

const tables = new Map<string, Uint8Array>();

/** The palette's 256 colours as RGB bytes; made once. */
export function colourTable(palette: Palette): Uint8Array {
  let table = tables.get(palette.name);
  if (!table) {
    table = Uint8Array.from(Array.from({length: 256}, (_, entry) => parseColour(palette.colour(entry / 255))).flat());
    tables.set(palette.name, table);
  }
  return table;
}
