import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { dump } from 'js-yaml';
import { createAuthority } from '../../../test/doubles/certificates.ts';
import { cases } from '../../../test/support/cases.ts';
import { shootKubeconfig } from './kubeconfig.ts';

/** A certificate that nobody holds the key of any more; only its form matters. */
const pem = `-----BEGIN CERTIFICATE-----
MIIBdjCCAR2gAwIBAgIUKxYBkn5GK6iYrEDf4pGvqSCWVS8wCgYIKoZIzj0EAwIw
-----END CERTIFICATE-----
`;
const token = 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln';

interface Parts {
  readonly root?: object;
  readonly cluster?: object;
  readonly user?: object;
  readonly context?: object;
}

function kubeconfig(ca: string, { root, cluster, user, context }: Parts = {}): string {
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'shoot',
    clusters: [
      {
        name: 'shoot',
        cluster: {
          server: 'https://api.shoot.test',
          'certificate-authority-data': Buffer.from(ca).toString('base64'),
          ...cluster,
        },
      },
    ],
    users: [{ name: 'shoot', user: { token, ...user } }],
    contexts: [{ name: 'shoot', context: { cluster: 'shoot', user: 'shoot', ...context } }],
    ...root,
  });
}

test('server, CA and token are taken, and nothing else comes out', (t) => {
  const authority = createAuthority(t, 'ca');
  if (authority === undefined) return;
  const expected = {
    server: 'https://api.shoot.test',
    origin: 'the kubeconfig of the shoot',
    ca: { data: authority.ca },
    token: { data: token },
  };
  assert.deepEqual(shootKubeconfig(kubeconfig(authority.ca)), expected);
  assert.deepEqual(shootKubeconfig(kubeconfig(authority.ca, { context: { namespace: 'default' } })), expected);
  assert.deepEqual(shootKubeconfig(kubeconfig(authority.ca, { root: { preferences: {} } })), expected);
  assert.deepEqual(shootKubeconfig(kubeconfig(authority.ca, { root: { 'current-context': undefined } })), expected);
  const withPath = { cluster: { server: 'https://10.0.0.1:443/shoots/a/' } };
  assert.equal(shootKubeconfig(kubeconfig(authority.ca, withPath)).server, 'https://10.0.0.1/shoots/a');

  const entry = (name: string, inner: string, content: object) => ({ name, [inner]: content });
  const two = {
    'current-context': 'b',
    contexts: [
      entry('a', 'context', { cluster: 'x', user: 'x' }),
      entry('b', 'context', { cluster: 'shoot', user: 'shoot' }),
    ],
  };
  assert.deepEqual(shootKubeconfig(kubeconfig(authority.ca, { root: two })), expected, 'the current-context decides');
});

const secret = 'hunter2-secret';
const cluster = (fields: object): Parts => ({ cluster: fields });
const user = (fields: object): Parts => ({ user: fields });
const root = (fields: object): Parts => ({ root: fields });

