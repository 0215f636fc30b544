/**
 * What the objects of an installation mean, for a comparison of our charts with those of the Go extensions. The view of an object has three parts:
 * `exact` must be equal, `atLeast` must be in ours, and what ours has in `atMost` must be in theirs. Names, flags and paths are ours.
 */
import { load } from 'js-yaml';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { canonicalJson } from '../../pkg/templates/quote.ts';
import { listRights, type Right } from '../unit/helm/rights.ts';
import { type Leaves, leavesOf } from './canonical.ts';
import { type Difference, leafDifferences, type ObjectLeaves } from './differences.ts';
import type { ObjectHashes } from './leaf-hashes.ts';

type Plain = Readonly<Record<string, unknown>>;

interface View {
  readonly exact?: unknown;
  readonly atLeast?: unknown;
  readonly atMost?: unknown;
}

/** The views of all objects by kind and name, and their rights, as leaves. Throws for two objects with one name. */
export function installationLeaves(objects: readonly KubeObject[]): ObjectLeaves {
  const namespace = objects.find(({ kind }) => kind === 'ServiceAccount')?.metadata.namespace ?? '';
  const leaves = new Map<string, Leaves>(
    objects.map((object) => {
      const { exact, atLeast, atMost } = views[object.kind]?.(object) ?? {};
      const place = { namespace: object.metadata.namespace };
      const view = { exact: { ...place, ...record(exact) }, atLeast, atMost };
      return [`${object.kind} ${ourName(object, namespace)}`, viewLeaves(view)] as const;
    }),
  );
  if (leaves.size < objects.length) throw new Error('two objects have the same kind and name');
  return leaves.set(allRights, new Map(listRights(objects).map((right) => [rightKey(right), 'true'])));
}

/** Name of the pseudo object whose leaves are the rights of all roles. */
const allRights = 'Rights';

function rightKey({ scope, group, resource, verb, name = '*' }: Right): string {
  return [scope, group, resource, verb, name].join(':');
}

/** Rights of ours that the expected rights do not include. A cluster-wide right includes the one in a namespace, a right without a name the one with a name. */
export function uncoveredRights(expected: ObjectHashes, ours: readonly Right[]): readonly Right[] {
  const theirs = expected.get(allRights);
  const isCovered = (right: Right): boolean =>
    [right, { ...right, name: undefined }].some((one) =>
      [one, { ...one, scope: 'cluster' as const }].some((other) => theirs?.has(rightKey(other)) === true),
    );
  return ours.filter((right) => !isCovered(right));
}

/** Drops empty `atLeast` and `atMost` parts, which require nothing. */
function viewLeaves(view: View): Leaves {
  const leaves = leavesOf(JSON.parse(JSON.stringify(view)));
  return new Map([...leaves].filter(([path, json]) => path.startsWith('exact.') || json !== '{}'));
}

/** How our objects differ from the hashes of theirs. Objects that only we have do not count; for rights, see uncoveredRights. */
export function installationDifferences(expected: ObjectHashes, ours: ObjectLeaves): readonly Difference[] {
  return [...expected].flatMap(([object, hashes]) => {
    if (object === allRights) return [];
    const leaves = ours.get(object);
    if (leaves === undefined) return [{ object, path: 'missing', expected: undefined, actual: undefined }];
    return leafDifferences({ object, hashes, leaves }).filter(
      ({ path, expected: theirs, actual }) =>
        !(path.startsWith('atLeast.') && theirs === undefined) && !(path.startsWith('atMost.') && actual === undefined),
    );
  });
}

/** Cluster-wide roles are named after their namespace, too, and the ConfigMap of the configuration has a shorter name. */
function ourName({ kind, metadata }: KubeObject, namespace: string): string {
  if (kind === 'ConfigMap') return metadata.name.replace(/-configmap$/, '-config');
  const isOwn = metadata.name.startsWith('gardener-extension-networking-') && kind.startsWith('ClusterRole');
  return isOwn && !metadata.name.endsWith(`:${namespace}`) ? `${metadata.name}:${namespace}` : metadata.name;
}

/** Views by kind. Objects of other kinds are compared by name and namespace only. */
const views: Readonly<Record<string, (object: KubeObject) => View>> = {
  Deployment: deploymentView,
  Service: serviceView,
  ConfigMap: configMapView,
  PodDisruptionBudget: ({ spec }) => ({ exact: { spec } }),
  ClusterFilter: ({ spec, metadata }) => ({ exact: { spec, labels: metadata.labels } }),
  ClusterParser: ({ metadata }) => ({ exact: { labels: metadata.labels } }),
  VerticalPodAutoscaler: autoscalerView,
  ClusterRoleBinding: ({ subjects }) => ({ exact: { subjects } }),
  Secret: ({ data }) => ({ exact: { data } }),
};

