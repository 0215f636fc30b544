import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { dump } from 'js-yaml';
import { createAuthority } from '../../../test/doubles/certificates.ts';
import { cases } from '../../../test/support/cases.ts';
import { shootKubeconfig } from './kubeconfig.ts';

/** A certificate without a key; only its format matters. */
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

test('returns server, CA and token, and nothing else', (t) => {
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
  assert.deepEqual(
    shootKubeconfig(kubeconfig(authority.ca, { root: two })),
    expected,
    'the current-context selects the entry',
  );
});

const secret = 'hunter2-secret';
const cluster = (fields: object): Parts => ({ cluster: fields });
const user = (fields: object): Parts => ({ user: fields });
const root = (fields: object): Parts => ({ root: fields });

cases<{ readonly parts: Parts | string; readonly expect: RegExp }>(
  {
    'rejects exec': { parts: user({ exec: { command: secret } }), expect: /users\[0\]\.user\.exec is not allowed/ },
    'rejects auth-provider': {
      parts: user({ 'auth-provider': { name: secret } }),
      expect: /users\[0\]\.user\.auth-provider is/,
    },
    'rejects tokenFile': {
      parts: user({ tokenFile: '/etc/passwd' }),
      expect: /users\[0\]\.user\.tokenFile is not allowed/,
    },
    'rejects client-certificate': {
      parts: user({ 'client-certificate': 'x' }),
      expect: /user\.client-certificate is not/,
    },
    'rejects client-certificate-data': {
      parts: user({ 'client-certificate-data': secret }),
      expect: /client-certificate-data is/,
    },
    'rejects client-key-data': {
      parts: user({ 'client-key-data': secret }),
      expect: /user\.client-key-data is not allowed/,
    },
    'rejects username and password': {
      parts: user({ username: 'u', password: secret }),
      expect: /user\.username is not allowed/,
    },
    'rejects impersonation': { parts: user({ as: 'system:admin' }), expect: /user\.as is not allowed/ },
    'rejects impersonated groups': {
      parts: user({ 'as-groups': ['system:masters'] }),
      expect: /user\.as-groups is not allowed/,
    },
    'rejects an unknown field without quoting it': {
      parts: user({ [secret]: 1 }),
      expect: /users\[0\]\.user\.an unknown field is not/,
    },
    'rejects proxy-url': {
      parts: cluster({ 'proxy-url': `https://${secret}` }),
      expect: /clusters\[0\]\.cluster\.proxy-url is/,
    },
    'rejects insecure-skip-tls-verify': {
      parts: cluster({ 'insecure-skip-tls-verify': true }),
      expect: /cluster\.insecure-skip-tls-verify is not allowed/,
    },
    'rejects insecure-skip-tls-verify even if it is false': {
      parts: cluster({ 'insecure-skip-tls-verify': false }),
      expect: /cluster\.insecure-skip-tls-verify is not allowed/,
    },
    'rejects certificate-authority': {
      parts: cluster({ 'certificate-authority': '/x' }),
      expect: /cluster\.certificate-authority is/,
    },
    'rejects tls-server-name': {
      parts: cluster({ 'tls-server-name': 'x' }),
      expect: /cluster\.tls-server-name is not allowed/,
    },
    'rejects extensions of a cluster': {
      parts: cluster({ extensions: [] }),
      expect: /cluster\.extensions is not allowed/,
    },
    'rejects extensions of the file': { parts: root({ extensions: [] }), expect: /: extensions is not allowed/ },
    'rejects an http URL': { parts: cluster({ server: 'http://x' }), expect: /cluster\.server is not an https URL/ },
    'rejects a file URL as server': { parts: cluster({ server: 'file:///etc' }), expect: /server is not an https URL/ },
    'rejects a server that is not a URL': { parts: cluster({ server: 'api.test' }), expect: /server is not a URL/ },
    'rejects user information in the server URL': {
      parts: cluster({ server: `https://u:${secret}@x` }),
      expect: /server contains user information/,
    },
    'rejects a query in the server URL': {
      parts: cluster({ server: `https://x/?${secret}` }),
      expect: /server contains a query or a fragment/,
    },
    'rejects a fragment in the server URL': {
      parts: cluster({ server: 'https://x/#a' }),
      expect: /server contains a query or a fragment/,
    },
    'rejects a backslash in the server URL': { parts: cluster({ server: 'https://x\\@y' }), expect: /server contains/ },
    'rejects a line break in the server URL': {
      parts: cluster({ server: 'https://x\n.test' }),
      expect: /server contains spaces/,
    },
    'rejects a missing server': {
      parts: cluster({ server: undefined }),
      expect: /clusters\[0\]\.cluster\.server is missing/,
    },
    'rejects a server that is a list': {
      parts: cluster({ server: ['https://x'] }),
      expect: /cluster\.server is missing/,
    },
    'rejects a missing CA': {
      parts: cluster({ 'certificate-authority-data': undefined }),
      expect: /certificate-authority-data is missing/,
    },
    'rejects a CA that is not base64': {
      parts: cluster({ 'certificate-authority-data': '%%%' }),
      expect: /data is not base64/,
    },
    'rejects a CA that is not a certificate': {
      parts: cluster({ 'certificate-authority-data': Buffer.from(secret).toString('base64') }),
      expect: /certificate-authority-data: it contains 0 complete PEM certificates/,
    },
    'rejects a CA that cannot be parsed': { parts: {}, expect: /certificate 1 of 1 cannot be parsed/ },
    'rejects a missing token': {
      parts: user({ token: undefined }),
      expect: /rejected: users\[0\]\.user\.token is missing$/,
    },
    'rejects a token with a line break': {
      parts: user({ token: `${secret}\nx` }),
      expect: /token: it contains characters/,
    },
    'rejects an empty list of clusters': { parts: root({ clusters: [] }), expect: /clusters is missing or empty/ },
    'rejects an entry without content': {
      parts: root({ users: [{ name: 'shoot' }] }),
      expect: /users\[0\]\.user is missing/,
    },
    'rejects an entry without a name': {
      parts: root({ users: [{ user: {} }] }),
      expect: /users\[0\]\.name is missing/,
    },
    'rejects an entry that is not an object': {
      parts: root({ users: [secret] }),
      expect: /users\[0\] is not an object/,
    },
    'rejects two entries with the same name': {
      parts: root({ users: [1, 2].map(() => ({ name: 'shoot', user: { token: secret } })) }),
      expect: /users\[1\]\.name is also the name of an earlier entry/,
    },
    'rejects more than 16 entries': {
      parts: root({ users: Array.from({ length: 100 }, (_, index) => ({ name: `u${index}`, user: {} })) }),
      expect: /users has 100 entries, the maximum is 16/,
    },
    'rejects several contexts without a current-context': {
      parts: root({ 'current-context': '', contexts: ['a', 'b'].map((name) => ({ name, context: {} })) }),
      expect: /current-context is missing, but contexts has 2 entries/,
    },
    'rejects a current-context that does not exist': {
      parts: root({ 'current-context': secret }),
      expect: /current-context references no/,
    },
    'rejects a cluster that does not exist': {
      parts: { context: { cluster: secret } },
      expect: /context\.cluster references no entry of/,
    },
    'rejects a user that does not exist': {
      parts: { context: { user: secret } },
      expect: /context\.user references no entry of users/,
    },
    'rejects a kind other than Config': { parts: root({ kind: 'Secret' }), expect: /kind is not Config/ },
    'rejects an apiVersion other than v1': { parts: root({ apiVersion: 'v2' }), expect: /apiVersion is not v1/ },
    'rejects a duplicate key': {
      parts: `${secret}: 1\n${secret}: 2`,
      expect: /cannot be parsed as YAML: .*line 2, column/,
    },
    'rejects invalid YAML': { parts: `a: [${secret}`, expect: /cannot be parsed as YAML: .*line 1/ },
    'rejects an alias bomb': { parts: 'a: &a [1]\nb: [*a, *a]', expect: /cannot be parsed as YAML/ },
    'rejects two documents': { parts: 'a: 1\n---\nb: 1', expect: /cannot be parsed as YAML/ },
    'rejects excessive nesting': { parts: '['.repeat(10_000), expect: /cannot be parsed as YAML/ },
    'rejects text that is not an object': { parts: secret, expect: /it is not an object/ },
    'rejects an empty text': { parts: '', expect: /cannot be parsed|not an object/ },
    'rejects a large file': { parts: `a: ${secret.repeat(30_000)}`, expect: /the maximum is 262144/ },
  },
  ({ parts, expect }) => {
    const text = typeof parts === 'string' ? parts : kubeconfig(pem, parts);
    assert.throws(
      () => shootKubeconfig(text),
      (error) => {
        assert.ok(error instanceof Error);
        assert.match(error.message, /^kubeconfig of the shoot is rejected: /);
        assert.match(error.message, expect);
        assert.ok(!error.message.includes(secret) && !error.message.includes(token), error.message);
        for (let cause = error.cause; cause instanceof Error; cause = cause.cause)
          assert.ok(!cause.message.includes(secret));
        return true;
      },
    );
  },
);

test('never quotes the input in its errors, whatever the input', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.object().map((value) => JSON.stringify(value)),
      ),
      (text) => {
        assert.throws(() => shootKubeconfig(text), /^Error: kubeconfig of the shoot is rejected: /);
      },
    ),
  );
});
