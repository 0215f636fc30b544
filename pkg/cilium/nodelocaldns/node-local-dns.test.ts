import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../../test/support/cases.ts';
import { isRecord, type KubeObject } from '../../gardener/objects.ts';
import { mutateNodeLocalDNS } from './node-local-dns.ts';

function configMap(corefile: unknown, name = 'node-local-dns-fd1529da'): KubeObject {
  const data = corefile === undefined ? {} : { data: { Corefile: corefile, other: 'bind 1.2.3.4' } };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'kube-system' }, ...data };
}

function daemonSet(pod: unknown, name = 'node-local-dns-worker-a'): KubeObject {
  return { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name }, spec: { template: { spec: pod } } };
}

function readCorefile({ data }: KubeObject): unknown {
  return isRecord(data) ? data['Corefile'] : undefined;
}

function readPodSpec(object: KubeObject): unknown {
  return (object as unknown as { readonly spec: { readonly template: { readonly spec: unknown } } }).spec.template.spec;
}

const lines: Readonly<Record<string, readonly [before: string, after: string]>> = {
  'binds to the unspecified IPv4 address': ['    bind 169.254.20.10 100.64.0.10', '    bind 0.0.0.0'],
  'binds to the unspecified IPv6 address': ['    bind fd30:1319:f1e:230b::1 fd00:10:2::10', '    bind ::'],
  // Not `0.0.0.0 ::`: with either of them Go listens on both families, except with networks `tcp4` or `udp4`, which CoreDNS does not use.
  'binds addresses of both families to the IPv4 one': ['bind fd00::10 100.64.0.10', 'bind 0.0.0.0'],
  'replaces an interface': ['\tbind eth0', '\tbind 0.0.0.0'],
  'preserves a block after the addresses': ['bind eth0 {', 'bind 0.0.0.0 {'],
  'preserves a comment after the addresses': ['bind 10.0.0.1 # ours', 'bind 0.0.0.0 # ours'],
  'preserves a carriage return': ['bind 10.0.0.1\r', 'bind 0.0.0.0\r'],
  'does not change a mutated line': ['bind 0.0.0.0', 'bind 0.0.0.0'],
  'does not change a mutated IPv6 line': ['bind ::', 'bind ::'],
  'does not change bind without arguments': ['bind', 'bind'],
  'removes the address of health': ['    health 169.254.20.10:8099', '    health :8099'],
  'removes the IPv6 address of health': ['health [fd30:1319:f1e:230b::1]:8099', 'health :8099'],
  'removes the name of health, and preserves a block': ['health localhost:8080 {', 'health :8080 {'],
  'does not change health with a port only': ['health :8099', 'health :8099'],
  'does not change health without arguments': ['    health', '    health'],
  'does not change health without a port': ['health 10.0.0.1', 'health 10.0.0.1'],
  'does not change a comment with bind': ['# please bind carefully', '# please bind carefully'],
  'does not change an indented comment': ['  # bind 1.2.3.4', '  # bind 1.2.3.4'],
  'does not change a comment with health': ['# healthy:12 and health:13', '# healthy:12 and health:13'],
  'does not change a name that contains bind': [
    'rewrite name rebind.example.com foo',
    'rewrite name rebind.example.com foo',
  ],
  'does not change a name bind': ['rewrite name bind 10.0.0.1', 'rewrite name bind 10.0.0.1'],
  'does not change a directive with the prefix health': ['health_check 5s:1', 'health_check 5s:1'],
  'does not change a directive with the prefix bind': ['binder 10.0.0.1', 'binder 10.0.0.1'],
};

cases(lines, ([before, after]) => {
  const wrapped = (line: string): string => `.:53 {\n${line}\n}\n`;
  const mutated = mutateNodeLocalDNS(configMap(wrapped(before)));
  assert.equal(readCorefile(mutated), wrapped(after));
  assert.equal((mutated['data'] as Readonly<Record<string, unknown>>)['other'], 'bind 1.2.3.4');
});

