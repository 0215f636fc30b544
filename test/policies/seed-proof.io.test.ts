/** Proves that Gardener's policies in seed and garden open the traffic of our Deployments, and nothing else to them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { cniSemantics, cnis } from '../../pkg/networkpolicy/cni.ts';
import { createEvaluator } from '../../pkg/networkpolicy/evaluate.ts';
import type { NetworkPolicy, Peer, Pod } from '../../pkg/networkpolicy/types.ts';
import { admissionObjects, controllerObjects } from '../installation/charts.ts';
import { findTool } from '../support/helm.ts';
import { gardenerPods, namespaces, readInstallation, runtimeApiServer } from './seed.ts';

interface Row {
  readonly name: string;
  readonly source: Peer;
  readonly target: Peer;
  readonly port: number;
  readonly protocol?: 'TCP' | 'UDP';
}

interface Deployed {
  readonly policies: readonly NetworkPolicy[];
  readonly pod: Pod;
}

const found = findTool('helm', { env: process.env, first: 'pinned' });
const skip = found.file === undefined ? `SKIPPED: ${found.reason}` : false;
const input = { helm: found.file ?? '', kubeVersion: 'v1.34.2' };

const peer = (pod: Pod): Peer => ({ kind: 'pod', pod });
const outside = (address: string): Peer => ({ kind: 'outside', addresses: [address] });
const node: Peer = { kind: 'node', name: 'node-1', addresses: ['10.250.0.1'] };
const { coredns, prometheusSeed, prometheusGarden, shootApiServer, virtualGarden, stranger } = gardenerPods;

function deployed(objects: readonly KubeObject[]): Deployed {
  const { policies, pods } = readInstallation(objects);
  const [pod, ...others] = pods;
  if (pod === undefined || others.length > 0) throw new Error(`the chart has ${pods.length} workloads`);
  return { policies, pod };
}

function portOf(pod: Pod, name: string): number {
  const found = pod.ports.find((one) => one.name === name);
  if (found === undefined) throw new Error(`the pod has no port ${name}`);
  return found.port;
}

/** What both processes need. */
function common({ pod }: Deployed): readonly Row[] {
  return [
    { name: 'API server of the runtime cluster', source: peer(pod), target: outside(runtimeApiServer), port: 443 },
    { name: 'DNS over UDP', source: peer(pod), target: peer(coredns), port: 8_053, protocol: 'UDP' },
    { name: 'DNS over TCP', source: peer(pod), target: peer(coredns), port: 8_053 },
    { name: 'probes of kubelet', source: node, target: peer(pod), port: portOf(pod, 'health') },
  ];
}

/** What nobody needs. */
function surplus({ pod }: Deployed): readonly Row[] {
  return [
    { name: 'stranger to metrics', source: peer(stranger), target: peer(pod), port: portOf(pod, 'metrics') },
    { name: 'stranger to health', source: peer(stranger), target: peer(pod), port: portOf(pod, 'health') },
    { name: 'Prometheus to health', source: peer(prometheusSeed), target: peer(pod), port: portOf(pod, 'health') },
    { name: 'pod to public networks', source: peer(pod), target: outside('198.51.100.1'), port: 443 },
    { name: 'pod to stranger', source: peer(pod), target: peer(stranger), port: 443 },
    { name: 'pod to API server at another port', source: peer(pod), target: outside(runtimeApiServer), port: 80 },
  ];
}

const controller = (types: readonly string[]) => deployed(controllerObjects({ ...input, values: { types } }));

function controllerRows({ pod }: Deployed, hasWebhook: boolean): readonly Row[] {
  const webhook = hasWebhook ? portOf(pod, 'webhook-server') : 0;
  return [
    { name: 'API server of a shoot', source: peer(pod), target: peer(shootApiServer), port: 443 },
    { name: 'metrics', source: peer(prometheusSeed), target: peer(pod), port: portOf(pod, 'metrics') },
    ...(hasWebhook
      ? [
          {
            name: 'webhook from the API server of a shoot',
            source: peer(shootApiServer),
            target: peer(pod),
            port: webhook,
          },
          {
            name: 'webhook from outside of the seed',
            source: outside('198.51.100.1'),
            target: peer(pod),
            port: webhook,
          },
        ]
      : []),
  ];
}

