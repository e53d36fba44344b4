export {overlays, plainView, viewFrom, type Overlay, type View} from '../core/view.ts';
