/** What the element's definition may have to say, which is all that documents load at first: a file of its own keeps the rest out. */

export const explainer = {
  notLoaded: (why: string) => `The figure could not be loaded: ${why}`,
};
