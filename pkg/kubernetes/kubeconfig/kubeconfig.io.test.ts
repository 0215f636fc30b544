import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { dump } from 'js-yaml';
import { createAuthority, temporaryFolder } from '../../../test/doubles/certificates.ts';
import { createFakeClock, createMemoryLogger } from '../../../test/doubles/fakeclock.ts';
import { connect, sendJson, sendStatus, startServer } from '../../../test/doubles/server.ts';
import { casesWithContext } from '../../../test/support/cases-with-context.ts';
import { isUnauthorized } from '../client/errors.ts';
import { createCredentials } from '../transport/credentials.ts';
import { inClusterConnection, type LoadInput, loadConnection } from './kubeconfig.ts';

interface Parts {
  readonly cluster?: object;
  readonly user?: object;
  readonly context?: object;
  readonly name?: string;
  readonly current?: string | undefined;
}

function kubeconfig({ cluster, user, context, name = 'one', current = name }: Parts): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': current,
    clusters: [{ name, cluster: { server: `https://${name}.test`, ...cluster } }],
    users: [{ name, user: user ?? { token: `token-of-${name}` } }],
    contexts: [{ name, context: { cluster: name, user: name, ...context } }],
  };
}

function write(folder: string, name: string, content: object | string): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : dump(content));
  return file;
}

/** Returns headers and TLS material of the loaded connection. */
async function identity(input: LoadInput) {
  const config = await loadConnection(input);
  return await createCredentials({ config, clock: createFakeClock(), logger: createMemoryLogger() }).resolve();
}

test('the flag takes precedence over KUBECONFIG, the pod and the home folder', async (t) => {
  const folder = temporaryFolder(t);
  const flag = write(folder, 'flag', kubeconfig({ name: 'flag' }));
  const listed = write(folder, 'listed', kubeconfig({ name: 'listed', context: { namespace: 'garden' } }));
  write(folder, '.kube/config', kubeconfig({ name: 'home' }));
  const pod = path.join(folder, 'sa');
  for (const [file, text] of Object.entries({ token: 't', 'ca.crt': 'x', namespace: 'extension-x\n' }))
    write(pod, file, text);
  const inPod = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
  const env = { HOME: folder, KUBECONFIG: listed, ...inPod };
  const load = async (input: LoadInput) => {
    const { server, namespace, origin } = await loadConnection({ ...input, serviceAccountFolder: pod });
    return [server, namespace, origin];
  };
  assert.deepEqual(await load({ file: flag, env }), ['https://flag.test', undefined, `context "flag" of ${flag}`]);
  assert.deepEqual(await load({ env }), ['https://listed.test', 'garden', `context "listed" of ${listed}`]);
  assert.deepEqual(await load({ env: { ...env, KUBECONFIG: '' } }), [
    'https://[fd00::1]:443',
    'extension-x',
    'in-cluster',
  ]);
  assert.equal((await load({ env: { HOME: folder } }))[0], 'https://home.test');
  assert.equal((await load({ env: { HOME: folder, ...inPod }, context: 'home' }))[0], 'https://home.test');
  await assert.rejects(load({ env: { HOME: pod } }), /no API server configured: .*KUBECONFIG are not set/);
  await assert.rejects(load({ file: path.join(folder, 'none'), env }), /kubeconfig .*none: ENOENT/);
});

test('in-cluster: token and CA remain files, and errors name what is missing', async (t) => {
  const folder = temporaryFolder(t);
  const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '6443' };
  const load = () => inClusterConnection({ env, serviceAccountFolder: folder });
  await assert.rejects(load(), /token is missing; automountServiceAccountToken may be off/);
  write(folder, 'token', 't');
  assert.deepEqual(await load(), {
    server: 'https://10.0.0.1:6443',
    origin: 'in-cluster',
    ca: { file: path.join(folder, 'ca.crt') },
    token: { file: path.join(folder, 'token') },
    namespace: undefined,
  });
  await assert.rejects(inClusterConnection({ env: {}, serviceAccountFolder: folder }), /KUBERNETES_SERVICE_HOST/);
});

