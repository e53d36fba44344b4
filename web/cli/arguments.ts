/** The command line as values: what each command takes, and how it is read. */
import {parseArgs, type ParseArgsConfig} from 'node:util';
import {UsageError} from './usage.ts';

export type CommandName =
  'inspect' | 'predict' | 'activations' | 'explain' | 'repeat' | 'page' | 'evaluate' | 'methods' | 'metrics';

interface Flag {
  type: 'string' | 'boolean';
  multiple?: boolean;
  /** one letter that stands for it */
  short?: string;
  /** what stands for the value in the help */
  value?: string;
  help: string;
}

/** Every option of every command, in the order of the help. */
export const flags = {
  input: {type: 'string', value: 'X.npy', help: "the model's own input, batch first"},
  attribution: {type: 'string', value: 'A.npy', help: 'what to score, as explain wrote it'},
  method: {type: 'string', value: 'NAME', help: 'the method, one of `whylight methods`'},
  metric: {type: 'string', value: 'NAME', help: 'the metric, one of `whylight metrics`'},
  target: {
    type: 'string',
    value: 'K',
    help: 'the output unit K, the contrast K:J, or top (default), each row its own; or inside the network LAYER@K, channel K summed, and LAYER@K,Y,X, one position of it (behind the last @ stand indices without the batch, * for all, those missing are summed over; also LAYER@K:J and LAYER@top)',
  },
  layer: {type: 'string', value: 'VALUE', help: 'an ONNX value name, the same as --set layer=VALUE'},
  seed: {type: 'string', value: 'S', help: 'seed of all random numbers, 0 by default'},
  mask: {type: 'string', value: 'M.npy', help: 'where the object is: not zero inside'},
  set: {
    type: 'string',
    multiple: true,
    value: 'OPTION=VALUE',
    help: 'an option of the method or metric; may be repeated',
  },
  inject: {
    type: 'string',
    multiple: true,
    value: 'NAME=FILE.npy',
    help: 'an array that replaces a random draw; may be repeated',
  },
  output: {type: 'string', short: 'o', value: 'FILE', help: 'where the result goes'},
  record: {type: 'string', value: 'FILE.json', help: 'everything that is needed to repeat one explanation bit for bit'},
  profile: {
    type: 'boolean',
    help: 'time every step of a pass forward and one backward; --input gives the shape to run',
  },
  way: {type: 'string', value: 'NAME', help: 'what runs backward in a profile: gradient (default), lrp or none'},
  rounds: {type: 'string', value: 'N', help: 'rounds of a profile, 24 by default'},
  sort: {type: 'string', value: 'ORDER', help: 'steps of a profile by time, the slowest first (default), or in order'},
  workers: {type: 'string', value: 'N', help: 'worker threads; by default one for each processor, at most 4'},
  'memory-limit': {
    type: 'string',
    value: 'MB',
    help: 'what activations may take in each worker, 192 by default; changes no result',
  },
  card: {
    type: 'string',
    value: 'CARD.json',
    help: 'how pictures become its input and what its outputs are called; by default card.json beside the model',
  },
  title: {type: 'string', value: 'TEXT', help: 'what the input is called; by default its file'},
  'picture-only': {
    type: 'boolean',
    help: 'leave out engine and model: a picture with its map, classes, scores and text',
  },
  json: {type: 'boolean', help: 'print the result as JSON'},
  help: {type: 'boolean', help: 'print this'},
} as const satisfies Record<string, Flag>;

export type FlagName = keyof typeof flags;

export interface Command {
  summary: string;
  model: boolean;
  takes: FlagName[];
  needs: FlagName[];
  /** that may be repeated here, though not elsewhere */
  many?: FlagName[];
}

const common: FlagName[] = ['json', 'help'];

