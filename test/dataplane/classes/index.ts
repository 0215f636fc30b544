import * as calicoChanges from './calico/changes.ts';
import { calicoIPv6, calicoIpamCidr, calicoIpamCidrIPv6 } from './calico/ipam.ts';
import * as calicoNative from './calico/native.ts';
import * as calicoOverlay from './calico/overlay.ts';
import { changeNothing, kubeProxySwitched, nativeToOverlay, overlayToNative, takeover } from './changes.ts';
import type { DataPathClass } from './class.ts';
import { excludedDevices } from './devices.ts';
import { egressGateway } from './egress.ts';
import { gardenerPolicies } from './gardener-policies.ts';
import { identities } from './identities.ts';
import { clusterPool } from './ipam.ts';
import { geneve, wireguard } from './kernel.ts';
import * as native from './native.ts';
import { overlay, overlayDualStack, overlayIPv6 } from './overlay.ts';
import { calicoPolicies, policies } from './policies.ts';
import { l2Announcements, nodeLocalDNS, nodePortDsr, nodePortSnat } from './services.ts';
import { snatBypassed, snatOutOfCluster, snatToUpstreamDNS } from './snat.ts';

/** All classes in the order of the reference page. */
export const classes: readonly DataPathClass[] = [
  overlay,
  overlayDualStack,
  overlayIPv6,
  geneve,
  clusterPool,
  native.nativeCloudRoutes,
  native.nativePodRoutes,
  native.nativePodRoutesSubnets,
  native.nativeDualStack,
  native.nativeIPv6,
  native.masqueradeIptables,
  native.masqueradeOff,
  snatOutOfCluster,
  snatToUpstreamDNS,
  snatBypassed,
  egressGateway,
  excludedDevices,
  nodePortSnat,
  nodePortDsr,
  nodeLocalDNS,
  l2Announcements,
  wireguard,
  identities,
  policies,
  gardenerPolicies,
  changeNothing,
  overlayToNative,
  nativeToOverlay,
  kubeProxySwitched,
  takeover,
  calicoOverlay.calicoOverlayVxlan,
  calicoOverlay.calicoTyphaOff,
  calicoOverlay.calicoOverlayIpip,
  calicoOverlay.calicoDualStackVxlan,
  calicoNative.calicoCloudRoutes,
  calicoNative.calicoPodRoutes,
  calicoNative.calicoDualStack,
  calicoNative.calicoBlocks,
  calicoOverlay.calicoVxlanHostLocal,
  calicoIPv6,
  calicoIpamCidr,
  calicoIpamCidrIPv6,
  calicoPolicies,
  calicoChanges.calicoRollout,
  calicoChanges.calicoOverlayOffAndOn,
  calicoChanges.calicoEncapsulation,
  calicoChanges.calicoTakeover,
];

/** What `make test` runs: `configs`, and the names of classes. */
export const sample: readonly string[] = [
  'configs',
  'overlay',
  'native-pod-routes',
  'policies',
  'calico-overlay-vxlan',
];
