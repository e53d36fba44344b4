// Puts the colours that palettes take from d3-scale-chromatic into bundles as tables of 256, in place of the formulas that make them.
import {readFile} from 'node:fs/promises';

const entries = 256;
const middle = 60; // the letter "<" stands for no change from one entry to the next

/** Red, green and blue of "#rrggbb" or "rgb(…)". */
function channels(colour) {
  if (colour.startsWith('#')) return [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16));
  return colour.match(/\d+/g).slice(0, 3).map(Number);
}

/** The steps of each channel from one entry to the next as letters, which compress well; the first entry goes before them. */
function table(interpolate) {
  const colours = Array.from({length: entries}, (_, entry) => channels(interpolate(entry / (entries - 1))));
  const letters = [0, 1, 2].map((channel) =>
    colours.slice(1).map((colour, before) => {
      const letter = middle + colour[channel] - colours[before][channel];
      if (letter < 32 || letter > 126) throw new Error('colours: a palette has a step that is no letter');
      return String.fromCharCode(letter);
    }),
  );
  return JSON.stringify([colours[0], letters.map((channel) => channel.join(''))]);
}

const reader = `const ramp = ([first, steps]) => {
  const channels = steps.map((letters, channel) => {
    let value = first[channel];
    return [value, ...Array.from(letters, (letter) => (value += letter.charCodeAt(0) - ${middle}))];
  });
  return (share) => 'rgb(' + channels.map((values) => values[Math.round(share * ${entries - 1})]) + ')';
};
`;

/** A plugin of esbuild: d3-scale-chromatic as far as `file` imports it. */
export function colourTables(file) {
  return {
    name: 'colour-tables',
    setup(build) {
      build.onResolve({filter: /^d3-scale-chromatic$/}, () => ({path: file, namespace: 'colour-tables'}));
      build.onLoad({filter: /.*/, namespace: 'colour-tables'}, async () => {
        const chromatic = await import('d3-scale-chromatic');
        const names = new Set((await readFile(file, 'utf8')).match(/\binterpolate\w+/g));
        const lines = Array.from(
          names,
          (name) => `export const ${name} = /* @__PURE__ */ ramp(${table(chromatic[name])});`,
        );
        return {contents: reader + lines.join('\n'), loader: 'js'};
      });
    },
  };
}
