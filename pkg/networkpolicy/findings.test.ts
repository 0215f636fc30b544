import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubeObject } from '../gardener/objects.ts';
import type { PolicyCluster } from './cluster.ts';
import type { PolicyEnvironment } from './environment.ts';
import { findPolicyProblems } from './findings.ts';
import { readPolicy } from './read-policy.ts';
import { readNamespaces, readPods } from './read-workloads.ts';
import { policyRules } from './rules.ts';
import { readServices } from './services.ts';

const calico: PolicyEnvironment = {
  cni: 'calico',
  podRanges: ['100.96.0.0/11'],
  nodeRanges: ['10.250.0.0/16'],
  serviceRanges: ['100.64.0.0/13'],
  dnsAddresses: ['100.64.0.10'],
  dns: 'pods',
  dnsIsOpen: false,
  overlay: true,
  services: 'kube-proxy',
  keepsClientAddress: false,
  auditOnly: false,
  sctp: true,
  gateways: false,
};
const cilium: PolicyEnvironment = { ...calico, cni: 'cilium', services: 'eBPF', sctp: false };

function policy(spec: object, metadata: object = {}): KubeObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'p', namespace: 'shop', ...metadata },
    spec,
  };
}

function pod(
  name: string,
  options: { readonly labels?: object; readonly namespace?: string; readonly spec?: object } = {},
): KubeObject {
  const { labels = { app: name }, namespace = 'shop', spec = {} } = options;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: labels as Record<string, string> },
    spec,
  };
}

const namespace = (name: string, labels: Readonly<Record<string, string>> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});

const service = (name: string, spec: object): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'shop' },
  spec: { selector: { app: 'web' }, ports: [{ port: 443, targetPort: 9_443 }], ...spec },
});

const webhook: KubeObject = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'check' },
  webhooks: [{ name: 'a', clientConfig: { service: { namespace: 'shop', name: 'hook' } } }],
};

function find(objects: readonly KubeObject[], options: Partial<PolicyCluster> = {}) {
  const policies = objects.filter(
    ({ kind, apiVersion }) => kind === 'NetworkPolicy' && apiVersion === 'networking.k8s.io/v1',
  );
  const found = findPolicyProblems({
    objects,
    policies: policies.map((object) => ({ object, ...readPolicy(object) })),
    pods: readPods({ objects }),
    namespaces: readNamespaces(objects),
    services: readServices(objects),
    ...options,
  });
  return found.map(({ code, path, message }) => `${code}: ${path}: ${message}`);
}

const web = pod('web');
const to = (...peers: object[]) =>
  policy({
    podSelector: {},
    policyTypes: ['Egress'],
    egress: [{ to: peers }, { ports: [{ port: 8_053, protocol: 'UDP' }] }],
  });
const from = (...peers: object[]) => policy({ podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: peers }] });
const onNode: PolicyEnvironment = { ...calico, dns: 'on-node' };

/** By code: an input with one finding, and inputs without one. */
const table: Readonly<
  Record<
    keyof typeof policyRules,
    { readonly found: readonly [string, readonly string[]]; readonly silent: readonly (readonly string[])[] }
  >
