/** Warnings about routing, masquerading and encryption. */
import { type Diagnostic, reporter } from '../../network/diagnostics.ts';
import { show } from '../../network/field.ts';
import { mtuProblem } from '../../network/shoot.ts';
import { describeShoot } from '../../network/shoot-findings.ts';
import type { NetworkConfig } from '../api/config.ts';
import { splitDevices } from '../api/devices.ts';
import { ciliumRules } from '../api/diagnostics.ts';
import { egressGatewayConflicts } from '../api/validate-new.ts';
import { bypassesIptables } from '../render/host-routing.ts';
import { nodeRanges } from '../render/ranges.ts';
import type { CiliumValues } from '../render/values.ts';
import { type Check, type CheckInput, dependencies, type Warn } from './check.ts';

const nativeOptions = [
  ['ipv4NativeRoutingCIDREnabled', 'IPv4'],
  ['ipv6NativeRoutingCIDREnabled', 'IPv6'],
] as const;

const report = reporter(ciliumRules);

export const datapathWarnings: readonly Check[] = [
  {
    dependsOn: [...dependencies.tunnel, ...nativeOptions.map(([name]) => name), 'shoot: families'],
    find: overlayOverrules,
  },
  { dependsOn: dependencies.native, find: nativeRouting },
  { dependsOn: ['devices'], find: devices },
  { dependsOn: ['mtu', 'shoot: families'], find: mtu },
  { dependsOn: dependencies.masquerading, find: masquerade },
  { dependsOn: [...dependencies.masquerading, 'shoot: kubeProxy', 'shoot: nodes'], find: nodeRange },
  { dependsOn: [...dependencies.masquerading, 'shoot: kubeProxy'], find: bypassedSnat },
  { dependsOn: ['egressGateway', ...dependencies.masquerading], find: egressGateway },
  { dependsOn: ['encryption', 'shoot: families', 'shoot: pods'], find: encryption },
  {
    dependsOn: [...dependencies.tunnel, 'encryption', 'shoot: families', 'shoot: pods', 'shoot: nodes'],
    find: strictNodes,
  },
];

function overlayOverrules({ given, values, families }: CheckInput, warn: Warn): readonly Diagnostic[] {
  const { overlay, tunnel } = given;
  if (!overlay) return [];
  const on = overlay.enabled === true;
  const setting = `overlay.enabled: ${on}`;
  const found: Diagnostic[] = [];
  if (tunnel && tunnel !== (values.tunnel ?? 'disabled')) {
    const message = `"${tunnel}" has no effect: ${setting} sets it to "${values.tunnel ?? 'disabled'}"`;
    found.push(warn('cilium-overlay-overrules', 'tunnel', message));
  }
  for (const [name, family] of nativeOptions) {
    const flag = given[name];
    if (typeof flag === 'boolean' && flag === on && families.includes(family))
      found.push(warn('cilium-overlay-overrules', name, `${flag} has no effect: ${setting} sets it to ${!on}`));
  }
  if (on && overlay.createPodRoutes === true)
    found.push(warn('cilium-pod-routes-without-effect', 'overlay.createPodRoutes', `has no effect: ${setting}`));
  return found;
}

function nativeRouting({ given, values, families }: CheckInput, warn: Warn): readonly Diagnostic[] {
  const absent = nativeOptions.filter(([name, family]) => given[name] === true && !families.includes(family));
  const found = absent.map(([name, family]) =>
    warn('cilium-native-routing-without-family', name, `has no effect: the shoot has no ${family}`),
  );
  const pending = nativeOptions.filter(([name, family]) => {
    const configured = family === 'IPv4' ? values.ipv4 : values.ipv6;
    // With overlay.enabled: true another warning names the option.
    return given[name] === true && families.includes(family) && !configured && given.overlay?.enabled !== true;
  });
  for (const [name, family] of pending) {
    const message = `has no effect yet: ${family} is configured when all nodes have ranges of both families`;
    found.push(warn('cilium-native-routing-pending', name, message));
  }
  const implied = nativeOptions.filter(([name, family]) => {
    const native = family === 'IPv4' ? values.nativeIPv4 : values.nativeIPv6;
    return !given.overlay && native.wanted && given[name] !== true;
  });
  if (implied.length === 0) return found;
  const message = `"disabled" also makes the ${implied.map(([, family]) => family).join(' and ')} pod range a native routing range`;
  return [...found, warn('cilium-native-routing-range', 'tunnel', message)];
}

