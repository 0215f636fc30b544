import type { DiagnosticRules } from '../../network/diagnostics.ts';
import { datapathRules } from './diagnostics-datapath.ts';

/** The other rules: Services and the API server, the IPAM mode, NodeLocalDNS, and options without an effect. */
const otherRules = {
  'cilium-agent-option-without-effect': {
    severity: 'warning',
    title: 'An option of agentOptions has no effect',
    reason: 'The option belongs to a feature that is disabled, or to another value of a related option.',
    remedy: 'Remove the option, or enable the feature that the message names.',
    page: 'docs/usage/cilium-agent-options.md#options-that-are-reported-or-refused',
  },
  'cilium-api-server-operator-only': {
    severity: 'warning',
    title: 'kubeproxy.k8sServiceHost and k8sServicePort apply to the operator only',
    reason:
      'Agents connect to the Service kubernetes; if the API server is reachable only at the configured address, they have no connection.',
    remedy: 'No action is required if nodes reach the API server in the usual way; otherwise remove both fields.',
    page: 'docs/usage/cilium.md#services-and-the-api-server',
    verdict: 'cilium 12',
  },
  'cilium-api-server-pending': {
    severity: 'error',
    title: 'The address of the API server is not known yet',
    reason:
      'Without kube-proxy the Service kubernetes does not work until the agents run, so the operator needs an address of the API server.',
    remedy:
      'Nothing is changed until the retry succeeds; Gardener writes status.advertisedAddresses of the Shoot. A self-hosted shoot requires spec.dns.domain instead.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#cilium',
    awaits: {
      path: 'status.advertisedAddresses',
      setBy: 'gardenlet, when the API server has an address',
      example: '[{name: external, url: "https://api.example.com"}]',
    },
  },
  'cilium-api-server-port-dropped': {
    severity: 'warning',
    title: 'The port of the advertised address is not used',
    reason: 'The operator uses the host of the address and the port of the Service kubernetes.',
    remedy: 'Set kubeproxy.k8sServiceHost and kubeproxy.k8sServicePort if the API server listens on another port.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#cilium',
    verdict: 'cilium 12',
  },
  'cilium-api-server-unknown': {
    severity: 'error',
    title: 'The operator has no address of the API server',
    reason:
      'Without kube-proxy the operator uses the advertised address named external, which shoots without an external domain do not have.',
    remedy: 'Set kubeproxy.k8sServiceHost and kubeproxy.k8sServicePort, or enable kube-proxy in the Shoot.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#cilium',
  },
  'cilium-api-server-without-effect': {
    severity: 'warning',
    title: 'kubeproxy.k8sServiceHost and k8sServicePort have no effect',
    reason: 'They take effect only together, and only if Cilium replaces kube-proxy.',
    remedy: 'Set both, or remove them.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#cilium',
    verdict: 'cilium 12',
  },
  'cilium-deprecated-without-effect': {
    severity: 'warning',
    title: 'A deprecated option has no effect',
    reason: 'The families of the shoot decide about IPv4 and IPv6, and state is always stored in Kubernetes.',
    remedy: 'Remove the option.',
    page: 'docs/usage/cilium.md#options-without-effect',
  },
  'cilium-dsr-without-native-range': {
    severity: 'error',
    title: 'loadBalancingMode dsr requires a native routing range',
    reason:
      'tunnel: disabled routes pod traffic natively, but sets the native routing range only if traffic of pods is masqueraded.',
    remedy:
      'Set overlay.enabled: false, which is equivalent and configures the range, or the native routing option in the message, or use loadBalancingMode snat.',
    page: 'docs/usage/cilium.md#services-and-the-api-server',
    verdict: 'cilium 10',
  },
  'cilium-dsr-without-native-routing': {
    severity: 'error',
    title: 'loadBalancingMode dsr requires native routing',
    reason: 'Replies that go directly from the serving node to the client do not pass through a tunnel.',
    remedy: 'Set overlay.enabled: false if the infrastructure routes pod addresses, or use loadBalancingMode snat.',
    page: 'docs/usage/cilium.md#services-and-the-api-server',
    verdict: 'cilium 10',
  },
  'cilium-gateway-api-gate': {
    severity: 'warning',
    title: 'The Gateway API is not enabled in this landscape',
    reason: 'gatewayAPI takes effect only if the operator of the landscape enables feature gate CiliumGatewayAPI.',
    remedy:
      'Ask the operator of the landscape whether the gate is on, or remove the option. Where it is on, no action is required.',
    page: 'docs/usage/gateway-api.md#requirements',
  },
  'cilium-gateway-api-off': {
    severity: 'warning',
    title: 'An option of gatewayAPI has no effect',
    reason: 'It takes effect only if gatewayAPI.enabled is true.',
    remedy: 'Set gatewayAPI.enabled: true, or remove the option.',
    page: 'docs/usage/gateway-api.md#options',
  },
  'cilium-gateway-api-without-replacement': {
    severity: 'warning',
    title: 'The Gateway API requires Cilium in place of kube-proxy',
    reason: 'The operator of Cilium creates no Services for Gateways unless Cilium replaces kube-proxy.',
    remedy:
      'Remove the option, or let Cilium replace kube-proxy; the page describes how to do this in a running shoot.',
    page: 'docs/usage/gateway-api.md#requirements',
  },
  'cilium-ipam-assumed': {
    severity: 'warning',
    title: 'The IPAM mode of the shoot is not in the input',
    reason:
      'The Network has been reconciled before, so the shoot has an IPAM mode, which the controller would read; the output assumes kubernetes, as in most shoots.',
    remedy:
      'Add the ManagedResource of the shoot with its Secret to the input, or ConfigMap kube-system/cilium-config of the shoot by --shoot-objects.',
    verdict: 'cilium 2',
  },
  'cilium-ipam-hibernated': {
    severity: 'warning',
    title: 'The configuration is applied when the hibernated shoot wakes up',
    reason:
      'The IPAM mode of the shoot is not known, and a wrong one would change the addresses of all pods, so its ManagedResource remains unchanged, or is not created yet.',
    remedy: 'No action is required: the mode is read when the shoot wakes up, before anything is applied.',
    verdict: 'cilium 2',
  },
  'cilium-ipam-ignored': {
    severity: 'warning',
    title: 'Unsupported IPAM mode in the running shoot',
    reason:
      'Agents exit with an unknown mode, and agents or operator exit with eni, azure, alibabacloud and delegated-plugin, which require credentials or settings that this extension does not have. The last known mode, or kubernetes, is used instead.',
    remedy: 'Find out what changed the key ipam of ConfigMap kube-system/cilium-config in the shoot.',
    verdict: 'cilium 2',
  },
  'cilium-ipam-unknown': {
    severity: 'error',
    title: 'The IPAM mode of the shoot cannot be determined',
    reason:
      'The shoot ran before, but neither it nor the stored ManagedResource can be read, and a wrong mode would change the addresses of all pods.',
    remedy:
      'Nothing is changed until the retry succeeds; check why the API server of the shoot does not respond, and whether the ManagedResource and its Secret exist.',
    verdict: 'cilium 2',
  },
  'cilium-ipvs-implicit': {
    severity: 'warning',
    title: 'kube-proxy in mode IPVS conflicts with NodeLocalDNS',
    reason:
      'IPVS binds the addresses of Services to a device of the node, which hides NodeLocalDNS; with an explicit kubeProxy.enabled: true this is an error.',
    remedy: 'Use another mode of kube-proxy, or disable kube-proxy or NodeLocalDNS in the Shoot.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#modes-of-kube-proxy',
    verdict: 'cilium 27',
  },
  'cilium-ipvs-node-local-dns': {
    severity: 'error',
    title: 'kube-proxy in mode IPVS cannot be used with NodeLocalDNS',
    reason: 'IPVS binds the addresses of Services to a device of the node, which hides NodeLocalDNS.',
    remedy: 'Use another mode of kube-proxy, or disable kube-proxy or NodeLocalDNS in the Shoot.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#modes-of-kube-proxy',
  },
  'cilium-kube-proxy-change': {
    severity: 'warning',
    title: 'Another component handles Services of a running shoot',
    reason:
      'Agents and kube-proxy track connections separately, so connections to Services are interrupted on each node as its agent restarts.',
    remedy:
      'Change kube-proxy in a maintenance window, and nothing else in the same step. Leftovers of kube-proxy are removed from a node as its agent restarts, in all modes.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#cilium',
    verdict: 'cilium 48',
  },
  'cilium-l2-durations': {
    severity: 'warning',
    title: 'The lease durations of l2Announcements are inconsistent',
    reason:
      'The lease duration must exceed the renew deadline, which must exceed 1.2 times the retry period; otherwise agents use other durations than configured.',
    remedy: 'Choose leaseDuration > leaseRenewDeadline > 1.2 x leaseRetryPeriod, the first at least 1s.',
    page: 'docs/usage/cilium.md#services-and-the-api-server',
  },
  'cilium-l2-off': {
    severity: 'warning',
    title: 'Lease durations of disabled l2Announcements have no effect',
    reason:
      'The durations are of the leases by which nodes announce addresses, and l2Announcements.enabled is not true.',
    remedy: 'Set l2Announcements.enabled: true, or remove the durations.',
    page: 'docs/usage/cilium.md#services-and-the-api-server',
  },
  'cilium-l2-without-replacement': {
    severity: 'warning',
    title: 'l2Announcements requires Cilium in place of kube-proxy',
    reason:
      'Cilium handles traffic to an announced address only if it handles Services, which it does not with kube-proxy.',
    remedy:
      'Remove l2Announcements, or set spec.kubernetes.kubeProxy.enabled: false in the Shoot, in a maintenance window if it runs.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#cilium',
  },
  'cilium-load-balancing-mode-off': {
    severity: 'warning',
    title: 'loadBalancingMode has no effect',
    reason:
      'dsr and hybrid require native routing, agents refuse to start with them and a tunnel, and with kube-proxy Cilium handles no load balancers.',
    remedy:
      'Remove loadBalancingMode, which changes nothing. dsr and hybrid require native routing without kube-proxy, to which a running shoot changes in maintenance windows only.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#cilium',
    verdict: 'cilium 37',
  },
  'cilium-node-local-dns-webhook': {
    severity: 'warning',
    title: 'NodeLocalDNS can be changed only while the extension runs',
    reason:
      'A webhook of the extension moves NodeLocalDNS behind a local redirect policy; it fails closed, because an unchanged NodeLocalDNS does not work with Cilium.',
    remedy:
      'No action is required; if changes of node-local-dns are rejected in the shoot, check the extension in the seed.',
    page: 'docs/usage/ebpf-and-kube-proxy.md#nodelocaldns',
    verdict: 'cilium 26',
  },
  'cilium-socket-lb-without-effect': {
    severity: 'warning',
    title: 'bpfSocketLBHostnsOnly has no effect with kube-proxy',
    reason: 'Load balancing at sockets is enabled only if Cilium replaces kube-proxy.',
    remedy:
      'Remove bpfSocketLBHostnsOnly, or set spec.kubernetes.kubeProxy.enabled: false in the Shoot, in a maintenance window if it runs.',
    page: 'docs/usage/service-meshes.md#limits',
  },
} as const satisfies DiagnosticRules;

const rules = { ...datapathRules, ...otherRules };

/** The rules of Cilium, sorted by code. Codes are part of the interface: their meaning never changes. */
export const ciliumRules = Object.fromEntries(
  Object.entries(rules).sort(([a], [b]) => (a < b ? -1 : 1)),
) as typeof rules;
