/** Property: no field of the input can cause a crash, print control characters, or add objects. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { assertHarmless, type RunResult, runInFolder } from '../../support/command-line.ts';

test('property: no string in any field causes a crash, reaches the terminal unescaped, or adds an object', async () => {
  const place = fc.constantFrom(...places.trim().split(/\s+/));
  const value = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      1e308,
      '',
      [],
      {},
      [null],
      [[]],
      [{}],
      { a: null },
      '10.0.0.0/8',
      '::/0',
      '\ud800',
      '"\n---\nkind: Secret',
      '\u0085a: b',
      'x\u001b[2J',
    ),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const change = fc.record({ document: fc.nat({ max: 4 }), place, value });
  const [network, cluster] = list.items;
  const configured = objectNames((await render([network, cluster], 'shoot')).stdout);
  const bare = objectNames(
    (await render([changed(network, ['spec', 'providerConfig'], null), cluster], 'shoot')).stdout,
  );
  const usual = [...configured, ...bare];
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 3 }),
      fc.constantFrom('shoot', 'seed', 'status'),
      async (changes, target) => {
        const items = changes.reduce<readonly unknown[]>(
          (all, { document, place, value }) =>
            all.map((item, index) => (index === document ? changed(item, place.split('.'), value) : item)),
          list.items,
        );
        const result = await render(items, target);
        assert.ok(result.code <= 2, result.stderr);
        assertHarmless({ ...result, stdout: '' });
        if (result.code !== 0) assert.equal(result.stdout, '');
        else if (target === 'shoot') {
          const unusual = objectNames(result.stdout).filter((name) => !usual.includes(name) && !optional.test(name));
          assert.deepEqual(unusual, []);
        }
      },
    ),
    { numRuns: 300 },
  );
});

function render(items: readonly unknown[], target: string): Promise<RunResult> {
  const options = '-f in -o json --feature-gates SeamlessOverlaySwitch=true --shoot-objects nodes --target'.split(' ');
  return runInFolder({
    argv: ['render', ...options, target],
    files: { in: JSON.stringify({ ...list, items }), nodes: JSON.stringify(items[4]) ?? '' },
  });
}

/** Paths of all fields in the documents. */
const places = `
  apiVersion kind metadata metadata.name metadata.namespace metadata.annotations spec spec.type spec.podCIDR
  spec.serviceCIDR spec.ipFamilies spec.ipFamilies.0 spec.providerConfig spec.providerConfig.apiVersion
  spec.providerConfig.backend spec.providerConfig.ipam spec.providerConfig.ipam.cidr
  spec.providerConfig.ipv4.autoDetectionMethod spec.providerConfig.vethMTU spec.providerConfig.autoScaling.resources
  spec.providerConfig.autoScaling.resources.node.cpu spec.providerConfig.overlay spec.shoot spec.shoot.metadata
  spec.shoot.metadata.name spec.shoot.metadata.namespace spec.shoot.spec spec.shoot.spec.kubernetes
  spec.shoot.spec.kubernetes.version spec.shoot.spec.kubernetes.kubeProxy spec.shoot.spec.kubernetes.kubeAPIServer
  spec.shoot.spec.networking spec.shoot.spec.networking.nodes spec.shoot.spec.networking.ipFamilies
  spec.shoot.spec.provider spec.shoot.spec.provider.workers spec.shoot.status spec.shoot.status.networking
  spec.shoot.status.networking.pods spec.shoot.status.networking.nodes spec.shoot.status.constraints spec.secretRefs
  spec.secretRefs.0 data stringData stringData.a status
`;

/** Objects that only some configurations have. */
const optional =
  /^(IPPool default-ipv[46]-ippool|VerticalPodAutoscaler kube-system\/calico-(node|typha|kube-controllers))$/;

const list = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      apiVersion: 'extensions.gardener.cloud/v1alpha1',
      kind: 'Network',
      metadata: { name: 'web', namespace: 'shoot--dev--web' },
      spec: {
        type: 'calico',
        podCIDR: '10.96.0.0/11',
        serviceCIDR: '10.64.0.0/13',
        ipFamilies: ['IPv4'],
        providerConfig: { overlay: { enabled: false } },
      },
    },
    {
      apiVersion: 'extensions.gardener.cloud/v1alpha1',
      kind: 'Cluster',
      metadata: { name: 'shoot--dev--web' },
      spec: {
        shoot: {
          metadata: { name: 'web', namespace: 'garden-dev' },
          spec: { kubernetes: { version: '1.36.1' }, networking: { nodes: '10.250.0.0/16' } },
        },
      },
    },
    {
      apiVersion: 'resources.gardener.cloud/v1alpha1',
      kind: 'ManagedResource',
      metadata: { name: 'extension-networking-calico-config', namespace: 'shoot--dev--web' },
      spec: { secretRefs: [{ name: 'now' }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'now', namespace: 'shoot--dev--web' },
      stringData: { a: '{"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{"name":"calico-node"}}' },
    },
    { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' }, status: { conditions: [] } },
  ],
} as const;

function changed(value: unknown, [key, ...rest]: readonly string[], to: unknown): unknown {
  if (key === undefined) return to;
  if (Array.isArray(value)) return value.map((item, index) => (String(index) === key ? changed(item, rest, to) : item));
  const members = typeof value === 'object' && value !== null ? value : {};
  return { ...members, [key]: changed((members as Readonly<Record<string, unknown>>)[key], rest, to) };
}

function objectNames(json: string): readonly string[] {
  const { items } = JSON.parse(json) as {
    readonly items: readonly {
      readonly kind: string;
      readonly metadata: { readonly name: string; readonly namespace?: string };
    }[];
  };
  return items.map(
    ({ kind, metadata: { name, namespace } }) => `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`,
  );
}
