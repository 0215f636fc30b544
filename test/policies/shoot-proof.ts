/** Decides about the traffic of the CNI's components under all policies of kube-system. */
import type { IPFamily } from '../../pkg/gardener/network.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { Cni } from '../../pkg/networkpolicy/cni.ts';
import { cniSemantics } from '../../pkg/networkpolicy/cni.ts';
import { createEvaluator } from '../../pkg/networkpolicy/evaluate.ts';
import { readPods } from '../../pkg/networkpolicy/read-workloads.ts';
import type { NetworkPolicy, Peer, Pod, Verdict } from '../../pkg/networkpolicy/types.ts';
import { readRenderedPolicies } from './cilium-policy.ts';
import type { FlowRow, Place } from './flows.ts';
import { addresses, gardenerPods, gardenerPolicies, systemPod } from './gardener.ts';

/** Pods and policies of kube-system in one shoot. */
export interface Scene {
  readonly cni: Cni;
  readonly families: readonly IPFamily[];
  /** By their names in the rows. */
  readonly pods: ReadonlyMap<string, Pod>;
  readonly policies: readonly NetworkPolicy[];
}

/** A row in one family and protocol. */
export interface DecidedRow {
  readonly name: string;
  readonly row: FlowRow;
  readonly verdict: Verdict;
}

export interface SceneInput {
  readonly cni: Cni;
  readonly families: readonly IPFamily[];
  /** The rendered objects. */
  readonly objects: readonly KubeObject[];
  /** Whether the policy of CoreDNS contains the ranges of nodes and pods. */
  readonly knowsRanges: boolean;
}

export function createScene({ cni, families, objects, knowsRanges }: SceneInput): Scene {
  const own = readPods({ objects }).map(
    (pod): Pod => ({ ...pod, node: 'node-1', addresses: pick(pod.hostNetwork ? 'ownNode' : 'pod', families) }),
  );
  const hasRedirect = objects.some(({ kind }) => kind === 'CiliumLocalRedirectPolicy');
  const { coredns, nodeLocalDNS, vpn } = gardenerPods;
  const others: readonly (readonly [string, Pod])[] = [
    ['coredns', coredns],
    ['vpn-shoot', vpn],
    ['stranger', systemPod('stranger', {})],
    ['application', { ...systemPod('application', {}, [8_080, 'TCP']), namespace: 'default' }],
    ...(hasRedirect ? [['node-local-dns', { ...nodeLocalDNS, node: 'node-1' }] as const] : []),
  ];
  return {
    cni,
    families,
    // A CronJob has the pods of the Job with its name; its own are in the network of the node.
    pods: new Map([
      ...others,
      ...own.filter((pod) => !pod.workload?.startsWith('CronJob ')).map((pod) => [pod.name, pod] as const),
    ]),
    policies: [...gardenerPolicies({ knowsRanges }), ...readRenderedPolicies(objects)],
  };
}

function pick(place: keyof typeof addresses, families: readonly IPFamily[]): readonly string[] {
  return families.map((family) => addresses[place][family]);
}

/** Decides about the rows of which both ends exist. */
export function decide(scene: Scene, rows: readonly FlowRow[]): readonly DecidedRow[] {
  const { cni, families, pods, policies } = scene;
  const evaluator = createEvaluator({ policies, namespaces: new Map(), semantics: cniSemantics[cni] });
  const end = (name: string): Peer | undefined => {
    const pod = pods.get(name);
    return pod === undefined ? place(name as Place, families) : { kind: 'pod', pod };
  };
  return rows.flatMap((row) => {
    const [source, target] = [end(row.from), end(row.to)];
    if (source === undefined || target === undefined) return [];
    return families.flatMap((family) =>
      (row.protocols ?? ['TCP']).map((protocol) => ({
        name: `${row.from} → ${row.to} ${row.port}/${protocol} (${family})`,
        row,
        verdict: evaluator.judge({ source, target, port: row.port, protocol, family }),
      })),
    );
  });
}

function place(name: Place, families: readonly IPFamily[]): Peer | undefined {
  switch (name) {
    case 'API server':
    case 'nameserver':
    case 'outside':
      return { kind: 'outside', addresses: pick('outside', families) };
    case 'own node':
      return { kind: 'node', name: 'node-1', addresses: pick('ownNode', families) };
    case 'other node':
      return { kind: 'node', name: 'node-3', addresses: pick('otherNode', families) };
    default:
      return undefined;
  }
}

/** Returns the names of rows that are closed. */
export function closedRows(scene: Scene, rows: readonly FlowRow[]): readonly string[] {
  return decide(scene, rows).flatMap(({ name, verdict }) => (verdict.allowed ? [] : [name]));
}

export function withoutPolicy(scene: Scene, name: string): Scene {
  return { ...scene, policies: scene.policies.filter((policy) => policy.name !== name) };
}

export function withoutLabel(scene: Scene, podName: string, label: string): Scene {
  const pods = new Map(scene.pods);
  const pod = pods.get(podName);
  if (pod === undefined) throw new Error(`no pod ${podName}`);
  const { [label]: _removed, ...labels } = pod.labels;
  return { ...scene, pods: pods.set(podName, { ...pod, labels }) };
}

/** Returns the policies that admit traffic of the rows. */
export function usedPolicies(scene: Scene, rows: readonly FlowRow[]): ReadonlySet<string> {
  const used = decide(scene, rows).flatMap(({ verdict: { ingress, egress } }) => [
    ...ingress.allowedBy,
    ...egress.allowedBy,
  ]);
  return new Set(used.map(({ policy }) => policy.name));
}
