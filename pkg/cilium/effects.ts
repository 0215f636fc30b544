import { hasShoot } from '../network/decode-network.ts';
import {
  type CniEffects,
  type EffectsInput,
  kubeProxyModes,
  type PathProperty,
  propertyChanges,
  sharedEffects,
} from '../network/effects.ts';
import type { NetworkConfig } from './api/config.ts';
import { splitDevices } from './api/devices.ts';
import { ciliumEffectRules } from './api/effects.ts';
import { assess } from './assess.ts';
import { type CiliumPath, podPaths } from './render/reachability.ts';
import type { CiliumValues } from './render/values.ts';

/** The effects of changes of Cilium's configuration on a running shoot, by the values before and after (docs/design/cilium.md#effects-of-changes). */
export const ciliumEffects: CniEffects<NetworkConfig> = {
  rules: ciliumEffectRules,
  agents: 'DaemonSet kube-system/cilium',
  find(input) {
    const { old, new: changed } = input;
    if (!hasShoot(old) || !hasShoot(changed)) return [];
    const step: Step = { input, old: assess(old).values, after: assess(changed).values };
    return [...sharedEffects(input), ...checks.flatMap((check) => check(step))];
  },
  describe({ old, new: changed }) {
    if (!hasShoot(old) || !hasShoot(changed)) return [];
    return propertyChanges(describe(assess(old).values), describe(assess(changed).values));
  },
};

type Code = keyof typeof ciliumEffectRules | 'effect-addresses' | 'effect-kube-proxy-mode' | 'effect-mtu';

interface Step {
  readonly input: EffectsInput<NetworkConfig>;
  readonly old: CiliumValues;
  readonly after: CiliumValues;
}

const checks: readonly ((step: Step) => readonly Code[])[] = [
  routingEffects,
  masqueradeEffects,
  serviceEffects,
  announcementEffects,
  encryptionEffects,
  podEffects,
];

function routingEffects({ old, after }: Step): readonly Code[] {
  const found: Code[] = [];
  const isNetwork = after.tunnel === undefined && !after.autoDirectNodeRoutes;
  if (old.tunnel !== after.tunnel) {
    if (isNetwork) found.push('cilium-effect-tunnel-off');
    else found.push(after.tunnel === undefined ? 'cilium-effect-tunnel-direct' : 'cilium-effect-tunnel');
  } else if (old.autoDirectNodeRoutes !== after.autoDirectNodeRoutes)
    found.push(isNetwork ? 'cilium-effect-routes-removed' : 'cilium-effect-routes-added');
  const isRange = old.nativeIPv4.cidr !== after.nativeIPv4.cidr || old.nativeIPv6.cidr !== after.nativeIPv6.cidr;
  if (isRange && old.tunnel === after.tunnel) found.push('cilium-effect-native-range');
  if (old.ipam.ipv4Range !== after.ipam.ipv4Range && old.ipv4 && after.ipv4) found.push('effect-addresses');
  return found;
}

/**
 * Packets of a connection that eBPF masquerades have an address and port of its NAT table, which iptables does not know, and vice versa. Rules of
 * iptables apply to connections that begin after them, so that a change of these alone interrupts nothing.
 */
function masqueradeEffects({ old, after }: Step): readonly Code[] {
  const before = new Map(podPaths(old).map((path) => [path.family, path.egress]));
  const changed = podPaths(after).flatMap(({ family, egress }) => {
    const was = before.get(family);
    return was === undefined || was === egress ? [] : [[was, egress] as const];
  });
  const bpf: CiliumPath['egress'] = 'node address, by eBPF';
  if (changed.some(([, egress]) => egress === 'pod address')) return ['cilium-effect-masquerading-off'];
  if (changed.some((pair) => pair.includes(bpf))) return ['cilium-effect-masquerading'];
  if (changed.length > 0) return ['cilium-effect-source-address'];
  if (JSON.stringify(snatOptions(old)) !== JSON.stringify(snatOptions(after))) return ['cilium-effect-snat-rules'];
  return JSON.stringify(old.masquerade) === JSON.stringify(after.masquerade) ? [] : ['cilium-effect-unused'];
}

function snatOptions({ options }: CiliumValues): readonly boolean[] {
  return [options.snatToUpstreamDNS.enabled, options.snatOutOfCluster.enabled];
}

