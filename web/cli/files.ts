/** Reading and writing of files; `-` is standard input or output. */
import {readFile, writeFile} from 'node:fs/promises';
import {buffer} from 'node:stream/consumers';
import {readNpy, writeNpy} from '../core/npy.ts';
import type {NdArray} from '../core/types.ts';
import {UsageError} from './usage.ts';

const reasons: Record<string, string> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'it may not be accessed',
  ENOTDIR: 'its folder does not exist',
};

export function explainFailure(what: string, path: string, error: unknown): UsageError {
  const {code, message} = error as NodeJS.ErrnoException;
  return new UsageError(`${path}: cannot be ${what}, ${reasons[code ?? ''] ?? message}`);
}

let taken: string | undefined;

/** The bytes of a file; standard input can be given once. */
export async function readBytes(path: string): Promise<Uint8Array> {
  if (path !== '-') {
    return readFile(path).catch((error: unknown) => {
      throw explainFailure('read', path, error);
    });
  }
  if (taken !== undefined) throw new UsageError('-: standard input can only be read once');
  taken = path;
  return buffer(process.stdin);
}

export async function readArray(path: string): Promise<NdArray> {
  return readNpy(await readBytes(path), path);
}

export async function writeArray(path: string, array: NdArray): Promise<void> {
  const bytes = writeNpy(array);
  if (path === '-') {
    await new Promise<void>((resolve, reject) => {
      process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
    return;
  }
  await writeFile(path, bytes).catch((error: unknown) => {
    throw explainFailure('written', path, error);
  });
}
