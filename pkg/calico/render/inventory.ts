import type { Component } from '../../network/inventory.ts';
import type { CalicoValues } from './values.ts';

const always = (): boolean => true;
const kubeControllers = (values: CalicoValues): boolean => values.kubeControllers;
const typha = (values: CalicoValues): boolean => values.options.typha.enabled;
const proportional = (values: CalicoValues): boolean => values.sizing.mode === 'cluster-proportional';
const vpa = (values: CalicoValues): boolean => values.sizing.mode === 'vpa';

/**
 * ConfigMaps whose changes must restart the pods that read them: the member of the view for the digest, and the template. They are rendered
 * first.
 */
export const checksums = {
  configChecksum: 'node/configmap-calico-config.yaml',
  typhaHorizontalChecksum: 'typha-horizontal-autoscaler/configmap-calico-typha-horizontal-autoscaler.yaml',
  typhaVerticalChecksum: 'typha-vertical-autoscaler/configmap-calico-typha-vertical-autoscaler.yaml',
  nodeVerticalChecksum: 'node-vertical-autoscaler/configmap-calico-node-vertical-autoscaler.yaml',
} as const;

/** The components of docs/design/calico.md#objects-in-the-shoot. */
export const components: readonly Component<CalicoValues>[] = [
  {
    when: always,
    templates: [
      'node/serviceaccount-calico-node.yaml',
      'node/clusterrole-calico-node.yaml',
      'node/clusterrolebinding-calico-node.yaml',
      'node/serviceaccount-calico-cni-plugin.yaml',
      'node/clusterrole-calico-cni-plugin.yaml',
      'node/clusterrolebinding-calico-cni-plugin.yaml',
      'node/clusterrole-calico-tier-getter.yaml',
      'node/clusterrolebinding-calico-tier-getter.yaml',
      checksums.configChecksum,
      'node/daemonset-calico-node.yaml',
      'monitoring/service-calico-felix-monitoring.yaml',
      // Rendered without typha as well, since running shoots have them (docs/design/calico.md#objects-in-the-shoot).
      'monitoring/service-calico-typha-monitoring.yaml',
      'typha/networkpolicy-gardener.cloud--allow-from-calico-node.yaml',
    ],
  },
  {
    when: kubeControllers,
    templates: [
      'kube-controllers/serviceaccount-calico-kube-controllers.yaml',
      'kube-controllers/clusterrole-calico-kube-controllers.yaml',
      'kube-controllers/clusterrolebinding-calico-kube-controllers.yaml',
      'kube-controllers/deployment-calico-kube-controllers.yaml',
      'kube-controllers/poddisruptionbudget-calico-kube-controllers.yaml',
    ],
  },
  {
    when: (values) => kubeControllers(values) && values.sizing.shootVPA,
    templates: ['kube-controllers/verticalpodautoscaler-calico-kube-controllers.yaml'],
  },
  {
    when: typha,
    templates: [
      'typha/serviceaccount-calico-typha.yaml',
      'typha/deployment-calico-typha-deploy.yaml',
      'typha/service-calico-typha.yaml',
      'typha/poddisruptionbudget-calico-typha.yaml',
      'typha-horizontal-autoscaler/serviceaccount-typha-cpha.yaml',
      'typha-horizontal-autoscaler/clusterrole-typha-cpha.yaml',
      'typha-horizontal-autoscaler/clusterrolebinding-typha-cpha.yaml',
      'typha-horizontal-autoscaler/role-typha-cpha.yaml',
      'typha-horizontal-autoscaler/rolebinding-typha-cpha.yaml',
      checksums.typhaHorizontalChecksum,
      'typha-horizontal-autoscaler/deployment-calico-typha-horizontal-autoscaler.yaml',
    ],
  },
  {
    when: (values) => typha(values) && proportional(values),
    templates: [
      'typha-vertical-autoscaler/serviceaccount-typha-cpva.yaml',
      'typha-vertical-autoscaler/clusterrole-typha-cpva.yaml',
      'typha-vertical-autoscaler/clusterrolebinding-typha-cpva.yaml',
      checksums.typhaVerticalChecksum,
      'typha-vertical-autoscaler/deployment-calico-typha-vertical-autoscaler.yaml',
    ],
  },
  {
    when: proportional,
    templates: [
      'node-vertical-autoscaler/serviceaccount-calico-node-cpva.yaml',
      'node-vertical-autoscaler/clusterrole-calico-node-cpva.yaml',
      'node-vertical-autoscaler/clusterrolebinding-calico-node-cpva.yaml',
      checksums.nodeVerticalChecksum,
      'node-vertical-autoscaler/deployment-calico-node-vertical-autoscaler.yaml',
    ],
  },
  { when: vpa, templates: ['node/verticalpodautoscaler-calico-node.yaml'] },
  { when: (values) => typha(values) && vpa(values), templates: ['typha/verticalpodautoscaler-calico-typha.yaml'] },
  // Rendered for an unprivileged calico-node as well, which does not have the container (verdict O7, kept).
  {
    when: (values) => values.options.birdExporter.enabled,
    templates: ['monitoring/service-calico-bird-monitoring.yaml'],
  },
  {
    when: (values) => values.options.multus.enabled,
    templates: [
      'multus/serviceaccount-multus.yaml',
      'multus/clusterrole-multus.yaml',
      'multus/clusterrolebinding-multus.yaml',
      'multus/daemonset-multus.yaml',
    ],
  },
  {
    when: (values) => values.options.kubeAPIServerGlobalNetworkSet.enabled,
    requires: 'apiServerAddresses',
    templates: ['network-sets/globalnetworkset-gardener-kube-apiserver.yaml'],
  },
  {
    when: (values) => values.ipv4?.cidr !== undefined && values.overlay !== 'unset',
    templates: ['pools/ippool-default-ipv4-ippool.yaml'],
  },
  {
    when: (values) => values.ipv4 !== undefined && values.overlay === 'off' && values.addresses.nodeCIDR !== undefined,
    templates: ['pools/ippool-no-snat-for-node-cidr.yaml'],
  },
  { when: (values) => values.ipv6?.cidr !== undefined, templates: ['pools/ippool-default-ipv6-ippool.yaml'] },
];