function deploymentView({ metadata, spec }: KubeObject): View {
  const { replicas, revisionHistoryLimit, selector, strategy, template } = record(spec);
  const pod = record(template);
  const { serviceAccountName, priorityClassName, containers } = record(pod['spec']);
  const container = record(list(containers)[0]);
  return {
    exact: {
      labels: metadata.labels,
      annotations: metadata.annotations,
      spec: { replicas, revisionHistoryLimit, selector, rollingUpdate: record(strategy)['rollingUpdate'] },
      pod: { ...podMetadata(record(pod['metadata'])), serviceAccountName, priorityClassName },
      container: picked(container, ['name', 'imagePullPolicy', 'livenessProbe', 'readinessProbe']),
    },
    atLeast: {
      ...imageView(String(container['image'])),
      args: Object.fromEntries(list(container['args']).flatMap((flag) => flagView(ourFlag(String(flag))))),
      env: Object.fromEntries(list(container['env']).map((one) => [String(record(one)['name']), true])),
      ports: Object.fromEntries(list(container['ports']).map((one) => [canonicalJson(one), true])),
      ...resourcesView(record(container['resources'])),
    },
  };
}

/** Checksums are left out: the mounted files differ. */
function podMetadata({ labels, annotations }: Plain): Plain {
  const others = Object.entries(record(annotations)).filter(([name]) => !name.startsWith('checksum/'));
  return { labels, annotations: Object.fromEntries(others) };
}

/** Repository and version by default are those of each project: the whole image counts where a value names it, else its tag. */
function imageView(image: string): Plain {
  if (image.endsWith(':latest')) return {};
  const tag = /[:@][^/]*$/.exec(image)?.[0] ?? '';
  return image.startsWith('registry.example.com/') ? { image, imageTag: tag } : { imageTag: tag };
}

/** Limits count as a whole. */
function resourcesView({ requests, limits }: Plain): Plain {
  return { requests, ...(limits === undefined ? {} : { limits: canonicalJson(limits) }) };
}

/** `--gardener-version` without a value counts as absent. */
function flagView(flag: string): readonly (readonly [name: string, value: string])[] {
  const [name = '', ...value] = flag.split('=');
  return flag === '--gardener-version=' ? [] : [[name, value.join('=')]];
}

/** Paths where our files are mounted, and the present name of a flag. */
function ourFlag(flag: string): string {
  return flag
    .replace(/^--config-file=.*/, '--config-file=/etc/gardener-extension-networking/config/config.yaml')
    .replace(
      /^--kubeconfig=\/etc\/.*/,
      '--kubeconfig=/etc/gardener-extension-networking-admission/kubeconfig/kubeconfig',
    )
    .replace(/^--autonomous-shoot-cluster(=.*)?$/, '--self-hosted-shoot-cluster=true');
}

function serviceView({ metadata, spec }: KubeObject): View {
  const { ports, ...others } = record(spec);
  const annotations = Object.entries(metadata.annotations ?? {}).map(([name, text]) => [name, load(text)]);
  return {
    exact: {
      annotations: Object.fromEntries(annotations),
      ...picked(others, ['type', 'selector', 'trafficDistribution']),
    },
    atLeast: {
      ports: Object.fromEntries(
        list(ports)
          .map(record)
          .map(({ port, targetPort }) => [String(port), targetPort]),
      ),
    },
  };
}

/** Of a configuration: the client limits, which ours omits unless a value sets them, and the enabled feature gates. */
function configMapView({ data }: KubeObject): View {
  const files = Object.entries(record(data)).map(([file, text]) => [file, load(String(text))] as const);
  const [file, content] = files[0] ?? [];
  if (file !== 'config.yaml') return { exact: { files: Object.fromEntries(files) } };
  const { clientConnection, featureGates } = record(content);
  const gates = Object.entries(record(featureGates)).filter(([, value]) => value === true);
  return {
    exact: { featureGates: Object.fromEntries(gates) },
    atMost: { clientConnection: isRecord(clientConnection) ? canonicalJson(clientConnection) : undefined },
  };
}

/** Theirs prints Off without quotes, which is the boolean false. */
function autoscalerView({ spec }: KubeObject): View {
  const mode = record(record(spec)['updatePolicy'])['updateMode'];
  return { exact: { spec: { ...record(spec), updatePolicy: { updateMode: mode === false ? 'Off' : mode } } } };
}

function picked(value: Plain, names: readonly string[]): Plain {
  return Object.fromEntries(names.map((name) => [name, value[name]]));
}

function record(value: unknown): Plain {
  return isRecord(value) ? value : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
