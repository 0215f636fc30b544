/** ManagedResources as the Go extensions write them: one Secret with all objects under one key, named by a hash. */
import { brotliCompressSync } from 'node:zlib';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { namespace as usualNamespace } from './cases.ts';

export interface ManagedResourceInput {
  readonly name: string;
  readonly objects: readonly KubeObject[];
  readonly namespace?: string;
}

/** Of the Network: key `config.yaml`, an `origin`, and a label for all objects in the shoot. */
export function managedResource({
  name,
  objects,
  namespace = usualNamespace,
}: ManagedResourceInput): readonly KubeObject[] {
  const secretName = `managedresource-${name}-0a1b2c3d`;
  const origin = name.replace(/-config$/, '');
  const spec = {
    secretRefs: [{ name: secretName }],
    injectLabels: { 'shoot.gardener.cloud/no-cleanup': 'true' },
    keepObjects: false,
  };
  return [
    resource({ name, namespace, secretName, labels: { origin }, spec }),
    secret({ name: secretName, namespace, data: { 'config.yaml': Buffer.from(manifests(objects)) } }),
  ];
}

/** Of the shoot webhook: key `data.yaml.br`, compressed. */
export function webhookResource({
  name,
  objects,
  namespace = usualNamespace,
}: ManagedResourceInput): readonly KubeObject[] {
  const secretName = `${name}-0a1b2c3d`;
  return [
    resource({ name, namespace, secretName, spec: { secretRefs: [{ name: secretName }] } }),
    secret({ name: secretName, namespace, data: { 'data.yaml.br': brotliCompressSync(manifests(objects)) } }),
  ];
}

function manifests(objects: readonly KubeObject[]): string {
  return objects.map((one) => `${JSON.stringify(one)}\n`).join('---\n');
}

function resource(input: {
  readonly name: string;
  readonly namespace: string;
  readonly secretName: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec: object;
}): KubeObject {
  const { name, namespace, secretName, labels, spec } = input;
  const annotations = { 'reference.resources.gardener.cloud/secret-0a1b2c3d': secretName };
  return {
    apiVersion: 'resources.gardener.cloud/v1alpha1',
    kind: 'ManagedResource',
    metadata: { name, namespace, ...(labels === undefined ? {} : { labels }), annotations },
    spec,
  };
}

function secret(input: {
  readonly name: string;
  readonly namespace: string;
  readonly data: Readonly<Record<string, Buffer>>;
}): KubeObject {
  const { name, namespace, data } = input;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels: { 'resources.gardener.cloud/garbage-collectable-reference': 'true' } },
    type: 'Opaque',
    immutable: true,
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, value.toString('base64')])),
  };
}
