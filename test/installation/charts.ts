import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadAll } from 'js-yaml';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { type ChartInput, renderChart } from '../support/helm.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const admissionFolder = 'charts/gardener-extension-networking-admission/charts';

/** Name of the registration in example/, and of the chart releases. */
const release = 'networking';
/** Named by gardenlet: `extension-` and the name of the ControllerInstallation. */
export const extensionNamespace = 'extension-networking';
/** Namespace of the admission process in the garden's runtime cluster. */
export const gardenNamespace = 'garden';

export interface RenderInput {
  /** Path of helm. */
  readonly helm: string;
  /** Version of the cluster, such as v1.34.2. */
  readonly kubeVersion: string;
  /** Replace top-level values of the example and of Gardener. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Default: `extension-networking`. */
  readonly namespace?: string;
  /** True if the extension runs in the shoot that it serves, which is not a seed. */
  readonly isSelfHosted?: boolean;
}

/**
 * Renders the controller like gardenlet in a seed (docs/design/gardener.md#chart-values): with the values of example/controller-registration.yaml,
 * those of gardenlet and seed, and the name of the seed in the environment. Throws the error of helm.
 */
export function controllerObjects({
  values,
  namespace = extensionNamespace,
  isSelfHosted = false,
  ...input
}: RenderInput): readonly KubeObject[] {
  const [deployment] = documents('example/controller-registration.yaml');
  const shoot = { name: 'local', namespace: 'garden', labels: {}, annotations: {}, spec: {} };
  const seed = {
    name: 'local',
    clusterIdentity: 'seed-local',
    provider: 'local',
    region: 'local',
    networks: { pods: '10.1.0.0/16', services: '10.96.0.0/16' },
    ingressDomain: 'ingress.local.example.com',
    spec: {},
  };
  const gardener = {
    version: 'v1.149.0',
    garden: { clusterIdentity: 'garden-local' },
    gardenlet: { featureGates: {} },
    ...(isSelfHosted ? { selfHostedShootCluster: true, shoot } : { seed }),
  };
  const objects = rendered({
    ...input,
    namespace,
    chart: 'charts/gardener-extension-networking',
    values: { ...member(deployment, 'helm', 'values'), ...values, gardener },
  });
  const place = { SEED_NAME: seed.name };
  const ownPlace = { SHOOT_NAME: shoot.name, SHOOT_NAMESPACE: shoot.namespace };
  const variables = Object.entries(isSelfHosted ? ownPlace : place).map(([name, value]) => ({ name, value }));
  return objects.map((one) => withEnv(one, variables));
}

/** The ServiceAccount that gardener-operator creates in the virtual garden for an admission. */
export const gardenAccount = { name: `extension-admission-${release}`, namespace: 'kube-system' } as const;

/** Names of the Secrets with `kubeconfig` and with `token`, which are mounted into one folder. */
export const gardenAccess = { kubeconfig: 'generic-garden-kubeconfig', token: `garden-access-${release}` } as const;

/**
 * Renders the admission like gardener-operator (docs/design/gardener.md#admission-process), for the runtime cluster and for the virtual garden, with
 * access to the garden injected. Throws the error of helm.
 */
export function admissionObjects({ values, namespace = extensionNamespace, ...input }: RenderInput): {
  readonly runtime: readonly KubeObject[];
  readonly application: readonly KubeObject[];
} {
  const [extension] = documents('example/extension.yaml');
  const own = member(extension, 'spec', 'deployment', 'admission', 'values');
  const virtualCluster = { enabled: true, namespace, serviceAccount: gardenAccount };
  const render = (part: string, where: string, gardener: object): readonly KubeObject[] =>
    rendered({
      ...input,
      namespace: where,
      chart: `${admissionFolder}/${part}`,
      values: { ...own, ...values, gardener },
    });
  const runtimeCluster = { priorityClassName: 'gardener-garden-system-400' };
  const runtime = render('runtime', gardenNamespace, { runtimeCluster, virtualCluster });
  return { runtime: runtime.map(withGardenAccess), application: render('application', namespace, { virtualCluster }) };
}

function rendered(input: Omit<ChartInput, 'release'>): readonly KubeObject[] {
  const { objects, error } = renderChart({ ...input, chart: path.join(root, input.chart), release });
  if (objects === undefined) throw new Error(error);
  return objects;
}

function documents(file: string): readonly unknown[] {
  return loadAll(readFileSync(path.join(root, file), 'utf8'));
}

function member(value: unknown, ...names: readonly string[]): Readonly<Record<string, unknown>> {
  const found = names.reduce<unknown>((one, name) => (isRecord(one) ? one[name] : undefined), value);
  if (!isRecord(found)) throw new Error(`the example has no ${names.join('.')}`);
  return found;
}

interface Template {
  readonly containers: readonly Readonly<Record<string, unknown>>[];
  readonly volumes: readonly object[];
}

/** Changes the pod template of a Deployment; returns other objects unchanged. */
function withTemplate(object: KubeObject, change: (spec: Template) => object): KubeObject {
  if (object.kind !== 'Deployment') return object;
  const spec = object['spec'] as { readonly template: { readonly spec: Template } };
  return { ...object, spec: { ...spec, template: { ...spec.template, spec: change(spec.template.spec) } } };
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function withEnv(object: KubeObject, env: readonly object[]): KubeObject {
  return withTemplate(object, (spec) => ({
    ...spec,
    containers: spec.containers.map((one) => ({ ...one, env: [...asList(one['env']), ...env] })),
  }));
}

function withGardenAccess(object: KubeObject): KubeObject {
  const mountPath = '/var/run/secrets/gardener.cloud/garden/generic-kubeconfig';
  const name = 'garden-kubeconfig';
  const sources = [
    { secret: { name: gardenAccess.kubeconfig, items: [{ key: 'kubeconfig', path: 'kubeconfig' }] } },
    { secret: { name: gardenAccess.token, items: [{ key: 'token', path: 'token' }] } },
  ];
  const mounted = withTemplate(object, (spec) => ({
    ...spec,
    containers: spec.containers.map((one) => ({
      ...one,
      volumeMounts: [...asList(one['volumeMounts']), { name, mountPath, readOnly: true }],
    })),
    volumes: [...spec.volumes, { name, projected: { sources } }],
  }));
  return withEnv(mounted, [{ name: 'GARDEN_KUBECONFIG', value: `${mountPath}/kubeconfig` }]);
}
