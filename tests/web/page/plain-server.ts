/** A server as plain as a host can be: files of a folder below some path, with a type that it knows or none, and nothing else. */
import {readFileSync} from 'node:fs';
import http from 'node:http';
import type {AddressInfo} from 'node:net';
import path from 'node:path';

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
};

export interface PlainServer {
  /** of the folder */
  url: string;
  /** paths asked for so far, those below another path too */
  asked: string[];
  close: () => void;
}

export async function servePlainly(folder: string, below = '/', headers: Record<string, string> = {}) {
  const asked: string[] = [];
  const server = http.createServer(({url = ''}, response) => {
    asked.push(url);
    const name = new URL(url, 'http://localhost').pathname;
    try {
      if (!name.startsWith(below)) throw new Error('of another site');
      const file = path.join(folder, name.slice(below.length), name.endsWith('/') ? 'index.html' : '');
      const bytes = readFileSync(file);
      const type = types[path.extname(file)];
      response.writeHead(200, {...headers, ...(type ? {'Content-Type': type} : {})}).end(bytes);
    } catch {
      response.writeHead(404, {'Content-Type': 'text/html'}).end('<h1>Not found</h1>');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  const {port} = server.address() as AddressInfo;
  return {url: `http://127.0.0.1:${port}${below}`, asked, close} satisfies PlainServer;
}