function serviceEffects({ input, old, after }: Step): readonly Code[] {
  if (old.kubeProxyReplacement !== after.kubeProxyReplacement) return ['cilium-effect-kube-proxy'];
  const isReplaced = after.kubeProxyReplacement;
  const found: Code[] = kubeProxyModes(input) === undefined ? [] : ['effect-kube-proxy-mode'];
  if (old.loadBalancingMode !== after.loadBalancingMode)
    found.push(isReplaced ? 'cilium-effect-load-balancing' : 'cilium-effect-unused');
  const [wasLimited, isLimited] = [old, after].map(({ options }) => options.bpfSocketLBHostnsOnly.enabled);
  if (wasLimited !== isLimited && isReplaced)
    found.push(isLimited ? 'cilium-effect-socket-lb-limited' : 'cilium-effect-socket-lb');
  const [host, wasHost] = [after, old].map(({ apiServer }) => JSON.stringify(apiServer));
  if (host !== wasHost) found.push('cilium-effect-api-server');
  return found;
}

function announcementEffects({ input, old, after }: Step): readonly Code[] {
  const found: Code[] = [];
  const [wasBgp, isBgp] = [old, after].map(({ options }) => options.bgpControlPlane.enabled);
  if (wasBgp !== isBgp) found.push(isBgp ? 'cilium-effect-bgp-on' : 'cilium-effect-bgp-off');
  else if (isBgp && input.agentsRestart) found.push('cilium-effect-bgp-sessions');
  const [wasL2, isL2] = [old, after].map(({ options }) => options.l2Announcements.enabled);
  if (wasL2 !== isL2) found.push(isL2 ? 'cilium-effect-l2-on' : 'cilium-effect-l2-off');
  found.push(...gatewayEffects(old, after));
  if (old.egressGateway !== after.egressGateway)
    found.push(after.egressGateway ? 'cilium-effect-egress-gateway-on' : 'cilium-effect-egress-gateway-off');
  return found;
}

function gatewayEffects(old: CiliumValues, after: CiliumValues): readonly Code[] {
  const [was, is] = [old.gatewayAPI.enabled, after.gatewayAPI.enabled];
  if (was !== is) return [is ? 'cilium-effect-gateway-api-on' : 'cilium-effect-gateway-api-off'];
  const [before, now] = [old, after].map(({ options }) => options.gatewayAPI.externalTrafficPolicy);
  return is && before !== now ? ['cilium-effect-gateway-traffic-policy'] : [];
}

function encryptionEffects({ old, after }: Step): readonly Code[] {
  const [before, now] = [old.encryption, after.encryption];
  const found: Code[] = [];
  if (before.wireguard !== now.wireguard)
    found.push(now.wireguard ? 'cilium-effect-encryption-on' : 'cilium-effect-encryption-off');
  else if (before.nodes !== now.nodes) found.push('cilium-effect-encryption-nodes');
  if (before.strict === undefined && now.strict !== undefined)
    found.push(before.wireguard ? 'cilium-effect-strict-on' : 'cilium-effect-strict-order');
  if (before.strict !== undefined && now.strict === undefined && now.wireguard) found.push('cilium-effect-strict-off');
  return found;
}

function podEffects({ old: { options: before }, after: { options: now } }: Step): readonly Code[] {
  const found: Code[] = [];
  if (before.mtu !== now.mtu) found.push('effect-mtu');
  const devices = ({ devices: names, directRoutingDevice }: typeof now): string =>
    JSON.stringify([splitDevices(names), directRoutingDevice]);
  if (devices(before) !== devices(now)) found.push('cilium-effect-devices');
  if (before.policyAuditMode !== now.policyAuditMode)
    found.push(now.policyAuditMode ? 'cilium-effect-audit-on' : 'cilium-effect-audit-off');
  if (!before.cni.exclusive && now.cni.exclusive) found.push('cilium-effect-cni-exclusive');
  return found;
}

function describe(values: CiliumValues): readonly PathProperty[] {
  const { options, encryption, kubeProxyReplacement, loadBalancingMode } = values;
  const strict = encryption.strict === undefined ? '' : ', strict';
  const nodes = encryption.nodes ? ', also of nodes' : '';
  const devices = splitDevices(options.devices);
  return [
    ...podPaths(values).flatMap(({ family, addresses, routes, transport, egress }) => [
      { about: `packets between nodes, ${family}`, value: transport },
      { about: `routes to pods of other nodes, ${family}`, value: routes },
      { about: `addresses of pods, ${family}`, value: addresses },
      { about: `source address outside of the cluster, ${family}`, value: egress },
    ]),
    { about: 'MTU of the network between nodes', value: options.mtu === 0 ? 'detected' : String(options.mtu) },
    { about: 'Services', value: kubeProxyReplacement ? 'Cilium' : 'kube-proxy' },
    ...(kubeProxyReplacement ? [{ about: 'replies of load-balanced connections', value: loadBalancingMode }] : []),
    { about: 'devices', value: devices.length === 0 ? 'detected' : devices.join(' ') },
    { about: 'encryption between nodes', value: encryption.wireguard ? `WireGuard${nodes}${strict}` : 'none' },
  ];
}
