import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubeObject } from '../gardener/objects.ts';
import { createEvaluator } from './evaluate.ts';
import { readPolicy } from './read-policy.ts';
import { type Flow, kubernetesSemantics, type Labels, type Peer, type Pod, type PolicySemantics } from './types.ts';

function policy(spec: Readonly<Record<string, unknown>>, name = 'p', namespace = 'shop'): KubeObject {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, namespace }, spec };
}

function pod(name: string, differences: Partial<Pod> = {}): Pod {
  const base = { namespace: 'shop', labels: { app: name }, ports: [], hostNetwork: false, node: 'node-1' };
  return { ...base, name, addresses: ['100.96.0.9'], ...differences };
}

const peer = (one: Pod): Peer => ({ kind: 'pod', pod: one });
const outside = (...addresses: string[]): Peer => ({ kind: 'outside', addresses });

interface Question extends Partial<Omit<Flow, 'source' | 'target'>> {
  readonly from: Pod | Peer;
  readonly to: Pod | Peer;
  readonly namespaces?: Readonly<Record<string, Labels>>;
  readonly semantics?: PolicySemantics;
}

function judge(policies: readonly KubeObject[], question: Question) {
  const { from, to, protocol = 'TCP', port = 80, family, namespaces = {}, semantics = kubernetesSemantics } = question;
  const read = policies.map((one) => readPolicy(one).policy);
  const evaluator = createEvaluator({ policies: read, namespaces: new Map(Object.entries(namespaces)), semantics });
  const end = (one: Pod | Peer): Peer => ('kind' in one ? one : peer(one));
  return evaluator.judge({ source: end(from), target: end(to), protocol, port, ...(family && { family }) });
}

const isAllowed = (policies: readonly KubeObject[], question: Question) => judge(policies, question).allowed;

const web = pod('web');
const database = pod('db', { ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }], node: 'node-2' });