> = {
  'policy-invalid': {
    found: [
      'policy-invalid: spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
      find([policy({ podSelector: {}, policyTypes: ['Ingress'], ingress: [{ ports: [{ port: 0 }] }] })]),
    ],
    silent: [find([policy({ podSelector: {}, policyTypes: ['Ingress'], ingress: [{ ports: [{ port: 1 }] }] })])],
  },
  'policy-types-missing': {
    found: [
      'policy-types-missing: spec.policyTypes: the policy denies all ingress and no egress: the empty list of egress rules has no effect',
      find([policy({ podSelector: {}, egress: [] })]),
    ],
    silent: [
      find([policy({ podSelector: {}, ingress: [], egress: [{}] })]),
      find([policy({ podSelector: {}, policyTypes: ['Egress'], egress: [{}] })]),
    ],
  },
  'policy-selects-nothing': {
    found: [
      'policy-selects-nothing: spec.podSelector: no pod of namespace "shop" has the labels',
      find([policy({ podSelector: { matchLabels: { app: 'db' } }, policyTypes: ['Ingress'] }), web]),
    ],
    silent: [
      find([policy({ podSelector: {}, policyTypes: ['Ingress'] }), web]),
      find([policy({ podSelector: { matchLabels: { app: 'db' } }, policyTypes: ['Ingress'] })]),
    ],
  },
  'policy-host-network': {
    found: [
      'policy-host-network: spec.podSelector: the policy has no effect on pod shop/web',
      find([policy({ podSelector: {}, policyTypes: ['Ingress'] }), pod('web', { spec: { hostNetwork: true } })]),
    ],
    silent: [
      find([
        policy({ podSelector: { matchLabels: { app: 'db' } }, policyTypes: ['Ingress'] }),
        pod('web', { spec: { hostNetwork: true } }),
        pod('db'),
      ]),
    ],
  },
  'policy-namespace-label-unknown': {
    found: [
      'policy-namespace-label-unknown: spec.ingress[0].from[0].namespaceSelector: no namespace has "name=ingress-nginx"',
      find([from({ namespaceSelector: { matchLabels: { name: 'ingress-nginx' } } }), web, namespace('ingress-nginx')]),
    ],
    silent: [
      find([
        from({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } }),
        web,
        namespace('ingress-nginx'),
      ]),
      find([
        from({ namespaceSelector: { matchLabels: { 'gardener.cloud/purpose': 'kube-system' } } }),
        web,
        namespace('other'),
      ]),
      // Without Namespaces in the input their labels are not known.
      find([from({ namespaceSelector: { matchLabels: { name: 'ingress-nginx' } } }), web]),
    ],
  },
  'policy-egress-without-dns': {
    found: [
      'policy-egress-without-dns: spec.egress: no rule for egress of pod shop/web admits NodeLocalDNS in the network of the node, port 53',
      find([policy({ podSelector: {}, policyTypes: ['Egress'] }), web], { environment: onNode }),
    ],
    silent: [
      find([policy({ podSelector: {}, policyTypes: ['Ingress'] }), web], { environment: onNode }),
      find([to({ ipBlock: { cidr: '100.64.0.10/32' } }), web], { environment: onNode }),
      find([policy({ podSelector: {}, policyTypes: ['Egress'] }), pod('web', { spec: { hostNetwork: true } })]).filter(
        (one) => !one.startsWith('policy-host-network'),
      ),
    ],
  },
  'policy-dns-not-blocked': {
    found: [
      'policy-dns-not-blocked: spec.policyTypes: pod shop/web can resolve names, although no rule admits it',
      find([policy({ podSelector: {}, policyTypes: ['Egress'] }), web], {
        environment: { ...onNode, dnsIsOpen: true },
      }),
    ],
    silent: [find([to({ ipBlock: { cidr: '100.64.0.0/10' } }), web], { environment: { ...onNode, dnsIsOpen: true } })],
  },
  'policy-ip-block-without-effect': {
    found: [
      'policy-ip-block-without-effect: spec.egress[0].to[0].ipBlock.cidr: 100.96.3.0/24 is in the range of pods, which Cilium does not select by addresses',
      find([to({ ipBlock: { cidr: '100.96.3.0/24' } }), web], { environment: cilium }),
    ],
    silent: [
      find([to({ ipBlock: { cidr: '100.96.3.0/24' } }), web], { environment: calico }),
      find([to({ ipBlock: { cidr: '10.250.0.0/16' } }), web], { environment: cilium }),
      find([to({ ipBlock: { cidr: '100.64.0.10/32' } }), web], { environment: onNode }),
    ],
  },
  'policy-client-address': {
    found: [
      'policy-client-address: spec.ingress[0].from[0].ipBlock: behind Service shop/front clients have addresses of nodes, so that 192.0.2.0/24 does not admit them',
      find([from({ ipBlock: { cidr: '192.0.2.0/24' } }), web, service('front', { type: 'LoadBalancer' })], {
        environment: calico,
      }),
    ],
    silent: [
      find(
        [
          from({ ipBlock: { cidr: '192.0.2.0/24' } }),
          web,
          service('front', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' }),
        ],
        { environment: calico },
      ),
      find([from({ ipBlock: { cidr: '192.0.2.0/24' } }), web, service('front', { type: 'LoadBalancer' })], {
        environment: { ...calico, keepsClientAddress: true },
      }),
      find([from({ ipBlock: { cidr: '0.0.0.0/0' } }), web, service('front', { type: 'LoadBalancer' })], {
        environment: calico,
      }),
      find([from({ ipBlock: { cidr: '192.0.2.0/24' } }), web, service('front', {})], { environment: calico }),
    ],
  },
  'policy-sctp': {
    found: [
      'policy-sctp: spec.ingress[0].ports[0].protocol: Cilium drops SCTP in this shoot',
      find([policy({ podSelector: {}, policyTypes: ['Ingress'], ingress: [{ ports: [{ protocol: 'SCTP' }] }] }), web], {
        environment: cilium,
      }),
    ],
    silent: [
      find([policy({ podSelector: {}, policyTypes: ['Ingress'], ingress: [{ ports: [{ protocol: 'SCTP' }] }] }), web], {
        environment: calico,
      }),
    ],
  },
  'policy-cuts-webhook': {
    found: [
      'policy-cuts-webhook: spec.ingress: ValidatingWebhookConfiguration check calls shop/web at port 9443, and no rule for ingress admits the API server',
      find([policy({ podSelector: {}, policyTypes: ['Ingress'] }), web, service('hook', {}), webhook]),
    ],
    silent: [
      find([
        from({
          namespaceSelector: { matchLabels: { 'gardener.cloud/purpose': 'kube-system' } },
          podSelector: { matchLabels: { app: 'vpn-shoot' } },
        }),
        web,
        service('hook', {}),
        webhook,
      ]),
      find([policy({ podSelector: {}, policyTypes: ['Egress'], egress: [{}] }), web, service('hook', {}), webhook]),
    ],
  },
  'policy-cuts-system': {
    found: [
      'policy-cuts-system: spec.egress: pod kube-system/csi cannot reach the API server',
      find([pod('csi', { namespace: 'kube-system' })], { environment: calico, deniesInSystem: true }),
    ],
    silent: [
      find([pod('csi', { namespace: 'kube-system' })], { environment: calico, deniesInSystem: false }),
      find(
        [pod('csi', { namespace: 'kube-system', labels: { 'networking.gardener.cloud/to-apiserver': 'allowed' } })],
        { environment: calico, deniesInSystem: true },
      ),
    ],
  },
  'policy-not-judged': {
    found: [
      'policy-not-judged: : 1 of kind AdminNetworkPolicy (policy.networking.k8s.io/v1alpha1) is not judged: AdminNetworkPolicy and BaselineAdminNetworkPolicy have no effect',
      find([{ apiVersion: 'policy.networking.k8s.io/v1alpha1', kind: 'AdminNetworkPolicy', metadata: { name: 'a' } }], {
        environment: cilium,
      }),
    ],
    silent: [find([policy({ podSelector: {}, policyTypes: ['Ingress'] })], { environment: cilium })],
  },
  'policy-audit-only': {
    found: [
      'policy-audit-only: spec: Cilium logs what this and other policies deny, and forwards it',
      find([policy({ podSelector: {}, policyTypes: ['Ingress'] })], { environment: { ...cilium, auditOnly: true } }),
    ],
    silent: [find([policy({ podSelector: {}, policyTypes: ['Ingress'] })], { environment: cilium })],
  },
};

describe('findings about policies', () => {
  for (const [code, { found, silent }] of Object.entries(table))
    test(`${code} is reported where it applies, and not elsewhere`, () => {
      const [expected, actual] = found;
      assert.deepEqual(actual, [expected]);
      for (const [index, none] of silent.entries()) assert.deepEqual(none, [], `case ${index} without a finding`);
    });

  test('every rule has a case', () => {
    assert.deepEqual(Object.keys(table).sort(), Object.keys(policyRules).sort());
  });

  test('policies of Calico itself are not judged', () => {
    const other: KubeObject = {
      apiVersion: 'crd.projectcalico.org/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'a', namespace: 'shop' },
    };
    assert.equal(find([other], { environment: calico }).length, 1);
  });
});
