import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readPolicies } from '../../test/policies/compare.ts';
import { randomScenarios } from '../../test/policies/scenarios.ts';
import type { KubeObject } from '../gardener/objects.ts';
import { clusterEvaluator } from './cluster.ts';
import type { PolicyEnvironment } from './environment.ts';
import { createEvaluator } from './evaluate.ts';
import { findPolicyProblems } from './findings.ts';
import { createMatrix } from './matrix.ts';
import { readPolicy } from './read-policy.ts';
import { readNamespaces, readPods } from './read-workloads.ts';
import { readServices } from './services.ts';

const environment: PolicyEnvironment = {
  cni: 'cilium',
  podRanges: ['100.96.0.0/11'],
  nodeRanges: ['10.250.0.0/16'],
  serviceRanges: ['100.64.0.0/13'],
  dnsAddresses: ['100.64.0.10'],
  dns: 'local-pods',
  dnsIsOpen: false,
  overlay: true,
  services: 'eBPF',
  keepsClientAddress: false,
  auditOnly: true,
  sctp: false,
  gateways: false,
};

const words = fc.constantFrom(
  'Ingress',
  'TCP',
  'In',
  'web',
  '10.0.0.0/8',
  80,
  0,
  null,
  true,
  'constructor',
  '__proto__',
);

const members =
  'podSelector policyTypes ingress egress from to ports port endPort protocol ipBlock cidr except namespaceSelector matchLabels matchExpressions key operator values template metadata labels spec containers containerPort selector clusterIPs hostNetwork webhooks clientConfig service name namespace'.split(
    ' ',
  );

/** JSON with the members of policies, pods and Services at places where they may not belong. */
const anything = fc.letrec<{ readonly value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 7, withCrossShrink: true },
    words,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...members), tie('value'), { maxKeys: 6 }),
  ),
})).value;

const kinds = [
  ['networking.k8s.io/v1', 'NetworkPolicy'],
  ['v1', 'Pod'],
  ['apps/v1', 'Deployment'],
  ['v1', 'Service'],
  ['v1', 'Namespace'],
  ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'],
] as const;

test('objects of any content have findings and a matrix, without an exception', () => {
  const object = fc.tuple(fc.constantFrom(...kinds), anything, anything, anything, anything).map(
    ([[apiVersion, kind], spec, labels, owners, webhooks]) =>
      ({
        apiVersion,
        kind,
        metadata: { name: 'a', namespace: 'shop', labels, ownerReferences: owners },
        spec,
        status: spec,
        webhooks,
      }) as unknown as KubeObject,
  );
  fc.assert(
    fc.property(fc.array(object, { maxLength: 5 }), (objects) => {
      const cluster = {
        objects,
        policies: objects
          .filter(({ kind }) => kind === 'NetworkPolicy')
          .map((one) => ({ object: one, ...readPolicy(one) })),
        pods: readPods({ objects }),
        namespaces: readNamespaces(objects),
        services: readServices(objects),
        environment,
      };
      findPolicyProblems(cluster);
      createMatrix(clusterEvaluator(cluster), cluster.pods);
    }),
    { numRuns: 5_000 },
  );
});

test('a further policy that isolates closes flows only, and a further rule opens flows only', () => {
  for (const { policies, namespaces, flows } of randomScenarios(4_000, 11)) {
    const read = readPolicies(policies);
    const [first, ...others] = read;
    if (first === undefined) continue;
    const open = { peers: [], ports: [] };
    const allows = (some: typeof read) => {
      const evaluator = createEvaluator({ policies: some, namespaces });
      return flows.map((flow) => evaluator.judge(flow).allowed);
    };
    const before = allows(read);
    const isolating = { ...first, podSelector: {}, ingress: [], egress: [] };
    assert.ok(allows([...read, isolating]).every((allowed, index) => !allowed || before[index] === true));
    const wider = {
      ...first,
      ...(first.ingress && { ingress: [...first.ingress, open] }),
      ...(first.egress && { egress: [...first.egress, open] }),
    };
    assert.ok(allows([wider, ...others]).every((allowed, index) => allowed || before[index] === false));
  }
});
