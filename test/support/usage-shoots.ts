/** Converts examples of docs/usage to files for netext: fragments are inserted into a default Shoot. */
import assert from 'node:assert/strict';
import { load, loadAll } from 'js-yaml';
import { isRecord } from '../../pkg/gardener/objects.ts';
import { kubernetesSchema } from '../../pkg/yaml/yaml.ts';

export type Cni = 'calico' | 'cilium';

export interface Example {
  readonly cni: Cni;
  /** YAML or JSON with a Shoot, or a Network with its Cluster. */
  readonly text: string;
  /** The Shoot around a fragment as text; undefined for complete objects. */
  readonly base: string | undefined;
  readonly providerConfig: unknown;
}

/**
 * Returns complete objects unchanged. Inserts a NetworkConfig or a fragment of a Shoot (`spec`, `status`) into a Shoot of the network type that
 * it names; returns one example for each CNI if it names none.
 */
export function createExamples(text: string): readonly Example[] {
  const documents = loadAll(text, { schema: kubernetesSchema });
  assert.deepEqual(documents, loadAll(text), 'YAML parsers disagree about this text');
  const [first] = documents;
  assert.ok(isRecord(first), 'is not a YAML object');
  const kind = first['kind'];
  if (kind === 'Network' || (kind === 'Shoot' && isRecord(first['metadata']))) {
    const networking = at(first, kind === 'Shoot' ? 'spec.networking' : 'spec');
    const cni = parseCni(at(networking, 'type')) ?? assert.fail('spec has no known network type');
    return [{ cni, text, base: undefined, providerConfig: at(networking, 'providerConfig') }];
  }
  assert.equal(documents.length, 1, 'a fragment has several documents');
  if (kind === 'NetworkConfig') {
    const cni = parseCni(String(first['apiVersion']).split('.')[0]) ?? assert.fail('apiVersion has no known CNI');
    return [inShoot(cni, { spec: { networking: { providerConfig: first } } })];
  }
  assert.deepEqual(
    Object.keys(first).filter((key) => !['apiVersion', 'kind', 'spec', 'status'].includes(key)),
    [],
    'is neither an object nor a fragment of a Shoot',
  );
  const named =
    parseCni(at(first, 'spec.networking.type')) ??
    parseCni(String(at(first, 'spec.networking.providerConfig.apiVersion')).split('.')[0]);
  return (named === undefined ? (['calico', 'cilium'] as const) : [named]).map((cni) => inShoot(cni, first));
}

/** Returns the Shoot as an API server stores it. */
export function stored(text: string): string {
  const shoot = load(text, { schema: kubernetesSchema });
  return JSON.stringify(merged(shoot, { metadata: { uid: '7d2a4c1e-0f5b-4f0e-9a39-6c1d0e8b2f11' } }));
}

/** Asserts that the text is an object, and that this extension does not read it. */
export function assertOther(text: string): void {
  const object: unknown = load(text, { schema: kubernetesSchema });
  for (const path of ['apiVersion', 'kind', 'metadata.name'])
    assert.equal(typeof at(object, path), 'string', `has no ${path}`);
  assert.ok(
    !['Shoot', 'Network', 'NetworkConfig'].includes(String(at(object, 'kind'))),
    'is read by this extension, so that it must be tested',
  );
}

function inShoot(cni: Cni, fragment: unknown): Example {
  const base = defaultShoot(cni);
  const shoot = merged(base, fragment);
  return {
    cni,
    text: JSON.stringify(shoot, undefined, 2),
    base: JSON.stringify(base),
    providerConfig: at(shoot, 'spec.networking.providerConfig'),
  };
}

/** Returns a Shoot as Gardener stores it: for Cilium, without kube-proxy. */
function defaultShoot(cni: Cni): Readonly<Record<string, unknown>> {
  const replaced = cni === 'cilium';
  return {
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'Shoot',
    metadata: { name: 'web', namespace: 'garden-dev' },
    spec: {
      provider: { type: 'local', workers: [{ name: 'general', minimum: 2, maximum: 8 }] },
      kubernetes: {
        version: '1.34.3',
        kubeProxy: { enabled: !replaced, mode: 'IPTables' },
        verticalPodAutoscaler: { enabled: true },
      },
      networking: {
        type: cni,
        nodes: '10.180.0.0/16',
        pods: '100.96.0.0/11',
        services: '100.64.0.0/13',
        ipFamilies: ['IPv4'],
      },
    },
    status: {
      technicalID: 'shoot--dev--web',
      advertisedAddresses: [{ name: 'external', url: 'https://api.web.dev.example.com' }],
    },
  };
}

/** RFC 7386: null removes. */
function merged(base: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const result: Record<string, unknown> = isRecord(base) ? { ...base } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

function parseCni(text: unknown): Cni | undefined {
  return text === 'calico' || text === 'cilium' ? text : undefined;
}

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((parent, key) => (isRecord(parent) ? parent[key] : undefined), value);
}
