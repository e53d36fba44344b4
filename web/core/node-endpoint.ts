/** Makes one of Node's workers or ports look like a browser's, for comlink. */
import type {Endpoint} from 'comlink';
import type {MessagePort, Worker} from 'node:worker_threads';

export function nodeEndpoint(port: MessagePort | Worker): Endpoint {
  const listeners = new WeakMap<object, (data: unknown) => void>();
  return {
    postMessage: (message: unknown, transfers?: Transferable[]) =>
      port.postMessage(message, transfers as ArrayBuffer[]),
    addEventListener: (_type, listener) => {
      const receive = (data: unknown) => {
        const event = {data} as MessageEvent;
        if ('handleEvent' in listener) listener.handleEvent(event);
        else listener(event);
      };
      port.on('message', receive);
      listeners.set(listener, receive);
    },
    removeEventListener: (_type, listener) => {
      const receive = listeners.get(listener);
      if (receive) port.off('message', receive);
    },
  };
}