const pods: Readonly<Record<string, readonly [before: unknown, after: unknown]>> = {
  'node-cache: replaces the switches, and removes hostNetwork and the host of the probe': [
    {
      hostNetwork: true,
      containers: [
        {
          name: 'node-cache',
          args: ['-setupinterface=true', '-conf', '/etc/Corefile', '-skipteardown'],
          livenessProbe: { httpGet: { host: '169.254.20.10', port: 8099 } },
        },
        { name: 'another', args: ['-setupinterface=true'], livenessProbe: { httpGet: { host: '10.0.0.1' } } },
      ],
    },
    {
      containers: [
        {
          name: 'node-cache',
          args: ['-conf', '/etc/Corefile', '-skipteardown=true', '-setupinterface=false', '-setupiptables=false'],
          livenessProbe: { httpGet: { port: 8099 } },
        },
        { name: 'another', args: ['-setupinterface=true'], livenessProbe: { httpGet: { host: '10.0.0.1' } } },
      ],
    },
  ],
  'node-cache: without probe and arguments (verdict 5: the Go extension crashes)': [
    { containers: [{ name: 'node-cache' }] },
    {
      containers: [
        { name: 'node-cache', args: ['-skipteardown=true', '-setupinterface=false', '-setupiptables=false'] },
      ],
    },
  ],
  'node-cache: does not change a probe that is not an HTTP request': [
    { containers: [{ name: 'node-cache', args: [], livenessProbe: { exec: { command: ['true'] } } }] },
    {
      containers: [
        {
          name: 'node-cache',
          args: ['-skipteardown=true', '-setupinterface=false', '-setupiptables=false'],
          livenessProbe: { exec: { command: ['true'] } },
        },
      ],
    },
  ],
  'coredns-config-adapter: replaces the address': [
    {
      initContainers: [
        { name: 'coredns-config-adapter', args: ['-inputDir=/a', '-bind=bind 169.254.20.10 100.64.0.10'] },
      ],
    },
    { initContainers: [{ name: 'coredns-config-adapter', args: ['-inputDir=/a', '-bind=bind 0.0.0.0'] }] },
  ],
  'coredns-config-adapter: replaces an IPv6 address': [
    { initContainers: [{ name: 'coredns-config-adapter', args: ['-bind=bind fd30::1 fd00::10'] }] },
    { initContainers: [{ name: 'coredns-config-adapter', args: ['-bind=bind ::'] }] },
  ],
  'does not change another container': [
    { hostNetwork: true, containers: [{ name: 'cache', args: ['-x'] }] },
    { containers: [{ name: 'cache', args: ['-x'] }] },
  ],
  'does not change members of unexpected types': [
    { containers: [null, 1, { name: 'node-cache', args: 'x', livenessProbe: [] }], initContainers: {} },
    { containers: [null, 1, { name: 'node-cache', args: 'x', livenessProbe: [] }], initContainers: {} },
  ],
};

cases(pods, ([before, after]) => {
  const object = daemonSet(before);
  const mutated = mutateNodeLocalDNS(object);
  assert.deepEqual(readPodSpec(mutated), after);
  assert.equal(mutateNodeLocalDNS(mutated), mutated, 'a second call changes nothing');
  assert.deepEqual(readPodSpec(object), before, 'what came in is as it was');
});

cases<KubeObject>(
  {
    'does not change a ConfigMap without hash': configMap('bind 1.2.3.4', 'node-local-dns'),
    'does not change a ConfigMap with another name': configMap('bind 1.2.3.4', 'x-node-local-dns-1'),
    'does not change a Corefile that is not a string': configMap(1),
    'does not change a DaemonSet with another name': daemonSet({ hostNetwork: true }, 'other'),
    'does not change another kind': { ...daemonSet({ hostNetwork: true }), kind: 'Deployment' },
    'does not change an object in deletion': {
      ...daemonSet({ hostNetwork: true }),
      metadata: { name: 'node-local-dns', deletionTimestamp: '2026-01-15T10:00:00Z' },
    },
    'does not change a DaemonSet without a pod template': { ...daemonSet({}), spec: 'none' },
  },
  (object) => assert.equal(mutateNodeLocalDNS(object), object),
);

test('a ConfigMap without data gets an empty Corefile, and other data remains', () => {
  assert.deepEqual(mutateNodeLocalDNS(configMap(undefined))['data'], { Corefile: '' });
  const other = { ...configMap(undefined), data: { x: 'y' } };
  assert.equal(mutateNodeLocalDNS(other), other);
});

