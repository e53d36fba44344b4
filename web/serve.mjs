// A plain server for the built page, with the policy that the page promises to keep.
import {readFile, stat} from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs, promisify} from 'node:util';
import {brotliCompress, constants, gzip} from 'node:zlib';

export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "worker-src 'self' blob:", // a worker from the page's own text, which is under this policy too
].join('; ');

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.wasm': 'application/wasm',
};
const compressible = new Set(['.html', '.js', '.mjs', '.css', '.json', '.svg', '.wasm', '.txt', '.map']);
const encoders = [
  ['br', (bytes) => promisify(brotliCompress)(bytes, {params: {[constants.BROTLI_PARAM_QUALITY]: 5}})],
  ['gzip', promisify(gzip)],
];
const site = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), 'dist', 'site');

/** The file that a request's path names inside the folder, or undefined if it leads out of it. */
function fileOf(folder, url) {
  let name;
  try {
    name = decodeURIComponent(new URL(url, 'http://localhost').pathname);
  } catch {
    return undefined;
  }
  if (name.endsWith('/')) name += 'index.html';
  const file = path.join(folder, name);
  return file.startsWith(folder + path.sep) && !file.includes('\0') ? file : undefined;
}

/** A file's bytes in an encoding that the browser accepts, kept until the file changes. */
async function encoded(cache, file, accepted) {
  const extension = path.extname(file);
  const encoder = compressible.has(extension) ? encoders.find(([name]) => accepted.includes(name)) : undefined;
  const {mtimeMs, size} = await stat(file);
  const key = `${file} ${encoder?.[0] ?? ''}`;
  const known = cache.get(key);
  if (known?.mtimeMs === mtimeMs && known.size === size) return known;
  const bytes = await readFile(file);
  const entry = {mtimeMs, size, encoding: encoder?.[0], body: encoder ? await encoder[1](bytes) : bytes};
  cache.set(key, entry);
  return entry;
}

async function answer({folder, cache, policy}, request, response) {
  const headers = {
    ...(policy ? {'Content-Security-Policy': policy} : {}),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-cache',
  };
  const file = fileOf(folder, request.url ?? '/');
  const entry = file && (await encoded(cache, file, request.headers['accept-encoding'] ?? '').catch(() => undefined));
  if (!file || !entry) {
    response.writeHead(404, {...headers, 'Content-Type': types['.txt']}).end('not found');
    return;
  }
  headers['Content-Type'] = types[path.extname(file)] ?? 'application/octet-stream';
  headers['Content-Length'] = entry.body.length;
  headers.Vary = 'Accept-Encoding';
  if (entry.encoding) headers['Content-Encoding'] = entry.encoding;
  response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : entry.body);
}

/** Serves a folder, under the page's policy or another (empty: none); gives the URL and a function that stops it. Port 0 takes any free port. */
export async function serve({folder = site, port = 0, host = '127.0.0.1', policy = contentSecurityPolicy} = {}) {
  const served = {folder, cache: new Map(), policy};
  const server = http.createServer((request, response) => void answer(served, request, response));
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const close = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return {url: `http://${host}:${server.address().port}/`, close};
}

/** Serves the page until the process ends: on the port asked for, or on the first free one from 8080. */
export async function serveSite(port) {
  const ports = port === undefined ? [8080, 8081, 8082, 8083, 0] : [port];
  for (const candidate of ports) {
    try {
      const {url} = await serve({port: candidate});
      console.log(`Whylight is at ${url}  (Ctrl-C ends it)`);
      return;
    } catch (error) {
      if (error.code !== 'EADDRINUSE' || candidate === ports.at(-1)) throw error;
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const {values} = parseArgs({options: {port: {type: 'string'}}});
  await serveSite(values.port === undefined ? undefined : Number(values.port));
}
