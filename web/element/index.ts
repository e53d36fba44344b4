/** The elements that the page and <whylight-explainer> are made of. They take data in and send events out. */
export {WhylightClasses, type ClassEntry} from './classes.ts';
export {WhylightCurve, type ScoredCurve} from './curve.ts';
export {WhylightDraw} from './draw.ts';
export {WhylightDrop} from './drop.ts';
export {
  formatBytes,
  formatCount,
  formatFact,
  formatNumber,
  formatShare,
  formatSigned,
  formatTime,
  words,
} from './format.ts';
export {WhylightFacts, type FactLine} from './facts.ts';
export {WhylightGallery, type GalleryItem} from './gallery.ts';
export {WhylightLegend} from './legend.ts';
export {WhylightMark, type Mark} from './mark.ts';
export {WhylightNotice} from './notice.ts';
export {WhylightOptions} from './options.ts';
export {labelOf, probabilitiesOf, strongest, targetTitle} from './outputs.ts';
export {WhylightPicture} from './picture.ts';
export {WhylightProfile} from './profile.ts';
export {WhylightProgress} from './progress.ts';
export {WhylightScores, type ScoreEntry} from './scores.ts';
export {plainView, type View} from './view.ts';
