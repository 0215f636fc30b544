import { hasShoot, type ShootNetwork } from '../network/decode-network.ts';
import {
  type CniEffects,
  type EffectsInput,
  kubeProxyModes,
  type PathProperty,
  propertyChanges,
  sharedEffects,
} from '../network/effects.ts';
import type { NetworkConfig } from './api/config.ts';
import { calicoEffectRules } from './api/effects.ts';
import { assess } from './assess.ts';
import { withExistingPool } from './render/existing-pool.ts';
import { type CalicoPath, podPaths } from './render/reachability.ts';
import type { CalicoValues } from './render/values.ts';

/** The effects of changes of Calico's configuration on a running shoot, by the values before and after (docs/design/calico.md#effects-of-changes). */
export const calicoEffects: CniEffects<NetworkConfig> = {
  rules: calicoEffectRules,
  agents: 'DaemonSet kube-system/calico-node',
  find(input) {
    const { old, new: changed } = input;
    if (!hasShoot(old) || !hasShoot(changed)) return [];
    const step: Step = { input, old: assess(old).values, after: assess(changed).values };
    return [...sharedEffects(input), ...checks.flatMap((check) => check(step, { old, changed }))];
  },
  describe({ old, new: changed }) {
    if (!hasShoot(old) || !hasShoot(changed)) return [];
    const before = assess(old).values;
    return propertyChanges(describe(before), describe(withExistingPool(before, assess(changed).values)));
  },
};

type Code = keyof typeof calicoEffectRules | 'effect-addresses' | 'effect-kube-proxy-mode' | 'effect-mtu';

interface Step {
  readonly input: EffectsInput<NetworkConfig>;
  readonly old: CalicoValues;
  readonly after: CalicoValues;
}

interface Shoots {
  readonly old: ShootNetwork<NetworkConfig>;
  readonly changed: ShootNetwork<NetworkConfig>;
}

const checks: readonly ((step: Step, shoots: Shoots) => readonly Code[])[] = [
  packetEffects,
  poolEffects,
  addressEffects,
  dataPlaneEffects,
  kubeProxyModeEffects,
  componentEffects,
  sourceAddressEffects,
];

/** Returns the effects on packets between nodes, per family that exists before and after. */
function packetEffects(step: Step): readonly Code[] {
  const { old, after } = step;
  const before = new Map(podPaths(old).map((path) => [path.family, path]));
  const found = podPaths(withExistingPool(old, after)).flatMap((path) => {
    const was = before.get(path.family);
    return was === undefined ? [] : pathEffects(was, path, step);
  });
  const isOther = old.backend !== after.backend || old.felixIpip !== after.felixIpip;
  return found.length === 0 && isOther ? ['calico-effect-same-paths'] : [...new Set(found)];
}

function pathEffects(old: CalicoPath, path: CalicoPath, { old: { overlay }, after }: Step): readonly Code[] {
  const isPlainByNetwork = path.routes === 'infrastructure';
  if (old.fault !== undefined && path.fault === undefined && !isPlainByNetwork) return ['calico-effect-repaired'];
  if (old.transport !== path.transport)
    return isPlainByNetwork
      ? ['calico-effect-encapsulation-off']
      : [path.transport === 'plain' ? 'calico-effect-encapsulation-bird' : 'calico-effect-encapsulation'];
  if (old.routes === path.routes) return [];
  // Whether the existing pool encapsulates depends on the backend with which calico-node created it, long ago.
  if (overlay === 'unset' && after.overlay === 'unset') return ['calico-effect-backend'];
  return [isPlainByNetwork ? 'calico-effect-routes-removed' : 'calico-effect-routes-added'];
}

/** Returns the effects on the pools themselves: `overlay` creates and deletes the one of IPv4, and variables of calico-node do not change existing ones. */
function poolEffects(step: Step): readonly Code[] {
  const { input, old, after } = step;
  const hasIPv4 = old.ipv4 !== undefined && after.ipv4 !== undefined;
  if (hasIPv4 && old.overlay !== 'unset' && after.overlay === 'unset')
    return [input.agentsRestart ? 'calico-effect-pool-recreated' : 'calico-effect-pool-deleted'];
  if (hasIPv4 && old.overlay === 'unset' && after.overlay !== 'unset')
    return ['calico-effect-pool-managed', ...poolVariables(old.ipv6, after.ipv6)];
  if (hasIPv4 && old.overlay === 'unset' && poolVariables(old.ipv4, after.ipv4).length > 0)
    return ['calico-effect-pool-unchanged'];
  return [...new Set([...poolVariables(old.ipv4, after.ipv4), ...poolVariables(old.ipv6, after.ipv6)])];
}

type Pool = Pick<NonNullable<CalicoValues['ipv4']>, 'pool' | 'mode'> | undefined;

