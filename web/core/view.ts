/** What lies over the map's colours: nothing, lines of equal value, borders of regions whose mean is shown, or an outline of what is strongest. */
export const overlays = ['none', 'lines', 'regions', 'top-5', 'top-10', 'top-20'] as const;
export type Overlay = (typeof overlays)[number];

/** What a person chose about how the map is drawn; nothing of it changes the numbers that are saved or scored. */
export interface View {
  palette: string;
  /** 0: the picture alone, 1: the map alone */
  opacity: number;
  /** standard deviation in pixels of a picture 224 wide */
  smoothing: number;
  /** values weaker than this share of the scale's end are not coloured */
  threshold: number;
  overlay: Overlay;
}

export const plainView: View = {palette: 'red-blue', opacity: 0.7, smoothing: 1, threshold: 0, overlay: 'none'};

/** A view from names and values, as numbers or text: what is absent, unknown or out of range is plain. */
export function viewFrom(given: Readonly<Record<string, unknown>>): View {
  const within = (value: unknown, low: number, high: number, usual: number): number => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    return typeof number === 'number' && number >= low && number <= high ? number : usual;
  };
  return {
    palette: typeof given.palette === 'string' ? given.palette : plainView.palette,
    opacity: within(given.opacity, 0, 1, plainView.opacity),
    smoothing: within(given.smoothing, 0, 8, plainView.smoothing),
    threshold: within(given.threshold, 0, 1, plainView.threshold),
    overlay: overlays.find((name) => name === given.overlay) ?? plainView.overlay,
  };
}
