import type { DiagnosticRules } from '../network/diagnostics.ts';

const page = 'docs/usage/network-policies.md';
const rulesPage = 'docs/usage/network-policy-rules.md';

/** The findings of `netext policy check`. */
export const policyRules = {
  'policy-audit-only': {
    severity: 'warning',
    title: 'Policies deny nothing in this shoot',
    reason: 'With policyAuditMode Cilium evaluates policies and logs the verdicts, but forwards all packets.',
    remedy: 'Set policyAuditMode to false, when the logged verdicts are as intended.',
    page: 'docs/usage/cilium.md',
  },
  'policy-client-address': {
    severity: 'warning',
    title: 'A rule for addresses of clients sees addresses of nodes',
    reason:
      'Behind a Service of type LoadBalancer or NodePort with externalTrafficPolicy Cluster, requests from outside have the address of the node that received them.',
    remedy:
      'Set externalTrafficPolicy to Local in the Service, or limit the clients with spec.loadBalancerSourceRanges.',
    page: `${rulesPage}#addresses`,
  },
  'policy-cuts-system': {
    severity: 'warning',
    title: 'A pod in kube-system does not reach the API server',
    reason:
      'Policies isolate the pod for egress, such as Gardener’s deny-all from Kubernetes 1.33 on, and no rule admits port 443.',
    remedy: 'Add the label networking.gardener.cloud/to-apiserver: allowed to the pods, or a policy of their own.',
    page: `${rulesPage}#kube-system`,
  },
  'policy-cuts-webhook': {
    severity: 'warning',
    title: 'The API server does not reach a webhook',
    reason:
      'The API server runs in the seed. Its requests arrive from the pods app=vpn-shoot in kube-system, which no rule for ingress admits, so that they fail.',
    remedy: 'Admit the pods app=vpn-shoot of namespace kube-system at the port of the webhook.',
    page: `${page}#webhooks`,
  },
  'policy-dns-not-blocked': {
    severity: 'warning',
    title: 'A policy cannot block DNS requests in this shoot',
    reason:
      'Without overlay, the rules of NodeLocalDNS accept DNS requests before Calico evaluates policies. The pods resolve names although no rule admits it.',
    remedy: 'If names must not be resolved, use dnsPolicy: Default in the pods, the overlay, or no NodeLocalDNS.',
    page: 'docs/usage/limits.md#dns-policies-with-calico',
  },
  'policy-egress-without-dns': {
    severity: 'warning',
    title: 'Isolated pods cannot resolve names',
    reason: 'Policies isolate the pods for egress, and no rule admits the server that answers their DNS requests.',
    remedy: 'Admit the DNS servers of the cluster.',
    page: `${page}#deny-all-with-dns`,
  },
  'policy-host-network': {
    severity: 'warning',
    title: 'A policy selects pods with hostNetwork',
    reason:
      'Such pods have the address and the identity of their node, which policies do not select, so that nothing is denied.',
    remedy: 'Run the pods without hostNetwork, or exclude them from the podSelector.',
    page: `${rulesPage}#nodes`,
  },
  'policy-invalid': {
    severity: 'error',
    title: 'The API server would reject the policy',
    reason: 'A field of the policy has no valid value.',
    remedy: 'Correct the field.',
  },
  'policy-ip-block-without-effect': {
    severity: 'warning',
    title: 'An ipBlock admits nothing',
    reason:
      'Cilium does not select pods by addresses, and addresses of Services are translated to those of pods before any CNI evaluates policies.',
    remedy: 'Select the pods with podSelector and namespaceSelector.',
    page: `${rulesPage}#addresses`,
  },
  'policy-namespace-label-unknown': {
    severity: 'warning',
    title: 'A namespaceSelector selects no namespace',
    reason: 'No namespace of the input has the labels, so that the rule admits nothing.',
    remedy: 'Correct the label, or use kubernetes.io/metadata.name, which every namespace has.',
    page: `${page}#tenants`,
  },
  'policy-not-judged': {
    severity: 'warning',
    title: 'Other policies of the input may change the verdicts',
    reason: 'The command decides by NetworkPolicies of networking.k8s.io/v1 only.',
    remedy: 'Compare with the order of the CNI.',
    page: `${rulesPage}#other-policies`,
  },
  'policy-sctp': {
    severity: 'warning',
    title: 'A rule for SCTP has no effect',
    reason: 'Cilium is configured without SCTP, so that it drops all packets of this protocol.',
    remedy: 'Use Calico for workloads with SCTP.',
    page: `${rulesPage}#protocols-and-ports`,
  },
  'policy-selects-nothing': {
    severity: 'warning',
    title: 'A policy selects no pod',
    reason: 'No pod of the input in the namespace of the policy has the labels of podSelector.',
    remedy: 'Correct podSelector or metadata.namespace, or add the workloads to the input.',
  },
  'policy-types-missing': {
    severity: 'warning',
    title: 'policyTypes is missing in a policy for egress',
    reason:
      'Without policyTypes a policy always isolates for ingress, and for egress only if it has rules for egress: an empty list isolates nothing.',
    remedy: 'Set policyTypes.',
    page: `${page}#deny-all-with-dns`,
  },
} as const satisfies DiagnosticRules;

export type PolicyCode = keyof typeof policyRules;