function poolVariables(old: Pool, after: Pool): readonly Code[] {
  if (old === undefined || after === undefined) return [];
  return old.pool === after.pool && old.mode === after.mode ? [] : ['calico-effect-pool-variables'];
}

function addressEffects({ old, after }: Step): readonly Code[] {
  const ranges = ({ ipam, ipv4, ipv6 }: CalicoValues): string => JSON.stringify([ipam, ipv4?.cidr, ipv6?.cidr]);
  const isSameFamilies = (old.ipv4 === undefined) === (after.ipv4 === undefined) && !old.ipv6 === !after.ipv6;
  const { ipv4Method, ipv6Method } = after.addresses;
  const isDetection = old.addresses.ipv4Method !== ipv4Method || old.addresses.ipv6Method !== ipv6Method;
  return [
    ...(isSameFamilies && ranges(old) !== ranges(after) ? (['effect-addresses'] as const) : []),
    ...(isSameFamilies && isDetection ? (['calico-effect-autodetection'] as const) : []),
  ];
}

function dataPlaneEffects({ old, after }: Step): readonly Code[] {
  const [wasOn, isOn] = [old.options.ebpfDataplane.enabled, after.options.ebpfDataplane.enabled];
  const isOneStep = old.kubeProxy !== after.kubeProxy;
  const found: Code[] = [];
  if (isOn && !wasOn)
    found.push('calico-effect-ebpf-on', ...(isOneStep ? (['calico-effect-ebpf-order'] as const) : []));
  if (wasOn && !isOn)
    found.push('calico-effect-ebpf-off', ...(isOneStep ? (['calico-effect-iptables-order'] as const) : []));
  if (isOn && wasOn && isOneStep) found.push('calico-effect-kube-proxy');
  if (old.options.wireguardEncryption !== after.options.wireguardEncryption) found.push('calico-effect-wireguard');
  if (old.options.vethMTU !== after.options.vethMTU) found.push('effect-mtu');
  return found;
}

/** Felix uses nftables exactly if kube-proxy does, so that only changes to and from this mode change objects of Calico. */
function kubeProxyModeEffects({ input }: Step): readonly Code[] {
  const modes = kubeProxyModes(input);
  if (modes === undefined) return [];
  return [modes.includes('NFTables') ? 'calico-effect-kube-proxy-mode' : 'effect-kube-proxy-mode'];
}

function componentEffects({ old, after }: Step): readonly Code[] {
  const [before, now] = [old.options, after.options];
  const found: Code[] = [];
  if (before.typha.enabled !== now.typha.enabled)
    found.push(now.typha.enabled ? 'calico-effect-typha-on' : 'calico-effect-typha-off');
  if (before.multus.enabled !== now.multus.enabled)
    found.push(now.multus.enabled ? 'calico-effect-multus-on' : 'calico-effect-multus-off');
  if (before.kubeAPIServerGlobalNetworkSet.enabled && !now.kubeAPIServerGlobalNetworkSet.enabled)
    found.push('calico-effect-network-set-removed');
  if (JSON.stringify(old.sizing) !== JSON.stringify(after.sizing)) found.push('calico-effect-sizing');
  return found;
}

function sourceAddressEffects({ old, after }: Step): readonly Code[] {
  const found: Code[] = [];
  if (old.ipv6 !== undefined && after.ipv6 !== undefined && old.ipv6.natOutgoing !== after.ipv6.natOutgoing)
    found.push('calico-effect-source-address');
  if (old.snatToUpstreamDNS !== after.snatToUpstreamDNS && old.overlay === after.overlay)
    found.push('calico-effect-dns-source');
  return found;
}

function describe(values: CalicoValues): readonly PathProperty[] {
  const { options, ipv6, kubeProxy, nftables } = values;
  const ebpf = options.ebpfDataplane.enabled;
  return [
    ...podPaths(values).flatMap(({ family, addresses, routes, transport }) => [
      { about: `packets between nodes, ${family}`, value: transport },
      { about: `routes to pods of other nodes, ${family}`, value: routes },
      { about: `addresses of pods, ${family}`, value: addresses },
    ]),
    ...(ipv6 === undefined
      ? []
      : [{ about: 'source address outside of the cluster, IPv6', value: ipv6.natOutgoing ? 'node' : 'pod' }]),
    { about: 'MTU of pods', value: options.vethMTU === '0' ? 'detected' : options.vethMTU },
    { about: 'data plane', value: ebpf ? 'eBPF' : nftables ? 'nftables' : 'iptables' },
    { about: 'Services', value: ebpf || !kubeProxy ? 'Felix' : 'kube-proxy' },
    { about: 'encryption between nodes', value: options.wireguardEncryption ? 'WireGuard' : 'none' },
  ];
}