describe('isolation', () => {
  test('without policies every flow is allowed at both ends', () => {
    const { allowed, egress, ingress } = judge([], { from: web, to: database });
    assert.deepEqual([allowed, egress.reason, ingress.reason], [true, 'not-isolated', 'not-isolated']);
  });

  test('a policy without policyTypes isolates for ingress, and for egress only with egress rules', () => {
    const ingressOnly = policy({ podSelector: {} });
    assert.equal(judge([ingressOnly], { from: web, to: outside('192.0.2.1') }).egress.reason, 'not-isolated');
    assert.equal(judge([ingressOnly], { from: web, to: database }).ingress.reason, 'no-rule');
    const both = policy({ podSelector: {}, egress: [{}] });
    assert.equal(judge([both], { from: web, to: database }).egress.reason, 'rule');
  });

  test('an empty list of egress rules without policyTypes does not isolate for egress', () => {
    const empty = policy({ podSelector: {}, egress: [] });
    assert.equal(judge([empty], { from: web, to: outside('192.0.2.1') }).allowed, true);
  });

  test('a policy isolates the pods that it selects in its own namespace only', () => {
    const deny = policy({ podSelector: { matchLabels: { app: 'db' } }, policyTypes: ['Ingress'] });
    assert.equal(isAllowed([deny], { from: web, to: database }), false);
    assert.equal(isAllowed([deny], { from: database, to: web }), true);
    assert.equal(isAllowed([deny], { from: web, to: pod('db', { namespace: 'other' }) }), true);
  });

  test('policies add up: one rule that admits the flow suffices, and the verdict names it', () => {
    const deny = policy({ podSelector: {}, policyTypes: ['Ingress'] }, 'deny');
    const allow = policy(
      {
        podSelector: { matchLabels: { app: 'db' } },
        ingress: [
          { from: [{ ipBlock: { cidr: '192.0.2.0/24' } }] },
          { from: [{ podSelector: { matchLabels: { app: 'web' } } }], ports: [{ port: 443 }, { port: 80 }] },
        ],
      },
      'allow',
    );
    const { ingress } = judge([deny, allow], { from: web, to: database });
    assert.deepEqual(
      ingress.isolatedBy.map(({ name }) => name),
      ['deny', 'allow'],
    );
    assert.deepEqual(
      ingress.allowedBy.map((one) => [one.policy.name, one.rule, one.peer, one.port]),
      [['allow', 1, 0, 1]],
    );
  });

  test('egress and ingress must both admit a flow', () => {
    const egress = policy({ podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Egress'] });
    const verdict = judge([egress], { from: web, to: database });
    assert.deepEqual([verdict.allowed, verdict.egress.allowed, verdict.ingress.allowed], [false, false, true]);
  });
});

describe('peers', () => {
  const from = (...peers: object[]) =>
    policy({ podSelector: { matchLabels: { app: 'db' } }, ingress: [{ from: peers }] });

  test('a podSelector alone selects pods in the namespace of the policy', () => {
    const rule = from({ podSelector: { matchLabels: { app: 'web' } } });
    assert.equal(isAllowed([rule], { from: web, to: database }), true);
    assert.equal(isAllowed([rule], { from: { ...web, namespace: 'other' }, to: database }), false);
  });

  test('a namespaceSelector selects by labels of namespaces, and by kubernetes.io/metadata.name without them', () => {
    const byLabel = from({ namespaceSelector: { matchLabels: { team: 'a' } } });
    const stranger = { ...web, namespace: 'other' };
    assert.equal(isAllowed([byLabel], { from: stranger, to: database }), false);
    assert.equal(isAllowed([byLabel], { from: stranger, to: database, namespaces: { other: { team: 'a' } } }), true);
    const byName = from({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'other' } } });
    assert.equal(isAllowed([byName], { from: stranger, to: database }), true);
    assert.equal(isAllowed([byName], { from: web, to: database }), false);
  });

  test('both selectors in one peer must match, two peers are alternatives', () => {
    const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': 'other' } };
    const podSelector = { matchLabels: { app: 'web' } };
    const stranger = pod('stranger', { namespace: 'other' });
    assert.equal(isAllowed([from({ namespaceSelector, podSelector })], { from: stranger, to: database }), false);
    assert.equal(isAllowed([from({ namespaceSelector }, { podSelector })], { from: stranger, to: database }), true);
  });

  test('NotIn and DoesNotExist match pods without the label', () => {
    for (const requirement of [
      { key: 'tier', operator: 'NotIn', values: ['gold'] },
      { key: 'tier', operator: 'DoesNotExist' },
    ])
      assert.equal(
        isAllowed([from({ podSelector: { matchExpressions: [requirement] } })], { from: web, to: database }),
        true,
      );
  });

  test('a label named like a member of objects is not present unless a pod has it', () => {
    const rule = from({ podSelector: { matchExpressions: [{ key: 'constructor', operator: 'Exists' }] } });
    assert.equal(isAllowed([rule], { from: web, to: database }), false);
  });

  test('an ipBlock selects addresses, without those in except', () => {
    const rule = from({ ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.128/25'] } });
    assert.equal(isAllowed([rule], { from: outside('192.0.2.1'), to: database }), true);
    assert.equal(isAllowed([rule], { from: outside('192.0.2.200'), to: database }), false);
    assert.equal(isAllowed([rule], { from: outside('198.51.100.1'), to: database }), false);
  });

  test('an ipBlock of one family does not select addresses of the other', () => {
    const rule = from({ ipBlock: { cidr: '::/0' } });
    const dual = { ...database, addresses: ['100.96.0.9', 'fd00::9'] };
    assert.equal(isAllowed([rule], { from: outside('192.0.2.1'), to: dual }), false);
    assert.equal(isAllowed([rule], { from: outside('2001:db8::1'), to: dual }), true);
    const both = outside('192.0.2.1', '2001:db8::1');
    assert.equal(isAllowed([rule], { from: both, to: dual }), false);
    assert.equal(isAllowed([rule], { from: both, to: dual, family: 'IPv6' }), true);
  });

  test('a pod of a template has any address of the pod range, so that a part of it decides nothing', () => {
    const replica = { ...web, addresses: ['100.96.0.0/11'], workload: 'Deployment shop/web' };
    const narrow = judge([from({ ipBlock: { cidr: '100.96.0.0/16' } })], { from: replica, to: database });
    assert.deepEqual([narrow.allowed, narrow.ingress.dependsOnAddress], [false, true]);
    assert.equal(isAllowed([from({ ipBlock: { cidr: '100.64.0.0/10' } })], { from: replica, to: database }), true);
  });

  test('a peer with a mistake selects nothing', () => {
    for (const mistake of [{}, { ipBlock: { cidr: '10.0.0.0' } }, { podSelector: {}, ipBlock: { cidr: '0.0.0.0/0' } }])
      assert.equal(isAllowed([from(mistake)], { from: web, to: database }), false);
  });
});

describe('ports', () => {
  const ports = (...list: object[]) =>
    policy({ podSelector: {}, policyTypes: ['Ingress'], ingress: [{ ports: list }] });

  test('the protocol of a port is TCP by default', () => {
    assert.equal(isAllowed([ports({ port: 80 })], { from: web, to: database }), true);
    assert.equal(isAllowed([ports({ port: 80 })], { from: web, to: database, protocol: 'UDP' }), false);
    assert.equal(
      isAllowed([ports({ port: 80, protocol: 'SCTP' })], { from: web, to: database, protocol: 'SCTP' }),
      true,
    );
  });

  test('a protocol without a port admits all of its ports', () => {
    assert.equal(isAllowed([ports({ protocol: 'UDP' })], { from: web, to: database, protocol: 'UDP', port: 9 }), true);
  });

  test('endPort admits the range with both ends', () => {
    const range = ports({ port: 8000, endPort: 8010 });
    const admitted = [7999, 8000, 8010, 8011].map((port) => isAllowed([range], { from: web, to: database, port }));
    assert.deepEqual(admitted, [false, true, true, false]);
  });

  test('a name is a port of the containers of the target with the same protocol, also in rules for egress', () => {
    const named = [{ port: 'sql' }];
    const egress = policy({ podSelector: {}, policyTypes: ['Egress'], egress: [{ ports: named }] });
    for (const rule of [ports(...named), egress]) {
      assert.equal(isAllowed([rule], { from: web, to: database, port: 5432 }), true);
      assert.equal(isAllowed([rule], { from: web, to: database, port: 80 }), false);
      assert.equal(isAllowed([rule], { from: web, to: database, port: 5432, protocol: 'UDP' }), false);
    }
    assert.equal(isAllowed([egress], { from: web, to: outside('192.0.2.1'), port: 5432 }), false);
  });
});

describe('nodes and the pod itself', () => {
  const denyAll = policy({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  const agent = pod('agent', { hostNetwork: true, addresses: ['10.250.0.1'] });

  test('a pod reaches itself, but not another replica of its workload', () => {
    assert.equal(isAllowed([denyAll], { from: web, to: web }), true);
    const replica = { ...web, workload: 'Deployment shop/web' };
    assert.equal(isAllowed([denyAll], { from: replica, to: replica }), false);
  });

  test('no policy selects pods in the network of their node', () => {
    const { egress, ingress } = judge([denyAll], { from: agent, to: { ...agent, name: 'other' } });
    assert.deepEqual([egress.reason, ingress.reason], ['not-selectable', 'not-selectable']);
  });

  test('a pod in the network of its node is its node for rules: an address without labels', () => {
    const byLabels = policy({
      podSelector: { matchLabels: { app: 'db' } },
      ingress: [{ from: [{ podSelector: {} }] }],
    });
    const byAddress = policy({
      podSelector: { matchLabels: { app: 'db' } },
      ingress: [{ from: [{ ipBlock: { cidr: '10.250.0.0/16' } }] }],
    });
    assert.equal(isAllowed([byLabels], { from: agent, to: database }), false);
    assert.equal(isAllowed([byAddress], { from: agent, to: database }), true);
  });

  test('the node of a pod reaches it, as probes of kubelet do', () => {
    assert.equal(judge([denyAll], { from: agent, to: web }).ingress.reason, 'own-node');
    assert.equal(
      isAllowed([denyAll], { from: { kind: 'node', name: 'node-1', addresses: ['10.250.0.1'] }, to: web }),
      true,
    );
    assert.equal(isAllowed([denyAll], { from: agent, to: database }), false);
  });

  test('implementations decide whether a pod reaches its node, and what ipBlock selects', () => {
    const strict: PolicySemantics = {
      ipBlockSelectsPods: false,
      ipBlockSelectsNodes: 'except-everything',
      ownNodeIsReachable: false,
    };
    const everything = policy({
      podSelector: {},
      policyTypes: ['Egress'],
      egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }],
    });
    const nodes = policy({
      podSelector: {},
      policyTypes: ['Egress'],
      egress: [{ to: [{ ipBlock: { cidr: '10.250.0.0/16' } }] }],
    });
    const reachable = (rule: KubeObject, to: Pod | Peer) =>
      [kubernetesSemantics, strict].map((semantics) => isAllowed([rule], { from: web, to, semantics }));
    assert.deepEqual(reachable(denyAll, agent), [true, false]);
    assert.deepEqual(reachable(everything, database), [true, false]);
    assert.deepEqual(reachable(everything, outside('192.0.2.1')), [true, true]);
    assert.deepEqual(reachable(everything, { ...agent, node: 'node-2' }), [true, false]);
    assert.deepEqual(reachable(nodes, { ...agent, node: 'node-2' }), [true, true]);
  });
});