test('merges several files: the first entry of a name and the first current-context apply', async (t) => {
  const folder = temporaryFolder(t);
  const first = write(folder, 'a', {
    ...kubeconfig({ name: 'shared', cluster: { server: 'https://first.test' } }),
    'current-context': '',
  });
  const second = write(folder, 'b', {
    ...kubeconfig({ name: 'shared', cluster: { server: 'https://second.test' } }),
    contexts: [{ name: 'mine', context: { cluster: 'shared', user: 'shared' } }],
    'current-context': 'mine',
  });
  const env = { KUBECONFIG: [first, path.join(folder, 'missing'), second].join(path.delimiter) };
  const { server, origin } = await loadConnection({ env });
  assert.equal(server, 'https://first.test');
  assert.match(origin, /^context "mine" of /);
  await assert.rejects(
    loadConnection({ env: { KUBECONFIG: `${folder}/x${path.delimiter}${folder}/y` } }),
    /no such file/,
  );
});

test('paths are relative to their file, data takes precedence over files, and token files remain files', async (t) => {
  const authority = createAuthority(t, 'ca');
  if (authority === undefined) return;
  const folder = temporaryFolder(t);
  const { cert, key } = authority.issue('me');
  for (const [name, text] of Object.entries({ ca: authority.ca, cert, key, token: 'from-file' }))
    write(folder, `pki/${name}`, text);
  const files = {
    'client-certificate': '../pki/cert',
    'client-key': '../pki/key',
    tokenFile: '../pki/token',
    token: 'inline',
  };
  const cluster = { 'certificate-authority': '../pki/ca', 'tls-server-name': 'api.test' };
  const file = write(folder, 'conf/kubeconfig', kubeconfig({ cluster, user: files }));
  const resolved = await identity({ file, env: {} });
  assert.deepEqual(resolved, {
    headers: { authorization: 'Bearer from-file' },
    tls: { ca: authority.ca, cert, key },
  });
  const { token, tlsServerName } = await loadConnection({ file, env: {} });
  assert.deepEqual([token, tlsServerName], [{ file: path.join(folder, 'pki/token') }, 'api.test']);

  const data = Buffer.from(authority.ca).toString('base64');
  const both = {
    'certificate-authority-data': data,
    'certificate-authority': 'nowhere',
    'insecure-skip-tls-verify': true,
  };
  const inline = write(
    folder,
    'inline',
    kubeconfig({ cluster: both, user: { username: 'u', password: 'p', as: 'someone' } }),
  );
  const connection = await loadConnection({ file: inline, env: {} });
  assert.deepEqual([connection.ca, connection.insecureSkipTlsVerify], [{ data: authority.ca }, true]);
  assert.deepEqual((await identity({ file: inline, env: {} })).headers, {
    authorization: `Basic ${Buffer.from('u:p').toString('base64')}`,
    'impersonate-user': 'someone',
  });
});

casesWithContext<{ readonly content: object | string; readonly expect: RegExp }>(
  {
    'rejects text that is not YAML': {
      content: 'token: "hunter2',
      expect: /cannot be parsed as YAML: .*line 1, column/,
    },
    'rejects a list': { content: '[hunter2]', expect: /is not an object/ },
    'rejects a cluster without a server': {
      content: kubeconfig({ cluster: { server: '' } }),
      expect: /clusters\[0\]\.cluster\.server is missing/,
    },
    'rejects a file without current-context': {
      content: kubeconfig({ current: '' }),
      expect: /current-context is not set, select a context/,
    },
    'rejects a context that does not exist': {
      content: kubeconfig({ current: 'two' }),
      expect: /context "two" does not exist/,
    },
    'rejects a cluster that does not exist': {
      content: kubeconfig({ context: { cluster: 'x' } }),
      expect: /references cluster "x", which does not exist/,
    },
    'rejects a user that does not exist': {
      content: kubeconfig({ context: { user: 'x' } }),
      expect: /references user "x", which does not exist/,
    },
    'rejects a server that is not an http or https URL': {
      content: kubeconfig({ cluster: { server: 'ftp://x' } }),
      expect: /server of cluster "one" is not an http/,
    },
    'rejects a SOCKS proxy': {
      content: kubeconfig({ cluster: { 'proxy-url': 'socks5://p:1' } }),
      expect: /proxy-url of cluster "one"/,
    },
    'rejects an auth-provider': {
      content: kubeconfig({ user: { 'auth-provider': { name: 'oidc', config: { 'id-token': 'hunter2' } } } }),
      expect: /user "one" has the auth-provider "oidc", which kubectl no longer supports: use an exec plugin/,
    },
    'rejects an exec plugin without a command': {
      content: kubeconfig({ user: { exec: { apiVersion: 'v1' } } }),
      expect: /exec\.command is missing/,
    },
    'rejects an exec plugin that requires a terminal': {
      content: kubeconfig({ user: { exec: { command: 'login', apiVersion: 'v1', interactiveMode: 'Always' } } }),
      expect: /exec plugin login requires a terminal/,
    },
    'rejects a file above the maximum size': {
      content: `a: ${'x'.repeat(5_000_000)}`,
      expect: /the maximum is 4194304/,
    },
  },
  async ({ content, expect }, t) => {
    const file = write(temporaryFolder(t), 'kubeconfig', content);
    await assert.rejects(loadConnection({ file, env: {} }), (error) => {
      assert.ok(error instanceof Error);
      assert.match(error.message, expect);
      assert.ok(
        error.message.includes(file) && !`${error.message}${String(error.cause)}`.includes('hunter2'),
        error.message,
      );
      return true;
    });
  },
);

