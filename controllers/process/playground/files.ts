import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** A response of the file server. */
export interface FileResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
};

/** Browsers must not guess types, and must ask whether a file has changed. */
const common = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-cache', 'referrer-policy': 'no-referrer' };

/**
 * Serves the files of a folder, without folders in it. `replaced` holds the contents of files that differ from those in the folder, by name. Any
 * other path than that of a file with a known type is not found, so that no path leaves the folder.
 */
export function createFileServer(input: {
  readonly folder: string;
  readonly replaced?: Readonly<Record<string, string>>;
}): (request: { readonly method: string; readonly url: string }) => Promise<FileResponse> {
  const { folder, replaced = {} } = input;
  return async ({ method, url }) => {
    if (method !== 'GET' && method !== 'HEAD') return plain(405, 'method not allowed');
    const [wanted = ''] = url.split(/[?#]/);
    const name = wanted === '/' ? 'index.html' : wanted.slice(1);
    const type = /^[a-z-]+\.[a-z]+$/.test(name) ? types[path.extname(name)] : undefined;
    if (type === undefined) return plain(404, 'not found');
    const headers = { ...common, 'content-type': type };
    const text = Object.hasOwn(replaced, name) ? replaced[name] : undefined;
    if (text !== undefined) return { status: 200, headers, body: text };
    try {
      return { status: 200, headers, body: await readFile(path.join(folder, name)) };
    } catch {
      return plain(404, 'not found');
    }
  };
}

function plain(status: number, text: string): FileResponse {
  return { status, headers: { ...common, 'content-type': 'text/plain; charset=utf-8' }, body: `${text}\n` };
}
