/**
 * The evaluator decides as Cilium and Calico themselves do: the classes of the data plane suite about policies run here on a stage that asks the
 * evaluator in place of sending packets. `make test-dataplane` measures the same flows on the CNIs (docs/reference/dataplane.md#policies).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { cniSemantics } from '../../pkg/networkpolicy/cni.ts';
import { createEvaluator } from '../../pkg/networkpolicy/evaluate.ts';
import type { NetworkPolicy, Peer, Pod, PolicySemantics, Protocol } from '../../pkg/networkpolicy/types.ts';
import type { DataPathClass } from '../dataplane/classes/class.ts';
import { gardenerPolicies } from '../dataplane/classes/gardener-policies.ts';
import { calicoPolicies, policies } from '../dataplane/classes/policies.ts';
import { renderNetwork } from '../dataplane/cni/rendering.ts';
import type { ServiceInput, Stage } from '../dataplane/stage.ts';
import { readRenderedPolicies } from './cilium-policy.ts';

type Place = Awaited<ReturnType<Stage['pod']>> | Stage['outside'];

/** Default port of the servers of the suite. */
const serverPort = 8_080;

/** Returns the titles of the flows with which a stage of the suite and the evaluator disagree, and the number of flows. */
async function disagreements(
  dataPath: DataPathClass,
  semantics: PolicySemantics,
): Promise<{ readonly flows: number; readonly different: readonly string[] }> {
  const stored = new Map<string, NetworkPolicy>();
  const apply = (objects: readonly KubeObject[]): void => {
    for (const policy of readRenderedPolicies(objects)) stored.set(`${policy.namespace}/${policy.name}`, policy);
  };
  apply(rendered(dataPath));
  const pods = new Map<unknown, Peer>();
  const services = new Map<string, ServiceInput>();
  const nodes = [1, 2].map((number) => ({ name: `node-${number}`, addresses: { ipv4: `10.250.0.${number}` } }));
  const at = (index: number) => nodes[index] ?? assert.fail(`no node ${index}`);
  const outside = { name: 'outside', addresses: { ipv4: '192.0.2.10' } } as Place;
  pods.set(outside, { kind: 'outside', addresses: ['192.0.2.10'] });

  const judge = (flow: Parameters<Stage['reaches']>[1]): boolean => {
    const service = typeof flow.to === 'string' ? services.get(flow.to) : undefined;
    const [backend] = service?.pods ?? [];
    const target = pods.get(backend ?? flow.to);
    const source = pods.get(flow.from);
    if (source === undefined || target === undefined) throw new Error('the flow has an unknown end');
    const port = service === undefined ? (flow.port ?? serverPort) : (service.targetPort ?? serverPort);
    const evaluator = createEvaluator({ policies: [...stored.values()], namespaces: new Map(), semantics });
    const protocol = (flow.protocol ?? 'tcp').toUpperCase() as Protocol;
    return evaluator.judge({ source, target, port, protocol }).allowed;
  };
  const different: string[] = [];
  let flows = 0;
  const expect = (title: string, isAllowed: boolean, flow: Parameters<Stage['reaches']>[1]): void => {
    flows += 1;
    if (judge(flow) !== isAllowed) different.push(title);
  };

  await dataPath.run({
    cluster: { nodes, api: { apply: async (objects: readonly KubeObject[]) => apply(objects) } },
    outside,
    pod: async (name: string, node: number, { namespace = 'default', labels = {} } = {}) => {
      const place = { name } as Place;
      const base = { namespace, name, labels, ports: [], hostNetwork: false, node: at(node).name };
      const pod: Pod = { ...base, addresses: [`100.64.${node}.${pods.size}`] };
      pods.set(place, { kind: 'pod', pod });
      return place;
    },
    onNode: async (index: number) => {
      const { name, addresses } = at(index);
      const place = { name, addresses } as Place;
      pods.set(place, { kind: 'node', name, addresses: [addresses.ipv4] });
      return place;
    },
    service: async (service: ServiceInput) => {
      for (const address of service.addresses) services.set(address, service);
    },
    reaches: async (title: string, flow: Parameters<Stage['reaches']>[1]) => expect(title, true, flow),
    dead: async (title: string, flow: Parameters<Stage['dead']>[1]) => expect(title, false, flow),
  } as unknown as Stage);
  return { flows, different };
}

function rendered({ documents }: DataPathClass): readonly KubeObject[] {
  const result = renderNetwork(documents);
  if (result === undefined) throw new Error('nothing is rendered for the class');
  return result.objects;
}

const measured = [
  { dataPath: policies, cni: 'cilium' },
  { dataPath: gardenerPolicies, cni: 'cilium' },
  { dataPath: calicoPolicies, cni: 'calico' },
] as const;

for (const { dataPath, cni } of measured)
  test(`agrees with the flows of class ${dataPath.name} that ${cni} is measured with`, async () => {
    const { flows, different } = await disagreements(dataPath, cniSemantics[cni]);
    assert.ok(flows >= 14, `${flows} flows`);
    assert.deepEqual(different, []);
  });

test('each reading of Cilium that differs from the API decides flows of the suite', async () => {
  const { cilium } = cniSemantics;
  const changed: readonly (readonly [string, PolicySemantics])[] = [
    ['pods by ipBlock', { ...cilium, ipBlockSelectsPods: true }],
    ['nodes by 0.0.0.0/0', { ...cilium, ipBlockSelectsNodes: 'all' }],
    ['no nodes by ipBlock', { ...cilium, ipBlockSelectsNodes: 'none' }],
  ];
  const found = await Promise.all(
    changed.map(async ([name, semantics]) => [name, (await disagreements(policies, semantics)).different] as const),
  );
  assert.deepEqual(Object.fromEntries(found), {
    'pods by ipBlock': [
      'egress to ipBlock 0.0.0.0/0: client to server, which is a pod',
      'egress to ipBlock of the pod range: client to server',
    ],
    'nodes by 0.0.0.0/0': ['egress to ipBlock 0.0.0.0/0: client to another node'],
    'no nodes by ipBlock': [
      "egress to ipBlock of the nodes' range: client to another node",
      'egress to ipBlock of a node: client to this node',
    ],
  });
});