const admission = () =>
  deployed(admissionObjects({ ...input, values: { monitoring: { serviceMonitor: { enabled: true } } } }).runtime);

function admissionRows({ pod }: Deployed): readonly Row[] {
  return [
    { name: 'API server of the garden', source: peer(pod), target: peer(virtualGarden), port: 443 },
    { name: 'webhook', source: peer(virtualGarden), target: peer(pod), port: portOf(pod, 'webhook-server') },
    { name: 'metrics', source: peer(prometheusGarden), target: peer(pod), port: portOf(pod, 'metrics') },
  ];
}

function open({ policies }: Deployed, rows: readonly Row[], expected = true): readonly string[] {
  return cnis.flatMap((cni) => {
    const evaluator = createEvaluator({ policies, namespaces, semantics: cniSemantics[cni] });
    return rows.flatMap(({ name, protocol = 'TCP', ...flow }) =>
      evaluator.judge({ ...flow, protocol }).allowed === expected ? [`${name} (${cni})`] : [],
    );
  });
}

/** The webhook is open to all sources; the policy for the egress of API servers, from the same annotation, is needed. */
const alsoAdmitted: Readonly<Record<string, readonly string[]>> = {
  'the controller': ['ingress-to-gardener-extension-networking-cilium-all-webhook-targets-10250-shoot--dev--web'],
};

/** The policies whose rules admit a flow. */
function admitting({ policies }: Deployed, { name: _name, protocol = 'TCP', ...flow }: Row): readonly string[] {
  const evaluator = createEvaluator({ policies, namespaces, semantics: cniSemantics.calico });
  const { egress, ingress } = evaluator.judge({ ...flow, protocol });
  return [...egress.allowedBy, ...ingress.allowedBy].map(({ policy }) => policy.name);
}

describe('policies of our Deployments', { skip }, () => {
  const cases = [
    ['the controller', () => controller(['calico', 'cilium']), (one: Deployed) => controllerRows(one, true)],
    ['the controller for Calico', () => controller(['calico']), (one: Deployed) => controllerRows(one, false)],
    ['the admission', admission, admissionRows],
  ] as const;

  for (const [name, deploy, rows] of cases) {
    test(`every flow that ${name} needs is open, and others are closed`, () => {
      const one = deploy();
      assert.deepEqual(open(one, [...common(one), ...rows(one)], false), []);
      assert.deepEqual(open(one, surplus(one)), []);
    });

    test(`without any policy that admits a flow of ${name}, one of its flows closes by its name`, () => {
      const one = deploy();
      const all = [...common(one), ...rows(one)];
      const used = new Set(all.flatMap((row) => admitting(one, row)));
      assert.ok(used.size >= 4, [...used].join());
      const spare = [...used].filter(
        (policy) =>
          open({ ...one, policies: one.policies.filter((other) => other.name !== policy) }, all, false).length === 0,
      );
      assert.deepEqual(spare, alsoAdmitted[name] ?? []);
    });

    test(`without any label of ${name}, one of its flows closes by its name`, () => {
      const one = deploy();
      const all = [...common(one), ...rows(one)];
      const closing = Object.keys(one.pod.labels).map((label) => {
        const { [label]: _removed, ...labels } = one.pod.labels;
        const pod = { ...one.pod, labels };
        const changed = all.map((row) => ({
          ...row,
          source: replace(row.source, one.pod, pod),
          target: replace(row.target, one.pod, pod),
        }));
        return [label, open(one, changed, false)] as const;
      });
      const needless = closing.filter(([, lost]) => lost.length === 0).map(([label]) => label);
      assert.deepEqual(needless, []);
    });
  }
});

function replace(one: Peer, old: Pod, pod: Pod): Peer {
  return one.kind === 'pod' && one.pod === old ? peer(pod) : one;
}