export const commands: Record<CommandName, Command> = {
  inspect: {
    summary: 'operators, shapes, parameters, what is unsupported; where the time goes',
    model: true,
    takes: ['profile', 'input', 'way', 'rounds', 'sort', ...common],
    needs: [],
  },
  predict: {
    summary: "the model's output",
    model: true,
    takes: ['input', 'output', 'workers', 'memory-limit', ...common],
    needs: ['input'],
  },
  activations: {
    summary: 'a value inside the network, as the model computes it',
    model: true,
    takes: ['input', 'layer', 'output', 'workers', 'memory-limit', ...common],
    needs: ['input', 'layer'],
  },
  explain: {
    summary: 'an attribution of the output to the input, row by row',
    model: true,
    takes: [
      ...(['input', 'method', 'target', 'layer', 'seed', 'set', 'inject', 'output', 'record'] as const),
      ...(['workers', 'memory-limit', ...common] as const),
    ] as FlagName[],
    needs: ['input', 'method'],
  },
  repeat: {
    summary:
      'an explanation again that the page or explain --record saved: exit code 1 unless it is the same bit for bit',
    model: true,
    takes: ['record', 'output', 'workers', 'memory-limit', ...common],
    needs: ['record'],
  },
  page: {
    summary: 'one HTML file with engine, model, input, map and scores: opened anywhere, without a network, it is live',
    model: true,
    takes: [
      ...(['input', 'card', 'method', 'target', 'layer', 'seed', 'set', 'metric', 'title', 'picture-only'] as const),
      ...(['output', 'workers', 'memory-limit', ...common] as const),
    ] as FlagName[],
    needs: ['input', 'output'],
    many: ['metric'],
  },
  evaluate: {
    summary: 'a score for an attribution, row by row',
    model: true,
    takes: [
      ...(['input', 'attribution', 'metric', 'target', 'mask', 'method', 'layer', 'seed', 'set', 'inject'] as const),
      ...(['workers', 'memory-limit', ...common] as const),
    ] as FlagName[],
    needs: ['input', 'attribution', 'metric'],
  },
  methods: {summary: 'the methods and their options', model: false, takes: common, needs: []},
  metrics: {summary: 'the metrics and their options', model: false, takes: common, needs: []},
};

export interface Arguments {
  model: string;
  text: Partial<Record<FlagName, string>>;
  profile: boolean;
  pictureOnly: boolean;
  lists: {set: [string, string][]; inject: [string, string][]; metric: string[]};
  json: boolean;
  help: boolean;
}

/** "name=value" in two; the value may hold further equals signs. */
function split(flag: string, text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`--${flag}: takes name=value, found ${text}`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** Reads what follows the command's name. */
export function readArguments(name: CommandName, rest: string[]): Arguments {
  const {takes, needs, model, many = []} = commands[name];
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const flag of takes) {
    const {type, multiple = many.includes(flag), short} = flags[flag] as Flag;
    options[flag] = {type, multiple, ...(short ? {short} : {})};
  }
  let parsed;
  try {
    parsed = parseArgs({args: rest, options, allowPositionals: true});
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new UsageError(`whylight ${name}: ${text.split('. ')[0]?.replace(/\n.*/s, '')}`);
  }
  const {values, positionals} = parsed;
  const all = (flag: FlagName) => (Array.isArray(values[flag]) ? (values[flag] as string[]) : []);
  const list = (flag: 'set' | 'inject') => all(flag).map((text) => split(flag, text));
  const result: Arguments = {
    model: positionals[0] ?? '',
    text: Object.fromEntries(Object.entries(values).filter(([, value]) => typeof value === 'string')),
    lists: {set: list('set'), inject: list('inject'), metric: all('metric')},
    profile: values.profile === true,
    pictureOnly: values['picture-only'] === true,
    json: values.json === true,
    help: values.help === true,
  };
  if (result.help) return result;
  const count = model ? 1 : 0;
  if (positionals.length < count) throw new UsageError(`whylight ${name}: needs a model, found no MODEL.onnx`);
  if (positionals.length > count) throw new UsageError(`whylight ${name}: unexpected argument, ${positionals[count]}`);
  const missing = needs.find((flag) => result.text[flag] === undefined);
  if (missing)
    throw new UsageError(`whylight ${name}: needs --${missing} ${(flags[missing] as Flag).value}, found none`);
  return result;
}

/** The value of an option that takes one of a few words; the first where it was not given. */
export function oneOf<Word extends string>({text}: Arguments, flag: FlagName, words: readonly [Word, ...Word[]]): Word {
  const value = text[flag] ?? words[0];
  const found = words.find((word) => word === value);
  if (found === undefined) throw new UsageError(`--${flag}: takes ${words.join(', ')}, found ${value}`);
  return found;
}

/** A number that an option gives, not negative; undefined when it was not given. */
export function wholeNumber({text}: Arguments, flag: FlagName): number | undefined {
  const value = text[flag];
  if (value === undefined) return undefined;
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(Number(value))) {
    throw new UsageError(`--${flag}: takes a whole number from 0, found ${value}`);
  }
  return Number(value);
}
