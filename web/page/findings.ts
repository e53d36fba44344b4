/** What can be said of a model that a person brings. */
import type {ModelDescription} from '../core/types.ts';
import {formatCount} from '../element/index.ts';
import {findings as words} from '../strings/english.ts';

/** What was found in a model file, for a person. */
export function describeFindings(description: ModelDescription): string {
  const {input, output, operators, parameters, opset, producer} = description;
  const shape = (lengths: number[]) => lengths.map((length) => (length > 0 ? length : words.any)).join(' × ');
  const used = operators.map(({name, count}) => (count > 1 ? `${name} × ${count}` : name)).join(', ');
  return [
    words.shapes(input.name, shape(input.shape), formatCount(output.units), output.explained),
    words.size(formatCount(parameters), opset, producer),
    words.operators(used),
  ].join('\n');
}
