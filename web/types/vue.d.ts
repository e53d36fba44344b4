/** `<whylight-explainer>` in templates: `import 'whylight/vue'` instead of `'whylight/element'`. */
import type {HTMLAttributes} from 'vue';
import type {FigureAttributes, FigureEvents, WhylightExplainer} from 'whylight/element';

export * from 'whylight/element';

/** `@whylight-explain` and the like, by the names that Vue gives to listeners. */
interface Heard {
  onWhylightLoad?: (event: FigureEvents['whylight-load']) => void;
  onWhylightProgress?: (event: FigureEvents['whylight-progress']) => void;
  onWhylightExplain?: (event: FigureEvents['whylight-explain']) => void;
  onWhylightError?: (event: FigureEvents['whylight-error']) => void;
}

declare module 'vue' {
  interface GlobalComponents {
    'whylight-explainer': new () => WhylightExplainer & {$props: HTMLAttributes & FigureAttributes & Heard};
  }
}