test('property: mutation is idempotent, and does not change lines without a directive', () => {
  const word = fc.constantFrom(
    'bind',
    'health',
    '10.0.0.1',
    'fd00::1',
    ':80',
    '{',
    '}',
    '#',
    'x:1',
    '\t',
    ' ',
    '\r',
    'é',
  );
  const line = fc.array(word, { maxLength: 6 }).map((words) => words.join(' '));
  fc.assert(
    fc.property(fc.array(fc.oneof(line, fc.string()), { maxLength: 6 }), (given) => {
      const text = given.join('\n');
      const once = mutateNodeLocalDNS(configMap(text));
      assert.equal(mutateNodeLocalDNS(once), once);
      const after = String(readCorefile(once)).split('\n');
      const before = text.split('\n');
      assert.equal(after.length, before.length);
      for (const [index, one] of before.entries())
        if (!/^[ \t]*(bind|health)[ \t]/.test(one)) assert.equal(after[index], one);
    }),
  );
});

test('property: mutation never throws for a JSON value', () => {
  const metadata = { name: 'node-local-dns-x' };
  fc.assert(
    fc.property(fc.constantFrom('ConfigMap', 'DaemonSet'), fc.jsonValue(), fc.jsonValue(), (kind, data, spec) => {
      const object = { apiVersion: 'v1', kind, metadata, data, spec: { template: { spec } } };
      mutateNodeLocalDNS(object);
      mutateNodeLocalDNS({ ...object, spec });
    }),
  );
});

/** Counts the matches of regular expressions and the errors that are constructed while a function runs: its work, without a clock. */
function countWork(run: () => unknown): { readonly matches: number; readonly errors: number } {
  const exec = mock.method(RegExp.prototype, 'exec');
  let errors = 0;
  const error = mock.property(
    globalThis,
    'Error',
    new Proxy(Error, {
      construct: (target, args: readonly unknown[], newTarget) => {
        errors += 1;
        return Reflect.construct(target, args, newTarget) as object;
      },
    }),
  );
  run();
  exec.mock.restore();
  error.mock.restore();
  return { matches: exec.mock.callCount(), errors };
}

cases<(length: number) => string>(
  {
    'one line of words that are no addresses': (length) => `bind${' :'.repeat(length / 2 - 2)}`,
    'one line of words with many groups': (length) => `bind${' 1:2:3:4:5:6:7:x'.repeat(length / 16 - 1)}`,
    'many lines with one such word': (length) => 'bind :\n'.repeat(length / 8),
    'ports of health': (length) => `health ${':1'.repeat(length / 2 - 4)}x`,
    'blanks only': (length) => `bind${' '.repeat(length - 8)}`,
  },
  (corefile) => {
    const work = (length: number): { readonly matches: number; readonly errors: number } =>
      countWork(() => mutateNodeLocalDNS(configMap(corefile(length))));
    const [once, twice] = [work(65_536), work(131_072)];
    assert.equal(twice.errors, 0);
    assert.ok(once.matches > 0, 'the work is counted');
    assert.ok(twice.matches <= 2.2 * once.matches, `${once.matches} matches, for twice the text ${twice.matches}`);
    assert.ok(twice.matches <= 131_072 / 2 + 64, `${twice.matches} matches`);
  },
);

cases<KubeObject>(
  {
    'a Corefile of 3 MB': configMap(`bind${' :'.repeat(1_500_000)}`),
    '140,000 containers': daemonSet({ containers: Array.from({ length: 140_000 }, () => ({ name: 'node-cache' })) }),
    '100,000 arguments': daemonSet({
      containers: [{ name: 'node-cache', args: Array.from({ length: 100_000 }, () => '-skipteardown') }],
    }),
    'an argument of 3 MB': daemonSet({
      initContainers: [{ name: 'coredns-config-adapter', args: [`-bind=bind${' :'.repeat(1_500_000)}`] }],
    }),
  },
  (object) => {
    // Compares identities: a message with the difference of two objects of this size takes minutes.
    let isUnchanged = false;
    const work = countWork(() => {
      isUnchanged = mutateNodeLocalDNS(object) === object;
    });
    assert.ok(isUnchanged, 'the object is not changed');
    assert.deepEqual(work, { matches: 0, errors: 0 });
  },
);

test('the first 64 words of a bind determine its family, and all words are replaced', () => {
  const line = `bind${' fd00::1'.repeat(64)}${' 10.0.0.1'.repeat(64)} { # ours`;
  assert.equal(readCorefile(mutateNodeLocalDNS(configMap(line))), 'bind :: { # ours');
});
