/** A picture in regions of like colour (SLIC: Achanta, Shaji, Smith, Lucchi, Fua and Süsstrunk 2012), and what they do to a map. */
import type {HeatMap} from './heat.ts';
import type {Picture} from './image.ts';

const most = 120; // regions
const rounds = 5;
const compactness = 30; // how much a step of the grid counts against colours, which run from 0 to 255

/** Lightness and two differences of colour of every pixel, one after the other. */
function opponents({width, height, data}: Picture): Float32Array {
  const result = new Float32Array(width * height * 3);
  for (let place = 0; place < width * height; ++place) {
    const [red, green, blue] = [data[place * 4]!, data[place * 4 + 1]!, data[place * 4 + 2]!];
    result.set([(red + green + blue) / 3, (red - green) / 2, (red + green) / 4 - blue / 2], place * 3);
  }
  return result;
}

interface Centre {
  x: number;
  y: number;
  colour: number[];
}

/** Gives every pixel to the nearest centre, in colour and place, of those around it. */
function assign(colours: Float32Array, width: number, height: number, centres: Centre[], step: number): Uint16Array {
  const labels = new Uint16Array(width * height);
  const nearest = new Float32Array(width * height).fill(Infinity);
  const weight = (compactness / step) ** 2;
  centres.forEach(({x, y, colour}, label) => {
    const right = Math.min(width, Math.ceil(x + step + 1));
    const bottom = Math.min(height, Math.ceil(y + step + 1));
    for (let row = Math.max(0, Math.floor(y - step)); row < bottom; ++row) {
      for (let column = Math.max(0, Math.floor(x - step)); column < right; ++column) {
        const place = row * width + column;
        let distance = weight * ((column - x) ** 2 + (row - y) ** 2);
        for (let part = 0; part < 3; ++part) distance += (colours[place * 3 + part]! - colour[part]!) ** 2;
        if (distance >= nearest[place]!) continue;
        nearest[place] = distance;
        labels[place] = label;
      }
    }
  });
  return labels;
}

/** The means of what belongs to each centre. */
function recentre(colours: Float32Array, width: number, labels: Uint16Array, centres: Centre[]): Centre[] {
  const sums = centres.map(() => new Float64Array(6));
  labels.forEach((label, place) => {
    const sum = sums[label]!;
    const parts = [place % width, Math.floor(place / width), ...colours.subarray(place * 3, place * 3 + 3), 1];
    parts.forEach((part, at) => (sum[at]! += part));
  });
  return sums.map((sum, label) => {
    const count = sum[5]!;
    if (count === 0) return centres[label]!;
    return {x: sum[0]! / count, y: sum[1]! / count, colour: [...sum.subarray(2, 5)].map((part) => part / count)};
  });
}

/** Numbers connected areas; those smaller than `least` pixels join the one beside or above them. */
function connect(labels: Uint16Array, width: number, least: number): Uint16Array {
  const result = new Uint16Array(labels.length).fill(0xffff);
  let next = 0;
  for (let start = 0; start < labels.length; ++start) {
    if (result[start] !== 0xffff) continue;
    const beside = start % width > 0 ? result[start - 1]! : start >= width ? result[start - width]! : 0;
    const area = [start];
    result[start] = next;
    for (const place of area) {
      const column = place % width;
      const around = [column > 0 ? place - 1 : -1, column < width - 1 ? place + 1 : -1, place - width, place + width];
      for (const other of around) {
        if (other < 0 || other >= labels.length || result[other] !== 0xffff || labels[other] !== labels[start])
          continue;
        result[other] = next;
        area.push(other);
      }
    }
    if (area.length < least && start > 0) for (const place of area) result[place] = beside;
    else next += 1;
  }
  return result;
}

const known = new WeakMap<Picture, Uint16Array>();

/** The region of every pixel, numbered from 0. */
export function regionsOf(picture: Picture): Uint16Array {
  const found = known.get(picture);
  if (found) return found;
  const {width, height} = picture;
  const step = Math.max(4, Math.sqrt((width * height) / most));
  const colours = opponents(picture);
  const columns = Math.max(1, Math.round(width / step));
  const rows = Math.max(1, Math.round(height / step));
  let centres = Array.from({length: columns * rows}, (_, label): Centre => {
    const x = ((label % columns) + 0.5) * (width / columns);
    const y = (Math.floor(label / columns) + 0.5) * (height / rows);
    const place = Math.floor(y) * width + Math.floor(x);
    return {x, y, colour: [...colours.subarray(place * 3, place * 3 + 3)]};
  });
  let labels = assign(colours, width, height, centres, step);
  for (let round = 1; round < rounds; ++round) {
    centres = recentre(colours, width, labels, centres);
    labels = assign(colours, width, height, centres, step);
  }
  const result = connect(labels, width, step ** 2 / 4);
  known.set(picture, result);
  return result;
}

/** Every value replaced by its region's mean, so that the sum stays. */
export function averageOver(map: HeatMap, regions: Uint16Array): HeatMap {
  const sums = new Float64Array(regions.length);
  const counts = new Float64Array(regions.length);
  regions.forEach((region, place) => {
    sums[region]! += map.values[place]!;
    counts[region]! += 1;
  });
  return {...map, values: Float32Array.from(regions, (region) => sums[region]! / counts[region]!)};
}

/** The lines between regions as an SVG path in pixels. */
export function bordersOf(regions: Uint16Array, width: number, height: number): string {
  const parts: string[] = [];
  // Along every line between columns, then between rows: runs of places whose two sides belong to different regions.
  const follow = (lines: number, length: number, differs: (line: number, at: number) => boolean, upright: boolean) => {
    for (let line = 1; line < lines; ++line) {
      for (let at = 0; at < length; ++at) {
        if (!differs(line, at)) continue;
        const begin = at;
        while (at < length && differs(line, at)) ++at;
        parts.push(upright ? `M${line} ${begin}V${at}` : `M${begin} ${line}H${at}`);
      }
    }
  };
  const region = (column: number, row: number) => regions[row * width + column];
  follow(width, height, (column, row) => region(column, row) !== region(column - 1, row), true);
  follow(height, width, (row, column) => region(column, row) !== region(column, row - 1), false);
  return parts.join('');
}
