/** Batches as rows: explained one by one and stacked again. */
import type {NdArray} from '../core/types.ts';
import {UsageError} from './usage.ts';

/** Row `index` of a batch, as a batch of one (a copy, so that nothing more is sent to a worker). */
export function rowOf({shape, data}: NdArray, index: number): NdArray {
  const [rows = 1, ...rest] = shape;
  const size = data.length / rows;
  return {shape: [1, ...rest], data: data.slice(index * size, (index + 1) * size)};
}

/** How many rows an input has; it must have at least one. */
export function rowsOf({shape}: NdArray, path: string): number {
  const rows = shape[0] ?? 0;
  if (rows < 1) throw new UsageError(`${path}: takes at least one row, batch first, found shape (${shape.join(', ')})`);
  return rows;
}

/** Batches of one, stacked. */
export function stackRows(rows: NdArray[]): NdArray {
  const size = rows[0]?.data.length ?? 0;
  const data = new Float32Array(size * rows.length);
  rows.forEach((row, index) => data.set(row.data, index * size));
  return {shape: [rows.length, ...(rows[0]?.shape.slice(1) ?? [])], data};
}

/** The part of an array that goes with a row: its own where there is one for each, the whole array otherwise. */
export function partFor(array: NdArray, row: number, rows: number): NdArray {
  return rows > 1 && array.shape[0] === rows ? rowOf(array, row) : array;
}
