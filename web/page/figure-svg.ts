/** The map as an SVG: the picture and the map embedded as two layers, the legend and all words as vectors and text. */
import {coverOf, entryOf, greyed} from '../core/heat.ts';
import {toBase64} from '../core/base64.ts';
import type {Picture} from '../core/image.ts';
import {colourTable} from '../core/palette.ts';
import {contentOf, font, margin, side, strokes, wrap, type FigureContent} from './figure-content.ts';
import type {State} from './state.ts';

const escapes: Record<string, string> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'};
const escaped = (text: string): string => text.replace(/[&<>"]/g, (letter) => escapes[letter]!);

async function embedded({data, width, height}: Picture): Promise<string> {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')!.putImageData(new ImageData(data, width), 0, 0);
  const blob = await canvas.convertToBlob({type: 'image/png'});
  return `data:image/png;base64,${toBase64(new Uint8Array(await blob.arrayBuffer()))}`;
}

/** The map's colours alone, as opaque as they are laid over the picture. */
function mapLayer({composed, palette, view}: FigureContent): Picture {
  const {map, scale, limit} = composed;
  const table = colourTable(palette);
  const data = new Uint8ClampedArray(map.width * map.height * 4);
  map.values.forEach((value, place) => {
    const entry = entryOf(value, scale) * 3;
    data.set([...table.subarray(entry, entry + 3), 255 * coverOf(value, scale, view.opacity, limit)], place * 4);
  });
  return {width: map.width, height: map.height, data};
}

/** What of the legend is hidden, and where lines are, drawn over its colours. */
function legendMarks({composed: {scale, limit, levels}}: FigureContent, top: number): string {
  const low = scale.kind === 'diverging' ? -scale.span : 0;
  const at = (value: number) => margin + (side * (value - low)) / (scale.span - low);
  const from = at(Math.max(low, -limit));
  const hidden = `<rect x="${from}" y="${top}" width="${at(limit) - from}" height="12" fill="#d9d9d9"/>`;
  const lines = levels.map(at).map((x) => `<path d="M${x} ${top}v12" stroke="#000" stroke-width="1.5"/>`);
  return [...(limit > 0 ? [hidden] : []), ...lines].join('');
}

/** Lines over the picture, each kind a group. */
function lineLayer({composed, seen}: FigureContent): string {
  if (composed.lines.length === 0) return '';
  const groups = composed.lines.map(({kind, path}) => {
    const drawn = [strokes.under, strokes[kind]].map(({colour, width, alpha, dashes}) => {
      const dashed = dashes.length > 0 ? ` stroke-dasharray="${dashes.join(' ')}"` : '';
      return `<path d="${path}" vector-effect="non-scaling-stroke" stroke="${colour}" stroke-width="${width}" stroke-opacity="${alpha}"${dashed}/>`;
    });
    return `<g class="${kind}">${drawn.join('')}</g>`;
  });
  const placed = `translate(${margin} ${margin}) scale(${side / seen.width} ${side / seen.height})`;
  return `<g id="lines" fill="none" transform="${placed}">${groups.join('')}</g>`;
}

function legend(content: FigureContent, top: number): string {
  const {palette, ticks} = content;
  const table = colourTable(palette);
  const colour = (entry: number) => `rgb(${table.subarray(entry * 3, entry * 3 + 3).join(' ')})`;
  const stops = Array.from({length: 33}, (_, stop) => {
    return `<stop offset="${stop / 32}" stop-color="${colour(Math.round((stop * 255) / 32))}"/>`;
  });
  const words = ticks.map((tick, place) => {
    const share = ticks.length > 1 ? place / (ticks.length - 1) : 0;
    const anchor = share === 0 ? 'start' : share === 1 ? 'end' : 'middle';
    return `<text x="${margin + share * side}" y="${top + 30}" font-size="14" text-anchor="${anchor}">${escaped(tick)}</text>`;
  });
  return [
    `<defs><linearGradient id="colours">${stops.join('')}</linearGradient></defs>`,
    `<g id="legend"><rect x="${margin}" y="${top}" width="${side}" height="12" fill="url(#colours)"/>${legendMarks(content, top)}${words.join('')}</g>`,
  ].join('\n');
}

/** Lines of text below one another; `top` is the first one's base line. */
function lines(texts: string[], top: number, size: number, step: number, rest: string): string {
  return texts
    .map((line, at) => `<text x="${margin}" y="${top + at * step}" font-size="${size}" ${rest}>${escaped(line)}</text>`)
    .join('\n');
}

/** What is on the screen; undefined while there is no map. */
export async function svgOf(state: State): Promise<Blob | undefined> {
  const content = contentOf(state);
  if (!content) return undefined;
  const {seen, view, title, from} = content;
  const context = new OffscreenCanvas(1, 1).getContext('2d')!;
  const measure = (text: string) => context.measureText(text).width;
  context.font = font(18, 600);
  const titles = wrap(title, measure, 2);
  context.font = font(13);
  const sources = wrap(from, measure, 6);
  const below = side + margin + 84 + titles.length * 24;
  const [width, height] = [side + 2 * margin, below + sources.length * 18 + margin - 12];
  const [under, over] = await Promise.all([embedded(greyed(seen, view.opacity)), embedded(mapLayer(content))]);
  const place = `x="${margin}" y="${margin}" width="${side}" height="${side}" preserveAspectRatio="none"`;
  const coarse = seen.width > 64 ? '' : ' style="image-rendering:pixelated"';
  const text = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" fill="#17191c" role="img" aria-labelledby="title desc">
<title id="title">${escaped(title)}</title>
<desc id="desc">${escaped(from)}</desc>
<rect width="${width}" height="${height}" fill="#fff"/>
<image id="picture" ${place}${coarse} href="${under}"/>
<image id="map" ${place}${coarse} href="${over}"/>
${lineLayer(content)}
${legend(content, side + margin + 16)}
${lines(titles, side + margin + 84, 18, 24, 'font-weight="600"')}
${lines(sources, below, 13, 18, 'fill="#5a6068"')}
</svg>
`;
  return new Blob([text], {type: 'image/svg+xml'});
}
