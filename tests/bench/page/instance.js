/** Starts our module from the bytes of its wasm; gives it and a function that says how many bytes of memory it has taken so far. */
export async function startInstance(create, wasm) {
  let memory;
  const engine = await create({
    instantiateWasm(imports, done) {
      void WebAssembly.instantiate(wasm, imports).then(({instance, module}) => {
        memory = Object.values(instance.exports).find((one) => one instanceof WebAssembly.Memory);
        done(instance, module);
      });
      return {};
    },
  });
  return {engine, memoryTaken: () => memory.buffer.byteLength};
}