function devices({ given }: CheckInput, warn: Warn): readonly Diagnostic[] {
  return (given.devices ?? []).flatMap((device, index) => {
    if (!device?.includes(',')) return [];
    const names = splitDevices([device]);
    const message =
      names.length === 0
        ? 'contains no name, and has no effect'
        : `is read as ${names.map((name) => show(name)).join(' and ')}`;
    return [warn('cilium-devices-split', `devices[${index}]`, `${show(device)} ${message}`)];
  });
}

function mtu({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  const problem = mtuProblem({ mtu: given.mtu ?? 0, shown: `${given.mtu}`, ipv6: values.ipv6 });
  return problem === undefined ? [] : [warn(`cilium-mtu-${problem.size}`, 'mtu', problem.message)];
}

function masquerade({ given, values, families }: CheckInput, warn: Warn): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const [name, family] of [
    ['enableIpv4Masquerade', 'IPv4'],
    ['enableIpv6Masquerade', 'IPv6'],
  ] as const) {
    if (given[name] === true && !families.includes(family))
      found.push(warn('cilium-masquerade-without-family', name, `has no effect: the shoot has no ${family}`));
  }
  if (given.enableBPFMasquerade === true && values.masquerade.bpf !== true)
    found.push(
      warn('cilium-bpf-masquerade-overruled', 'enableBPFMasquerade', `has no effect: ${whyNoBpf(values, given)}`),
    );
  return found;
}

function whyNoBpf(values: CiliumValues, given: NetworkConfig): string {
  if (!values.ipv4) return 'the shoot has no IPv4';
  if (values.options.snatToUpstreamDNS.enabled) return 'snatToUpstreamDNS is enabled';
  if (values.options.snatOutOfCluster.enabled) return 'snatOutOfCluster is enabled';
  return given.enableIpv4Masquerade === false ? 'enableIpv4Masquerade is false' : 'nothing is masqueraded';
}

function bypassedSnat({ values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  if (!bypassesIptables(values)) return [];
  return (['snatOutOfCluster', 'snatToUpstreamDNS'] as const)
    .filter((name) => values.options[name].enabled)
    .map((name) =>
      warn('cilium-snat-bypassed', `${name}.enabled`, 'has no effect without kube-proxy and masquerading'),
    );
}

function nodeRange({ values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  if (!values.options.snatOutOfCluster.enabled || values.snatNodeCIDR !== undefined || bypassesIptables(values))
    return [];
  const message = 'also masquerades traffic from pods to nodes: the range of the nodes is not known';
  return [warn('cilium-node-range-unknown', 'snatOutOfCluster.enabled', message)];
}

function egressGateway({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  if (given.egressGateway?.enabled !== true || values.egressGateway) return [];
  const path = 'egressGateway.enabled';
  if (!values.ipv4) return [warn('cilium-egress-gateway-family-off', path, 'remains disabled: the shoot has no IPv4')];
  const message = `remains disabled: cannot be combined with ${egressGatewayConflicts(given).join(', ')}`;
  return [warn('cilium-egress-gateway-off', path, message)];
}

function encryption({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  const { enabled, mode, nodeToNodeEnabled, strictMode } = given.encryption ?? {};
  if (enabled !== true) {
    const options = [mode && 'mode', nodeToNodeEnabled && 'nodeToNodeEnabled', strictMode && 'strictMode'].filter(
      Boolean,
    );
    return options.map((name) =>
      warn('cilium-encryption-off', `encryption.${name}`, 'has no effect: encryption is disabled'),
    );
  }
  if (strictMode !== true || !values.ipv6) return [];
  const message =
    values.encryption.strict === undefined
      ? 'has no effect: there is no IPv4 range to cover'
      : `covers ${values.encryption.strict.cidr} only, not IPv6`;
  return [warn('cilium-encryption-strict-ipv4', 'encryption.strictMode', message)];
}

/** With native routing, nodes inside the range of strict mode are allowed only if they are known to be in it. */
function strictNodes({ values, shoot }: CheckInput): readonly Diagnostic[] {
  const { strict } = values.encryption;
  if (strict === undefined || values.tunnel !== undefined || nodeRanges('IPv4', shoot).length > 0) return [];
  const message = `is not known: agents exit on nodes with addresses in ${strict.cidr}, which encryption.strictMode covers`;
  return [
    report('cilium-encryption-strict-nodes', { object: describeShoot(shoot), path: 'spec.networking.nodes', message }),
  ];
}
