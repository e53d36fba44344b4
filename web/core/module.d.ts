/** The module's script, from build/wasm (see web/build.mjs). */
declare module 'whylight-module' {
  const factory: import('./wasm.ts').Factory;
  export default factory;
}
