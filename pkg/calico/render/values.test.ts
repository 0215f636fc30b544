import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../../test/support/cases.ts';
import { shootFacts } from '../../gardener/cluster.ts';
import type { IPFamily } from '../../gardener/network.ts';
import type { NetworkConfig } from '../api/config.ts';
import { withDefaults } from '../api/defaults.ts';
import { restartStamps } from '../shoot/restarts.ts';
import { type Demo, demoNetwork, demoShoot } from '../testdata/demo.ts';
import { type CalicoValues, computeValues } from './values.ts';
import { calicoView } from './view.ts';

interface Given extends Demo {
  readonly config?: NetworkConfig;
  readonly families?: readonly IPFamily[];
  readonly nonPrivileged?: boolean;
}

function compute(given: Given = {}): CalicoValues {
  return computeValues({
    config: withDefaults(given.config ?? {}),
    network: demoNetwork(given),
    shoot: shootFacts(demoShoot(given)),
    families: given.families ?? ['IPv4'],
    nonPrivileged: given.nonPrivileged ?? false,
  });
}

const on = { enabled: true };
const off = { enabled: false };
const v4: readonly IPFamily[] = ['IPv4'];
const v6: readonly IPFamily[] = ['IPv6'];
const dual: readonly IPFamily[] = ['IPv4', 'IPv6'];

/** The backend and the modes of both pools; `-` for a family that the shoot does not have. */
function dataPath({ backend, ipv4, ipv6, felixIpip, kubeControllers, vxlan }: CalicoValues): string {
  const pool4 = ipv4 === undefined ? '-' : `${ipv4.pool}/${ipv4.mode}`;
  const pool6 = ipv6 === undefined ? '-' : `${ipv6.pool}/${ipv6.mode}`;
  const flags = [felixIpip && 'felix-ipip', kubeControllers && 'controllers', vxlan && 'felix-vxlan'].filter(Boolean);
  return [backend, pool4, pool6, ...flags].join(' ');
}

const dataPaths: Readonly<Record<string, readonly [NetworkConfig, readonly IPFamily[], string]>> = {
  defaults: [{}, v4, 'bird ipip/Always - felix-ipip controllers'],
  'defaults, IPv6': [{}, v6, 'none - vxlan/Never'],
  'defaults, both families': [{}, dual, 'none ipip/Never vxlan/Never'],
  'backend none': [{ backend: 'none' }, v4, 'none ipip/Never -'],
  'backend none, mode of the user': [{ backend: 'none', ipv4: { mode: 'Always' } }, v4, 'none ipip/Always -'],
  'backend none with vxlan': [{ backend: 'none', vxlan: on }, v4, 'none vxlan/Always -'],
  'backend vxlan': [{ backend: 'vxlan' }, v4, 'vxlan ipip/Always - felix-ipip controllers'],
  'backend vxlan, overridden by IPv6': [{ backend: 'vxlan' }, v6, 'none - vxlan/Never'],
  'backend bird, overridden by IPv6 in dual-stack': [{ backend: 'bird' }, dual, 'none ipip/Never vxlan/Never'],
  'mode of the user': [{ ipv4: { mode: 'CrossSubnet' } }, v4, 'bird ipip/CrossSubnet - felix-ipip controllers'],
  'mode of the user, both families': [{ ipv4: { mode: 'CrossSubnet' } }, dual, 'none ipip/CrossSubnet vxlan/Never'],
  'pool of the user': [{ ipv4: { pool: 'vxlan' } }, v4, 'bird vxlan/Always - felix-ipip controllers'],
  'IPv6 mode of the user (B8)': [{ ipv6: { mode: 'CrossSubnet' } }, v6, 'none - vxlan/Never'],
  'IPv6 mode of the user with overlay (B8)': [
    { ipv6: { mode: 'Off' }, overlay: on },
    v6,
    'bird - vxlan/Always controllers',
  ],
  'overlay on': [{ overlay: on }, v4, 'bird ipip/Always - felix-ipip controllers'],
  'overlay on overrides backend and mode (O4)': [
    { overlay: on, backend: 'none', ipv4: { mode: 'Never' } },
    v4,
    'bird ipip/Always - felix-ipip controllers',
  ],
  'overlay on, both families': [{ overlay: on }, dual, 'bird ipip/Always vxlan/Always controllers'],
  'overlay on does not override the IPv4 mode with both families': [
    { overlay: on, ipv4: { mode: 'CrossSubnet' } },
    dual,
    'bird ipip/CrossSubnet vxlan/Always controllers',
  ],
  'overlay on with vxlan': [{ overlay: on, vxlan: on }, v4, 'vxlan vxlan/Always - felix-ipip controllers felix-vxlan'],
  'overlay on with vxlan and pool ipip': [
    { overlay: on, vxlan: on, ipv4: { pool: 'ipip' } },
    v4,
    'vxlan ipip/Always - felix-ipip controllers felix-vxlan',
  ],
  'overlay on with vxlan, IPv6': [{ overlay: on, vxlan: on }, v6, 'vxlan - vxlan/Always controllers felix-vxlan'],
  'overlay off': [{ overlay: off }, v4, 'none ipip/Never -'],
  'overlay without enabled means off': [{ overlay: {} }, v4, 'none ipip/Never -'],
  'overlay off overrides backend and mode (O4)': [
    { overlay: off, backend: 'vxlan', ipv4: { mode: 'Always' } },
    v4,
    'none ipip/Never -',
  ],
  'overlay off with createPodRoutes': [
    { overlay: { enabled: false, createPodRoutes: true } },
    v4,
    'bird ipip/Never - controllers',
  ],
  'overlay on with createPodRoutes': [
    { overlay: { enabled: true, createPodRoutes: true }, vxlan: on },
    v4,
    'vxlan vxlan/Always - felix-ipip controllers felix-vxlan',
  ],
  'overlay off, both families': [{ overlay: off }, dual, 'none ipip/Never vxlan/Never'],
  'overlay off does not override the IPv4 mode with both families': [
    { overlay: off, ipv4: { mode: 'Always' } },
    dual,
    'none ipip/Always vxlan/Never',
  ],
  'overlay off with vxlan': [{ overlay: off, vxlan: on }, v4, 'none vxlan/Never -'],
  'overlay off with vxlan, both families (B9)': [{ overlay: off, vxlan: on }, dual, 'none vxlan/Always vxlan/Never'],
  'vxlan without overlay (B9)': [{ vxlan: on }, v4, 'bird vxlan/Always - felix-ipip controllers'],
  'vxlan off': [{ vxlan: off }, v4, 'bird ipip/Always - felix-ipip controllers'],
};

