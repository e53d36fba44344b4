/** The module's script by itself, for an engine that computes in its own thread. */
export {default} from 'whylight-module';
