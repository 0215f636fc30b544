import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { cases } from '../../../test/support/cases.ts';
import { runInFolder } from '../../../test/support/command-line.ts';
import { type PlaygroundServer, servePlayground } from './serve.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'playground-test-'));
let server: PlaygroundServer;

before(async () => {
  for (const name of ['index.html', 'app.js', 'config.js', 'secret.pem']) writeFileSync(path.join(folder, name), name);
  server = await servePlayground({ folder, port: 0, config: 'replaced' });
});
after(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

interface Response {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

/** Sends a path as it is, which `fetch` would normalize. */
async function get(target: string, method = 'GET'): Promise<Response> {
  return new Promise((resolve, reject) => {
    const sent = request(server.url, { path: target, method }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, type: response.headers['content-type'], body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

cases<{ readonly target: string; readonly method?: string; readonly expected: Partial<Response> }>(
  {
    'serves the page at the root': {
      target: '/',
      expected: { status: 200, body: 'index.html', type: 'text/html; charset=utf-8' },
    },
    'serves a script': {
      target: '/app.js?x=1',
      expected: { status: 200, body: 'app.js', type: 'text/javascript; charset=utf-8' },
    },
    'replaces the settings': { target: '/config.js', expected: { status: 200, body: 'replaced' } },
    'answers HEAD without a body': { target: '/app.js', method: 'HEAD', expected: { status: 200, body: '' } },
    'rejects other methods': { target: '/app.js', method: 'POST', expected: { status: 405 } },
    'does not find other types': { target: '/secret.pem', expected: { status: 404 } },
    'does not leave the folder': { target: '/../package.json', expected: { status: 404 } },
    'does not leave the folder by an encoded path': { target: '/%2e%2e/package.json', expected: { status: 404 } },
    'does not find inherited names': { target: '/constructor.js', expected: { status: 404 } },
    'does not find a missing file': { target: '/editor.js', expected: { status: 404 } },
  },
  async ({ target, method, expected }) => {
    const found = await get(target, method);
    assert.deepEqual({ ...found, ...expected }, found);
  },
);

test('listens on the loopback interface only', () => {
  assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
});

cases<{ readonly argv: readonly string[]; readonly stderr: RegExp }>(
  'netext playground rejects',
  {
    'a port that is none': { argv: ['--port', 'x'], stderr: /--port: "x" is no port/ },
    'a port that is too large': { argv: ['--port', '65536'], stderr: /--port: "65536" is no port/ },
    'settings that are not JSON': {
      argv: ['--folder', folder, '--config', path.join(folder, 'app.js')],
      stderr: /app\.js: error: /,
    },
  },
  async ({ argv, stderr }) => {
    const result = await runInFolder({ argv: ['playground', ...argv] });
    assert.equal(result.code, 2);
    assert.match(result.stderr, stderr);
  },
);