cases(dataPaths, ([config, families, expected]) => assert.equal(dataPath(compute({ config, families })), expected));

const usePod = { subnet: 'usePodCidr', ranges: [] };
const usePod6 = { subnet: 'usePodCidrIPv6', ranges: [] };
const both = { subnet: undefined, ranges: ['usePodCidrIPv6', 'usePodCidr'] };

const ipam: Readonly<Record<string, readonly [NetworkConfig, readonly IPFamily[], CalicoValues['ipam']]>> = {
  'ipam: default': [{}, v4, { type: 'host-local', ...usePod }],
  'ipam: default, IPv6': [{}, v6, { type: 'host-local', ...usePod6 }],
  'ipam: default, both families': [{}, dual, { type: 'host-local', ...both }],
  'ipam: an empty type means host-local': [{ ipam: { type: '' } }, v4, { type: 'host-local', ...usePod }],
  'ipam: calico-ipam': [{ ipam: { type: 'calico-ipam' } }, v4, { type: 'calico-ipam', ...usePod }],
  'ipam: range of the user': [
    { ipam: { cidr: '10.1.2.3/8' } },
    v4,
    { type: 'host-local', subnet: '10.1.2.3/8', ranges: [] },
  ],
  'ipam: spelling of the user': [
    { ipam: { cidr: 'USEPODCIDR' } },
    v4,
    { type: 'host-local', subnet: 'USEPODCIDR', ranges: [] },
  ],
  'ipam: usePodCidr means the range of the only family (B16)': [
    { ipam: { cidr: 'usePodCidr' } },
    v6,
    { type: 'host-local', ...usePod6 },
  ],
  'ipam: in any spelling (B16)': [{ ipam: { cidr: 'USEPODCIDR' } }, v6, { type: 'host-local', ...usePod6 }],
  'ipam: range of the user is ignored with calico-ipam': [
    { ipam: { type: 'calico-ipam', cidr: '10.0.0.0/8' } },
    v4,
    { type: 'calico-ipam', ...usePod },
  ],
  'ipam: range of the user is ignored with both families': [
    { ipam: { cidr: '10.0.0.0/8' } },
    dual,
    { type: 'host-local', ...both },
  ],
  'ipam: vxlan forces calico-ipam and does not change the range (B9)': [
    { vxlan: on, ipam: { type: 'host-local', cidr: '10.0.0.0/8' } },
    v4,
    { type: 'calico-ipam', subnet: '10.0.0.0/8', ranges: [] },
  ],
  'ipam: vxlan forces calico-ipam with both families (B9)': [{ vxlan: on }, dual, { type: 'calico-ipam', ...both }],
  'ipam: vxlan changes nothing for IPv6': [{ vxlan: on }, v6, { type: 'host-local', ...usePod6 }],
};

cases(ipam, ([config, families, expected]) => assert.deepEqual(compute({ config, families }).ipam, expected));

