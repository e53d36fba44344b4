// Serves the benchmark's page, models and engines to the browser, on a free port of this machine only.

import {createServer} from 'node:http';
import {readFile} from 'node:fs/promises';
import path from 'node:path';

const kTypes = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** `folders` maps the first part of an address to a folder. Gives {url, stop}. */
export async function serveFolders(folders) {
  const server = createServer(async (request, response) => {
    const [, first, ...rest] = decodeURIComponent(new URL(request.url, 'http://localhost').pathname).split('/');
    try {
      if (!folders[first] || rest.includes('..')) throw new Error('outside');
      const content = await readFile(path.join(folders[first], ...rest));
      const type = kTypes[path.extname(rest.at(-1))] ?? 'application/octet-stream';
      response.writeHead(200, {'Content-Type': type, 'Cache-Control': 'no-store'}).end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close()};
}