cases<{ readonly parts: Parts | string; readonly expect: RegExp }>(
  {
    exec: { parts: user({ exec: { command: secret } }), expect: /users\[0\]\.user\.exec is not allowed/ },
    'auth-provider': {
      parts: user({ 'auth-provider': { name: secret } }),
      expect: /users\[0\]\.user\.auth-provider is/,
    },
    tokenFile: { parts: user({ tokenFile: '/etc/passwd' }), expect: /users\[0\]\.user\.tokenFile is not allowed/ },
    'client-certificate': { parts: user({ 'client-certificate': 'x' }), expect: /user\.client-certificate is not/ },
    'client-certificate-data': {
      parts: user({ 'client-certificate-data': secret }),
      expect: /client-certificate-data is/,
    },
    'client-key-data': { parts: user({ 'client-key-data': secret }), expect: /user\.client-key-data is not allowed/ },
    'username and password': {
      parts: user({ username: 'u', password: secret }),
      expect: /user\.username is not allowed/,
    },
    impersonation: { parts: user({ as: 'system:admin' }), expect: /user\.as is not allowed/ },
    'impersonated groups': {
      parts: user({ 'as-groups': ['system:masters'] }),
      expect: /user\.as-groups is not allowed/,
    },
    'a field of nobody knows what': {
      parts: user({ [secret]: 1 }),
      expect: /users\[0\]\.user\.an unknown field is not/,
    },
    'proxy-url': {
      parts: cluster({ 'proxy-url': `https://${secret}` }),
      expect: /clusters\[0\]\.cluster\.proxy-url is/,
    },
    'insecure-skip-tls-verify': {
      parts: cluster({ 'insecure-skip-tls-verify': true }),
      expect: /cluster\.insecure-skip-tls-verify is not allowed/,
    },
    'insecure-skip-tls-verify, although it is off': {
      parts: cluster({ 'insecure-skip-tls-verify': false }),
      expect: /cluster\.insecure-skip-tls-verify is not allowed/,
    },
    'certificate-authority': {
      parts: cluster({ 'certificate-authority': '/x' }),
      expect: /cluster\.certificate-authority is/,
    },
    'tls-server-name': {
      parts: cluster({ 'tls-server-name': 'x' }),
      expect: /cluster\.tls-server-name is not allowed/,
    },
    'extensions of a cluster': { parts: cluster({ extensions: [] }), expect: /cluster\.extensions is not allowed/ },
    'extensions of the file': { parts: root({ extensions: [] }), expect: /: extensions is not allowed/ },
    http: { parts: cluster({ server: 'http://x' }), expect: /cluster\.server is not an https URL/ },
    'a file URL': { parts: cluster({ server: 'file:///etc' }), expect: /server is not an https URL/ },
    'no URL': { parts: cluster({ server: 'api.test' }), expect: /server is not a URL/ },
    'user information': {
      parts: cluster({ server: `https://u:${secret}@x` }),
      expect: /server holds user information/,
    },
    'a query': { parts: cluster({ server: `https://x/?${secret}` }), expect: /server holds a query or a fragment/ },
    'a fragment': { parts: cluster({ server: 'https://x/#a' }), expect: /server holds a query or a fragment/ },
    'a backslash': { parts: cluster({ server: 'https://x\\@y' }), expect: /server holds/ },
    'a line break': { parts: cluster({ server: 'https://x\n.test' }), expect: /server holds spaces/ },
    'no server': { parts: cluster({ server: undefined }), expect: /clusters\[0\]\.cluster\.server is missing/ },
    'a server that is a list': { parts: cluster({ server: ['https://x'] }), expect: /cluster\.server is missing/ },
    'no CA': {
      parts: cluster({ 'certificate-authority-data': undefined }),
      expect: /certificate-authority-data is missing/,
    },
    'a CA that is not base64': {
      parts: cluster({ 'certificate-authority-data': '%%%' }),
      expect: /data is not base64/,
    },
    'a CA that is no certificate': {
      parts: cluster({ 'certificate-authority-data': Buffer.from(secret).toString('base64') }),
      expect: /certificate-authority-data: it holds 0 complete PEM certificates/,
    },
    'a CA that cannot be parsed': { parts: {}, expect: /certificate 1 of 1 cannot be parsed/ },
    'no token': { parts: user({ token: undefined }), expect: /refused: users\[0\]\.user\.token is missing$/ },
    'a token with a line break': { parts: user({ token: `${secret}\nx` }), expect: /token: it holds characters/ },
    'no clusters': { parts: root({ clusters: [] }), expect: /clusters is missing or empty/ },
    'an entry without content': { parts: root({ users: [{ name: 'shoot' }] }), expect: /users\[0\]\.user is missing/ },
    'an entry without a name': { parts: root({ users: [{ user: {} }] }), expect: /users\[0\]\.name is missing/ },
    'an entry that is text': { parts: root({ users: [secret] }), expect: /users\[0\] is not an object/ },
    'two entries of one name': {
      parts: root({ users: [1, 2].map(() => ({ name: 'shoot', user: { token: secret } })) }),
      expect: /users\[1\]\.name is the name of an earlier entry too/,
    },
    'hundreds of entries': {
      parts: root({ users: Array.from({ length: 100 }, (_, index) => ({ name: `u${index}`, user: {} })) }),
      expect: /users has 100 entries, at most 16/,
    },
    'several contexts and no current-context': {
      parts: root({ 'current-context': '', contexts: ['a', 'b'].map((name) => ({ name, context: {} })) }),
      expect: /contexts has 2 entries: which one is ambiguous/,
    },
    'a current-context that is not there': {
      parts: root({ 'current-context': secret }),
      expect: /current-context names no/,
    },
    'a cluster that is not there': {
      parts: { context: { cluster: secret } },
      expect: /context\.cluster names no entry of/,
    },
    'a user that is not there': {
      parts: { context: { user: secret } },
      expect: /context\.user names no entry of users/,
    },
    'another kind': { parts: root({ kind: 'Secret' }), expect: /kind is not Config/ },
    'another version': { parts: root({ apiVersion: 'v2' }), expect: /apiVersion is not v1/ },
    'a duplicate key': { parts: `${secret}: 1\n${secret}: 2`, expect: /cannot be parsed as YAML: .*line 2, column/ },
    'broken YAML': { parts: `a: [${secret}`, expect: /cannot be parsed as YAML: .*line 1/ },
    'an alias bomb': { parts: 'a: &a [1]\nb: [*a, *a]', expect: /cannot be parsed as YAML/ },
    'two documents': { parts: 'a: 1\n---\nb: 1', expect: /cannot be parsed as YAML/ },
    'depth without end': { parts: '['.repeat(10_000), expect: /cannot be parsed as YAML/ },
    'no object': { parts: secret, expect: /it is not an object/ },
    nothing: { parts: '', expect: /cannot be parsed|not an object/ },
    'a large file': { parts: `a: ${secret.repeat(30_000)}`, expect: /at most 262144 are read/ },
  },
  ({ parts, expect }) => {
    const text = typeof parts === 'string' ? parts : kubeconfig(pem, parts);
    assert.throws(
      () => shootKubeconfig(text),
      (error) => {
        assert.ok(error instanceof Error);
        assert.match(error.message, /^kubeconfig of the shoot is refused: /);
        assert.match(error.message, expect);
        assert.ok(!error.message.includes(secret) && !error.message.includes(token), error.message);
        for (let cause = error.cause; cause instanceof Error; cause = cause.cause)
          assert.ok(!cause.message.includes(secret));
        return true;
      },
    );
  },
);

test('no text makes it throw anything but its own message', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.object().map((value) => JSON.stringify(value)),
      ),
      (text) => {
        assert.throws(() => shootKubeconfig(text), /^Error: kubeconfig of the shoot is refused: /);
      },
    ),
  );
});
