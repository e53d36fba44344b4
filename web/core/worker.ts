/** The worker's entry: serves a Host, in a browser's worker or Node's. The bundle holds all that a worker loads, so that its text is enough to start one. */
import {expose, transfer, type Endpoint} from 'comlink';
import factory from 'whylight-module';
import {Host} from './host.ts';
import {nodeEndpoint} from './node-endpoint.ts';
import {inNode} from './node.ts';

/** The memory of every array in a result, so that it is handed over and not copied. */
function buffersOf(value: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) return value.buffer instanceof ArrayBuffer ? [value.buffer] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(buffersOf);
}

const host = new Host(factory);
const served = new Proxy(host, {
  get(target, name) {
    const member: unknown = Reflect.get(target, name);
    if (typeof member !== 'function') return member;
    return async (...parameters: unknown[]) => {
      const result: unknown = await member.apply(target, parameters);
      return typeof result === 'object' && result !== null ? transfer(result, buffersOf(result)) : result;
    };
  },
});

if (inNode) {
  const {parentPort} = process.getBuiltinModule('node:worker_threads');
  if (parentPort) expose(served, nodeEndpoint(parentPort));
} else {
  expose(served, self as unknown as Endpoint);
}