test('does not quote the content of a kubeconfig given instead of its file name', async () => {
  const text = dump(kubeconfig({ user: { token: 'hunter2' } }));
  await assert.rejects(
    loadConnection({ file: text, env: {} }),
    new Error('kubeconfig: expected the name of a file, not its content'),
  );
  await assert.rejects(
    loadConnection({ env: { KUBECONFIG: text } }),
    new Error('kubeconfig: expected the name of a file, not its content'),
  );
});

/** A plugin that records how it was called, and prints the content of the file `output`. */
function plugin(t: TestContext, output: string) {
  const folder = temporaryFolder(t);
  const command = write(
    folder,
    'bin/login',
    '#!/bin/sh\necho run >>"$LOG/runs"\nprintf %s "$KUBERNETES_EXEC_INFO" >"$LOG/info"\ncat >"$LOG/stdin"\ncat "$LOG/output"\nexit "${CODE:-0}"\n',
  );
  chmodSync(command, 0o755);
  write(folder, 'output', output);
  return {
    folder,
    exec: {
      command: './bin/login',
      apiVersion: 'client.authentication.k8s.io/v1',
      env: [{ name: 'LOG', value: folder }],
    },
    output: (text: string) => write(folder, 'output', text),
    runs: () =>
      existsSync(path.join(folder, 'runs'))
        ? readFileSync(path.join(folder, 'runs'), 'utf8').split('\n').length - 1
        : 0,
    info: () => JSON.parse(readFileSync(path.join(folder, 'info'), 'utf8')),
  };
}

