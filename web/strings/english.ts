/**
 * What a person reads on the page and in figures, in English: one group for each part, so that a bundle holds only the groups it uses.
 * To translate, copy this file and build with the copy in its place. Sentences with parts are functions of these parts. What methods,
 * metrics and options are called comes from the engine's catalogue.
 */

export const views = {
  explain: 'Explain',
  compare: 'Compare',
  scores: 'Scores',
  network: 'Network',
  draw: 'Draw',
};

export const docs = {
  searchFailed: 'The search could not be loaded',
  found: (all: number, shown: number) => {
    if (all === 0) return 'Nothing found';
    const count = all === 1 ? '1 result' : `${all} results`;
    return shown < all ? `${count}, the best ${shown}` : count;
  },
  copy: 'Copy',
  copied: 'Copied',
  notCopied: 'Not allowed',
};

export const documentation = {link: 'Documentation'};
