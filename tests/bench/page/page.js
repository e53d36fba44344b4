// The page starts and stops workers for run.mjs, and lets it call one at a time: no two engines ever run together.

const workers = new Map();
let lastId = 0;

function callWorker(worker, call, argument) {
  return new Promise((resolve, reject) => {
    const id = ++lastId;
    const settle = (action, value) => {
      worker.removeEventListener('message', onMessage);
      worker.removeEventListener('error', onError);
      action(value);
    };
    const onError = (event) => settle(reject, new Error(event.message || 'the worker does not start'));
    const onMessage = ({data}) => {
      if (data.id !== id) return;
      if ('error' in data) settle(reject, new Error(data.error));
      else settle(resolve, data.result);
    };
    worker.addEventListener('message', onMessage);
    worker.addEventListener('error', onError);
    worker.postMessage({id, call, argument});
  });
}

window.bench = {
  start(name, url, type) {
    workers.set(name, new Worker(url, {type}));
  },
  /** Typed arrays come back as plain arrays, since they go through the browser's debugging protocol. */
  async call(name, call, argument) {
    const result = await callWorker(workers.get(name), call, argument);
    return ArrayBuffer.isView(result) ? Array.from(result) : result;
  },
  stop() {
    for (const worker of workers.values()) worker.terminate();
    workers.clear();
  },
};
