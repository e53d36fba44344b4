/** The whylight command. Exit code 0, or 2 for a mistake in what was asked or given, with one line that says which. */
import {wasmSha256} from '../core/digest.ts';
import {version} from '../core/version.ts';
import {commands, readArguments, type CommandName} from './arguments.ts';
import {readCatalogue, run} from './commands.ts';
import {commandHelp, generalHelp} from './help.ts';
import {UsageError} from './usage.ts';

async function main([name = '', ...rest]: string[]): Promise<void> {
  if (name === '--version') {
    const files = Object.entries(wasmSha256 ?? {}).map(([build, sha256]) => `whylight-${build}.wasm SHA-256 ${sha256}`);
    console.log([version, ...files].join('\n'));
  } else if (name === '--help' || name === 'help') {
    console.log(generalHelp(version));
  } else if (name === '') {
    throw new UsageError(`whylight: needs a command, one of ${Object.keys(commands).join(', ')}`);
  } else if (!Object.hasOwn(commands, name)) {
    throw new UsageError(`whylight: no such command, ${name}; there are ${Object.keys(commands).join(', ')}`);
  } else {
    const command = name as CommandName;
    const given = readArguments(command, rest);
    if (given.help) console.log(commandHelp(command, await readCatalogue()));
    else await run[command](given);
  }
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0); // whoever read it has seen enough
  throw error;
});

try {
  await main(process.argv.slice(2));
} catch (error) {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(text.replace(/\s*\n\s*/g, ' ') + '\n');
  process.exitCode = 2;
}
