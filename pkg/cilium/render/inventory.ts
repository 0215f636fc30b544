import type { Component } from '../../network/inventory.ts';
import { certgenJob } from './certgen.ts';
import type { CiliumValues } from './values.ts';

/**
 * ConfigMaps whose changes must restart the pods that read them: the member of the view for the digest, and the template. They are rendered
 * first; the digest does not depend on objects of the shoot (verdicts 2, 3).
 */
export const checksums = {
  configChecksum: 'config/configmap-cilium-config.yaml',
  labelPrefixChecksum: 'config/configmap-cilium-label-prefixes.yaml',
} as const;

const always = (): boolean => true;

/** The components of docs/design/cilium.md#objects-in-the-shoot. */
export const components: readonly Component<CiliumValues>[] = [
  {
    when: always,
    templates: [
      checksums.configChecksum,
      checksums.labelPrefixChecksum,
      'agent/serviceaccount-cilium.yaml',
      'agent/clusterrole-cilium.yaml',
      'agent/clusterrolebinding-cilium.yaml',
      'agent/role-cilium-config-agent.yaml',
      'agent/rolebinding-cilium-config-agent.yaml',
      'agent/daemonset-cilium.yaml',
      // Rendered without Hubble as well: Prometheus discovers the agents by this Service (verdict 21).
      'agent/service-hubble-metrics.yaml',
      'operator/serviceaccount-cilium-operator.yaml',
      'operator/clusterrole-cilium-operator.yaml',
      'operator/clusterrolebinding-cilium-operator.yaml',
      'operator/deployment-cilium-operator.yaml',
      'operator/poddisruptionbudget-cilium-operator.yaml',
      'envoy/serviceaccount-cilium-envoy.yaml',
      'envoy/configmap-cilium-envoy-config.yaml',
      'envoy/daemonset-cilium-envoy.yaml',
      'envoy/service-cilium-envoy.yaml',
      // The operator installs the CRDs of policies; until then the resource manager retries (verdict 28).
      'network-policy/ciliumnetworkpolicy-gardener.cloud--allow-dns-from-remote-nodes.yaml',
    ],
  },
  {
    when: (values) => values.nodeLocalDNS,
    templates: [
      'network-policy/ciliumlocalredirectpolicy-nodelocaldns.yaml',
      'network-policy/ciliumclusterwidenetworkpolicy-nodelocaldns.yaml',
    ],
  },
  {
    when: (values) => values.options.bgpControlPlane.enabled,
    templates: [
      'bgp/namespace-cilium-bgp-secrets.yaml',
      'bgp/role-cilium-bgp-secrets.yaml',
      'bgp/rolebinding-cilium-bgp-secrets.yaml',
    ],
  },
  {
    when: (values) => values.gatewayAPI.enabled,
    templates: [
      'gateway-api/namespace-cilium-secrets.yaml',
      'gateway-api/role-cilium-gateway-secrets.yaml',
      'gateway-api/rolebinding-cilium-gateway-secrets.yaml',
      'gateway-api/clusterrole-cilium-operator-gateway-api.yaml',
      'gateway-api/clusterrolebinding-cilium-operator-gateway-api.yaml',
      'gateway-api/role-cilium-operator-gateway-secrets.yaml',
      'gateway-api/rolebinding-cilium-operator-gateway-secrets.yaml',
    ],
  },
  {
    when: (values) => values.options.hubble.enabled,
    templates: [
      'hubble-relay/serviceaccount-hubble-relay.yaml',
      'hubble-relay/configmap-hubble-relay-config.yaml',
      'hubble-relay/deployment-hubble-relay.yaml',
      'hubble-relay/service-hubble-relay.yaml',
      'hubble-relay/serviceaccount-hubble-generate-certs.yaml',
      'hubble-relay/role-hubble-generate-certs.yaml',
      'hubble-relay/rolebinding-hubble-generate-certs.yaml',
      certgenJob,
      'hubble-relay/cronjob-hubble-generate-certs.yaml',
      'hubble-relay/ciliumnetworkpolicy-gardener.cloud--allow-hubble-relay-from-hubble-ui.yaml',
      'hubble-relay/ciliumnetworkpolicy-gardener.cloud--allow-hubble-relay-to-peers.yaml',
      'hubble-relay/ciliumnetworkpolicy-gardener.cloud--allow-hubble-ui-to-hubble-relay.yaml',
      'hubble-ui/serviceaccount-hubble-ui.yaml',
      'hubble-ui/clusterrole-hubble-ui.yaml',
      'hubble-ui/clusterrolebinding-hubble-ui.yaml',
      'hubble-ui/configmap-hubble-ui-nginx.yaml',
      'hubble-ui/deployment-hubble-ui.yaml',
      'hubble-ui/service-hubble-ui.yaml',
      'hubble-ui/service-hubble-peer.yaml',
    ],
  },
];