const nat: Readonly<Record<string, readonly [NetworkConfig, boolean]>> = {
  'IPv6 NAT: default': [{}, false],
  'IPv6 NAT: enabled by WireGuard': [{ wireguardEncryption: true }, true],
  'IPv6 NAT: the option overrides WireGuard': [{ wireguardEncryption: true, ipv6: { sourceNATEnabled: false } }, false],
  'IPv6 NAT: enabled by the option': [{ ipv6: { sourceNATEnabled: true } }, true],
};

cases(nat, ([config, expected]) => assert.equal(compute({ config, families: dual }).ipv6?.natOutgoing, expected));

const routes: Readonly<Record<string, readonly [NetworkConfig, snat: boolean, cleanup: boolean]>> = {
  'DNS and routes: overlay absent': [{ snatToUpstreamDNS: on }, false, false],
  'DNS and routes: overlay on': [{ overlay: on, snatToUpstreamDNS: on }, false, false],
  'DNS and routes: overlay off': [{ overlay: off }, true, true],
  'DNS and routes: overlay off, SNAT off': [{ overlay: off, snatToUpstreamDNS: off }, false, true],
  'DNS and routes: SNAT without enabled means off': [{ overlay: off, snatToUpstreamDNS: {} }, false, true],
  'DNS and routes: createPodRoutes disables the cleanup of routes (O5)': [
    { overlay: { createPodRoutes: true } },
    true,
    false,
  ],
};

cases(routes, ([config, snat, cleanup]) => {
  const values = compute({ config });
  assert.deepEqual([values.snatToUpstreamDNS, values.cleanupRoutes], [snat, cleanup]);
});

const proxies: Readonly<Record<string, readonly [proxy: object, kubeProxy: boolean, nftables: boolean]>> = {
  'kube-proxy: default': [{}, true, false],
  'kube-proxy: iptables': [{ enabled: true, mode: 'IPTables' }, true, false],
  'kube-proxy: nftables': [{ enabled: true, mode: 'NFTables' }, true, true],
  'kube-proxy: disabled, regardless of its mode (B1)': [{ enabled: false, mode: 'NFTables' }, false, false],
};

cases(proxies, ([kubeProxy, enabled, nftables]) => {
  const values = compute({ spec: { kubernetes: { version: '1.34.2', kubeProxy } } });
  assert.deepEqual([values.kubeProxy, values.nftables], [enabled, nftables]);
});

test('calico-node is privileged with eBPF, regardless of the feature gate', () => {
  assert.equal(compute({ nonPrivileged: true }).nonPrivileged, true);
  assert.equal(compute({ nonPrivileged: true, config: { ebpfDataplane: on } }).nonPrivileged, false);
});

test('CNI plugins are installed only with Multus', () => {
  const plugins = (enabled: boolean): unknown => {
    const values = compute({ config: { multus: { enabled, installCNIPlugins: true } } });
    const restarts = restartStamps(demoNetwork());
    return calicoView({ values, image: (name) => name, apiServerAddresses: [], restarts })['multusPlugins'];
  };
  assert.deepEqual([plugins(true), plugins(false)], [true, false]);
});

const podRanges: Readonly<
  Record<
    string,
    readonly [families: readonly IPFamily[], podCIDR: string, pods: readonly string[], ...ranges: unknown[]]
  >
> = {
  'pod ranges: spec alone': [v4, '100.64.0.0/12', [], '100.64.0.0/12', undefined],
  'pod ranges: without host bits': [dual, '100.64.3.7/12', ['2001:db8::1/48'], '100.64.0.0/12', '2001:db8::/48'],
  'pod ranges: spec overrides the status': [v4, '100.64.0.0/12', ['100.96.0.0/12'], '100.64.0.0/12', undefined],
  'pod ranges: spec of an IPv6-only shoot (B6)': [v6, '2001:db8::/48', [], undefined, '2001:db8::/48'],
  'pod ranges: the second family from the status': [
    dual,
    '100.64.0.0/12',
    ['100.64.0.0/12', '2001:db8::/48'],
    '100.64.0.0/12',
    '2001:db8::/48',
  ],
  'pod ranges: each family has its own, IPv6 first (B5)': [
    ['IPv6', 'IPv4'],
    '2001:db8::/48',
    ['2001:db8::/48', '100.64.0.0/12'],
    '100.64.0.0/12',
    '2001:db8::/48',
  ],
  'pod ranges: not known yet (B6)': [dual, '100.64.0.0/12', [], '100.64.0.0/12', undefined],
  'pod ranges: the last of a family': [
    dual,
    '100.64.0.0/12',
    ['2001:db8:1::/48', '2001:db8:2::/48'],
    '100.64.0.0/12',
    '2001:db8:2::/48',
  ],
};

cases(podRanges, ([families, podCIDR, pods, ...expected]) => {
  const { ipv4, ipv6 } = compute({ families, podCIDR, status: { networking: { pods } } });
  assert.deepEqual([ipv4?.cidr, ipv6?.cidr], expected);
});
