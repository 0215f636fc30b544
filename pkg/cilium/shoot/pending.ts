import { type Diagnostic, reporter } from '../../network/diagnostics.ts';
import { ciliumRules } from '../api/diagnostics.ts';
import type { CiliumAssessment } from '../assess.ts';

const report = reporter(ciliumRules);

/** Returns findings about inputs that other components will provide; until then nothing may be rendered. */
export function pendingProblems({ values, object, path }: CiliumAssessment): readonly Diagnostic[] {
  const { apiServer } = values;
  const found: Diagnostic[] = [];
  if (apiServer?.found === false && apiServer.reason === 'pending') {
    const message = 'kube-proxy is disabled and status.advertisedAddresses of the Shoot is empty';
    found.push(report('cilium-api-server-pending', { object, path: `${path}.kubeproxy.k8sServiceHost`, message }));
  }
  const unknown = (['IPv4', 'IPv6'] as const).filter((family) => {
    const native = family === 'IPv4' ? values.nativeIPv4 : values.nativeIPv6;
    const pool = family === 'IPv4' && values.ipv4 && values.ipam.mode === 'cluster-pool';
    return (native.wanted && native.cidr === undefined) || (pool && values.ipam.ipv4Range === undefined);
  });
  for (const family of unknown) {
    const message = `no ${family} range is known: neither spec.podCIDR nor status.networking.pods of the Shoot has one`;
    found.push(report('cilium-pod-range-pending', { object, path: 'spec.podCIDR', message }));
  }
  return found;
}