function credential(status: object): string {
  return JSON.stringify({ kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1', status });
}

test('runs an exec plugin once with the cluster info, and again after a 401', async (t) => {
  const login = plugin(t, credential({ token: 'first' }));
  const accepted = new Set(['Bearer first']);
  const server = await startServer(t, (request, response) => {
    if (!accepted.has(request.headers.authorization ?? '')) sendStatus(response, { code: 401 });
    else sendJson(response, { kind: 'Node', apiVersion: 'v1', metadata: { name: 'n' } });
  });
  const cluster = { server: server.url, 'certificate-authority': 'ca' };
  write(login.folder, 'ca', 'a CA');
  const user = { exec: { ...login.exec, provideClusterInfo: true } };
  const file = write(login.folder, 'kubeconfig', kubeconfig({ cluster, user }));
  const { ca: _ca, ...config } = await loadConnection({ file, env: {} });
  const { client } = connect(t, server, { config });
  const nodes = { group: '', version: 'v1', plural: 'nodes', namespaced: false };
  const get = () => client.get({ resource: nodes, name: 'n' });

  await Promise.all([get(), get(), get()]);
  await get();
  assert.equal(login.runs(), 1);
  assert.deepEqual(login.info(), {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    spec: {
      interactive: false,
      cluster: { server: server.url, 'certificate-authority-data': Buffer.from('a CA').toString('base64') },
    },
  });

  accepted.clear();
  accepted.add('Bearer second');
  login.output(credential({ token: 'second' }));
  await Promise.all([get(), get()]);
  assert.equal(login.runs(), 2);
  accepted.clear();
  await assert.rejects(get(), isUnauthorized);
});

test('uses the client certificate of an exec plugin, and renews expired credentials', async (t) => {
  const expired = { expirationTimestamp: '2020-01-01T00:00:00Z' };
  const login = plugin(t, credential({ clientCertificateData: 'CERT', clientKeyData: 'KEY', ...expired }));
  const file = write(login.folder, 'kubeconfig', kubeconfig({ user: { exec: login.exec } }));
  const config = await loadConnection({ file, env: {} });
  const credentials = createCredentials({ config, clock: createFakeClock(), logger: createMemoryLogger() });
  assert.deepEqual(await credentials.resolve(), { headers: {}, tls: { ca: undefined, cert: 'CERT', key: 'KEY' } });
  login.output(credential({ token: 'later' }));
  assert.deepEqual((await credentials.resolve()).headers, { authorization: 'Bearer later' });
  await credentials.resolve();
  assert.equal(login.runs(), 2);
});

casesWithContext<{
  readonly output?: string;
  readonly env?: object[];
  readonly command?: string;
  readonly expect: RegExp;
}>(
  {
    'rejects the output of an exec plugin that is not JSON': {
      output: 'hunter2',
      expect: /login: its output is not an ExecCredential$/,
    },
    'rejects the output of an exec plugin without a status': {
      output: '{"token":"hunter2"}',
      expect: /login: its output is not an ExecCredential$/,
    },
    'reports an exec plugin that fails': {
      env: [{ name: 'CODE', value: '3' }],
      expect: /login: it failed without a message$/,
    },
    'reports an exec plugin that is not installed': {
      command: 'no-such-login',
      expect: /no-such-login: spawn no-such-login ENOENT$/,
    },
  },
  async ({ output = credential({ token: 'hunter2' }), env = [], command, expect }, t) => {
    const login = plugin(t, output);
    const exec = { ...login.exec, command: command ?? login.exec.command, env: [...login.exec.env, ...env] };
    const file = write(login.folder, 'kubeconfig', kubeconfig({ user: { exec } }));
    await assert.rejects(identity({ file, env: {} }), (error) => {
      assert.ok(error instanceof Error);
      assert.match(error.message, expect);
      assert.ok(!`${error.message}${String(error.cause)}`.includes('hunter2'));
      return true;
    });
  },
);

test('stops an exec plugin after its timeout', async (t) => {
  const { execPlugin } = await import('./execplugin.ts');
  const user = { name: 'u', exec: { command: 'sleep', args: ['60'], apiVersion: 'v1' } };
  const run = execPlugin({ user, folder: temporaryFolder(t), cluster: {}, timeoutMs: 30 });
  await assert.rejects(run({ refresh: false }), /exec plugin sleep: it exceeded its timeout and was stopped/);
});

test('loads nothing of client-node in a pod, and never its models', async (t) => {
  const folder = temporaryFolder(t);
  write(folder, 'token', 't');
  const script = write(
    folder,
    'load.ts',
    `import { registerHooks } from 'node:module';
     const loaded: string[] = [];
     registerHooks({ load: (url, context, next) => { if (url.includes('client-node')) loaded.push(url.replace(/.*client-node\\//, '')); return next(url, context); } });
     const { loadConnection } = await import(process.argv[2] ?? '');
     const env = { KUBERNETES_SERVICE_HOST: 'h', KUBERNETES_SERVICE_PORT: '1' };
     await loadConnection({ env, serviceAccountFolder: process.argv[3] });
     const inPod = [...loaded];
     await loadConnection({ env, file: process.argv[4] });
     console.log(JSON.stringify([inPod, loaded]));`,
  );
  const file = write(folder, 'kubeconfig', kubeconfig({}));
  const { execFileSync } = await import('node:child_process');
  const args = [script, new URL('kubeconfig.ts', import.meta.url).pathname, folder, file];
  const output = execFileSync(process.execPath, args, { encoding: 'utf8' });
  assert.deepEqual(JSON.parse(output), [[], ['dist/config_types.js']]);
  rmSync(script);
});
