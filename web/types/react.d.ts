/** `<whylight-explainer>` in JSX: `import 'whylight/react'` instead of `'whylight/element'`. */
import type {DetailedHTMLProps, HTMLAttributes} from 'react';
import type {FigureAttributes, FigureEvents, WhylightExplainer} from 'whylight/element';

export * from 'whylight/element';

/** `onwhylight-explain` and the like, as React hears the events of custom elements. */
type Heard = {[Name in keyof FigureEvents as `on${Name}`]?: (event: FigureEvents[Name]) => void};

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'whylight-explainer': DetailedHTMLProps<HTMLAttributes<WhylightExplainer>, WhylightExplainer> &
        FigureAttributes &
        Heard;
    }
  }
}
