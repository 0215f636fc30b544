import type { PolicyEnvironment } from './environment.ts';

/** What a CNI makes of policies beyond the text of the Kubernetes API. */
export interface PolicyEffect {
  readonly code: string;
  /** One sentence for owners of shoots. */
  readonly text: string;
  /** Where the rule comes from: sources of the CNI in its shipped version, Gardener, or a measurement. */
  readonly source: string;
}

interface EffectRule {
  readonly source: string;
  /** Returns the sentence for an environment; undefined where the rule does not apply. */
  readonly text: (environment: PolicyEnvironment) => string | undefined;
}

/** Address at which NodeLocalDNS of Gardener listens on each node (pkg/component/networking/nodelocaldns/constants). */
export const nodeLocalDNSAddresses: readonly string[] = ['169.254.20.10', 'fd30:1319:f1e:230b::1'];

const isCilium = ({ cni }: PolicyEnvironment): boolean => cni === 'cilium';

/** The rules by code, in the order of docs/usage/network-policy-rules.md. */
export const effectRules = {
  'effect-ip-block-pods': {
    source: 'Cilium pkg/ipcache/metadata.go (resolveLabels); measured, docs/reference/dataplane.md#policies',
    text: (environment) =>
      isCilium(environment)
        ? 'ipBlock does not admit pods, whatever their addresses are: use podSelector and namespaceSelector'
        : undefined,
  },
  'effect-ip-block-nodes': {
    source:
      'Cilium pkg/policy/types/selector.go, policy-cidr-match-mode nodes; measured, docs/reference/dataplane.md#policies',
    text: (environment) =>
      isCilium(environment)
        ? 'ipBlock 0.0.0.0/0 and ::/0 admit addresses outside of the cluster only; smaller ranges also admit nodes'
        : undefined,
  },
  'effect-services': {
    source:
      'Cilium bpf/bpf_lxc.c, Calico felix/bpf-gpl; chains of kube-proxy in table nat precede those of Felix in table filter',
    text: ({ services }) =>
      `addresses of Services are translated before policies decide (${services}): rules need the pods of a Service and their ports, never its address and port`,
  },
  'effect-own-node': {
    source: 'Cilium daemon/cmd/daemon.go (allow-localhost), Calico felix/rules/static.go (filterWorkloadToHostChain)',
    text: () =>
      'the node of a pod always reaches the pod; from the pod to its node, policies for egress apply, unlike in the text of the API',
  },
  'effect-host-network': {
    source: 'kubernetes.io, concept Network Policies, NetworkPolicy and hostNetwork pods',
    text: () => 'no policy selects pods with hostNetwork; for other pods they are their node',
  },
  'effect-node-address': {
    source:
      'the tunnel device of a Calico node has an address of the pod range, which packets of the node for pods of other nodes have',
    text: ({ cni, overlay }) =>
      cni === 'calico' && overlay
        ? 'requests of other nodes have addresses of the pod range, since they leave through the tunnel: an ipBlock of the node range does not admit them'
        : undefined,
  },
  'effect-client-address': {
    source:
      'kube-proxy and Cilium (bpf-lb-mode snat) masquerade; Calico with eBPF and Cilium with DSR keep the address',
    text: ({ keepsClientAddress }) =>
      keepsClientAddress
        ? undefined
        : 'clients outside of the cluster have the address of a node behind Services with externalTrafficPolicy Cluster: an ipBlock with their address admits them only with externalTrafficPolicy Local',
  },
  'effect-dns-on-node': {
    source: 'Gardener pkg/component/networking/nodelocaldns: hostNetwork, the link-local address and that of kube-dns',
    text: ({ dns, dnsAddresses }) =>
      dns === 'on-node'
        ? `NodeLocalDNS answers DNS requests in the network of the node: rules for DNS need ipBlocks of ${[nodeLocalDNSAddresses[0], ...dnsAddresses].join(' and ')} with port 53, beside the pods of kube-dns`
        : undefined,
  },
  'effect-dns-local-pods': {
    source:
      'Cilium pkg/loadbalancer/redirectpolicy: the backend of kube-dns is the pod of NodeLocalDNS on the node, port 53',
    text: ({ dns }) =>
      dns === 'local-pods'
        ? 'NodeLocalDNS answers DNS requests as pods k8s-app=node-local-dns in kube-system: rules for DNS need these pods with port 53, beside those of kube-dns'
        : undefined,
  },
  'effect-dns-port': {
    source: 'Gardener pkg/component/networking/coredns: Service port 53, target port 8053',
    text: () =>
      'CoreDNS serves port 8053 in its pods: rules with pods of kube-dns need port 8053, as policies see connections after the Service; port 53 admits nothing',
  },
  'effect-dns-open': {
    source: 'docs/usage/limits.md#dns-policies-with-calico: FELIX_CHAININSERTMODE Append',
    text: ({ dnsIsOpen }) =>
      dnsIsOpen
        ? 'policies cannot block DNS requests to NodeLocalDNS: without overlay, its rules accept them before those of Felix are evaluated'
        : undefined,
  },
  'effect-end-port': {
    source: 'Calico libcalico-go/lib/backend/k8s/conversion (EndPort), Cilium pkg/k8s/network_policy.go (EndPort)',
    text: () => 'endPort works',
  },
  'effect-sctp': {
    source: 'Cilium bpf/lib/conntrack.h (DROP_CT_UNKNOWN_PROTO without ENABLE_SCTP), enable-sctp false',
    text: ({ sctp }) =>
      sctp
        ? 'rules with protocol SCTP work'
        : 'SCTP does not work at all, with and without policies: packets are dropped',
  },
  'effect-gateways': {
    source:
      'Cilium pkg/labels/labels.go (reserved:ingress), the identity of requests from Envoy to pods behind a Gateway',
    text: ({ gateways }) =>
      gateways
        ? 'requests through a Gateway come from the entity ingress, which selectors and ranges do not admit: use a rule without from, or a CiliumNetworkPolicy with fromEntities: [ingress]'
        : undefined,
  },
  'effect-audit': {
    source: 'Cilium policy-audit-mode',
    text: ({ auditOnly }) =>
      auditOnly ? 'policyAuditMode is on: policies are logged, and nothing is denied' : undefined,
  },
  'effect-admin-policies': {
    source: 'docs/usage/versions.md; Cilium has no controller for policy.networking.k8s.io',
    text: (environment) =>
      isCilium(environment)
        ? 'AdminNetworkPolicy and BaselineAdminNetworkPolicy have no effect'
        : 'AdminNetworkPolicy decides before and BaselineAdminNetworkPolicy after NetworkPolicies; the next version of Calico ignores both, see docs/usage/versions.md',
  },
  'effect-other-policies': {
    source:
      'Calico libcalico-go/lib/backend/k8s/conversion (order 1000 in tier default); Cilium pkg/policy: all rules add up, a deny wins',
    text: (environment) =>
      isCilium(environment)
        ? 'CiliumNetworkPolicies add to NetworkPolicies, and their deny rules win'
        : 'tiers of Calico decide in their order; NetworkPolicies are in tier default with order 1000, after Calico policies with a smaller order',
  },
} as const satisfies Readonly<Record<string, EffectRule>>;

export type EffectCode = keyof typeof effectRules;

/** Returns the rules that apply in an environment. */
export function policyEffects(environment: PolicyEnvironment): readonly PolicyEffect[] {
  return Object.entries(effectRules).flatMap(([code, { source, text }]) => {
    const sentence = text(environment);
    return sentence === undefined ? [] : [{ code, text: sentence, source }];
  });
}
