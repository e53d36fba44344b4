/** What the package exports. */
export {Whylight, type StartOptions} from './whylight.ts';
export {loadCard, readCard} from './card.ts';
export {decodeImage, prepare, toPicture, type Picture, type Prepared} from './image.ts';
export {readNpy, writeNpy} from './npy.ts';
export {version} from './version.ts';
export type * from './types.ts';
