/** A card for a model that came without one. */
import type {Card, ModelDescription} from './types.ts';

/** Ways to scale pixel values, of which a foreign model's file says nothing: (value − mean) / scale on 0 … 255. */
export const scalings: readonly {name: string; title: string; mean: number[]; scale: number[]}[] = [
  {
    name: 'imagenet',
    title: 'ImageNet mean and deviation',
    mean: [123.675, 116.28, 103.53],
    scale: [58.395, 57.12, 57.375],
  },
  {name: 'unit', title: '0 to 1', mean: [0, 0, 0], scale: [255, 255, 255]},
  {name: 'signed', title: '−1 to 1', mean: [127.5, 127.5, 127.5], scale: [127.5, 127.5, 127.5]},
  {name: 'bytes', title: '0 to 255', mean: [0, 0, 0], scale: [1, 1, 1]},
];

interface Spatial {
  layout: 'nchw' | 'nhwc';
  channels: number;
  height: number;
  width: number;
}

const size = (given: number | undefined, channels: number): number =>
  given && given > 0 ? given : channels === 1 ? 28 : 224;

/** Where an image model's channels are; undefined when the input is not a picture of 1 or 3 channels. */
function spatialOf(shape: number[]): Spatial | undefined {
  if (shape.length !== 4) return undefined;
  const [, first, second, third] = shape;
  if (first === 1 || first === 3) {
    return {layout: 'nchw', channels: first, height: size(second, first), width: size(third, first)};
  }
  if (third === 1 || third === 3) {
    return {layout: 'nhwc', channels: third, height: size(first, third), width: size(second, third)};
  }
  return undefined;
}

/**
 * A card for a model that has none, as far as its file tells. The classes are those of a card that it is like, if any. Throws for a model
 * that does not take pictures.
 */
export function deriveCard(
  name: string,
  title: string,
  description: ModelDescription,
  scaling = scalings[0]!.name,
  like: readonly Card[] = [],
): Card {
  const {input, output} = description;
  const spatial = spatialOf(input.shape);
  if (!spatial) {
    throw new Error(
      `${title}: takes an input of ${input.shape.map((length) => (length > 0 ? length : 'any')).join(' × ')}, ` +
        'and only networks that take pictures of 1 or 3 channels are shown here; the command explains every kind',
    );
  }
  const {layout, channels, height, width} = spatial;
  const kind = channels === 1 ? 'digit' : 'image';
  const {mean, scale} = scalings.find(({name}) => name === scaling) ?? scalings[0]!;
  const known = like.find(
    (card) => card.input.kind === kind && card.output.name && card.labels.length === output.units,
  );
  return {
    name,
    title,
    description: '',
    licence: '',
    source: '',
    input: {
      name: input.name,
      shape: layout === 'nchw' ? [1, channels, height, width] : [1, height, width, channels],
      kind,
      mean: kind === 'digit' ? [0] : mean,
      scale: kind === 'digit' ? [1] : scale,
      layout,
    },
    output: {name: output.name, kind: 'logits'},
    labels: known ? known.labels : Array.from({length: output.units}, (_, unit) => `unit ${unit}`),
    samples: [],
  };
}
