/** Warnings about access to Services and the API server. */
import type { Diagnostic } from '../../network/diagnostics.ts';
import { parseDuration } from '../api/duration.ts';
import { type Check, type CheckInput, dependencies, type Warn } from './check.ts';

export const serviceWarnings: readonly Check[] = [
  { dependsOn: ['kubeproxy', 'shoot: addresses', 'shoot: kubeProxy'], find: apiServer },
  { dependsOn: ['loadBalancingMode', ...dependencies.native, 'shoot: kubeProxy'], find: loadBalancing },
  { dependsOn: ['bpfSocketLBHostnsOnly', 'shoot: kubeProxy'], find: socketLoadBalancing },
  { dependsOn: ['l2Announcements', 'shoot: kubeProxy'], find: l2 },
  { dependsOn: ['gatewayAPI', 'shoot: kubeProxy'], find: gateways },
  { dependsOn: ['agentOptions', 'hubble', 'shoot: kubeProxy'], find: agentOptions },
];

function apiServer(input: CheckInput, warn: Warn): readonly Diagnostic[] {
  const { apiServer: lookup } = input.values;
  const configured = configuredApiServer(input, warn);
  if (lookup?.found !== true || lookup.droppedPort === undefined || lookup.droppedPort === '443') return configured;
  const path = 'kubeproxy.k8sServicePort';
  const message = `the advertised address has port ${lookup.droppedPort}, the operator uses the port of the Service kubernetes`;
  const dropped = warn('cilium-api-server-port-dropped', path, message);
  return [dropped, ...configured.filter((one) => one.path !== dropped.path)];
}

function configuredApiServer({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  const { k8sServiceHost: host, k8sServicePort: port } = given.kubeproxy ?? {};
  const [hostPath, portPath] = ['kubeproxy.k8sServiceHost', 'kubeproxy.k8sServicePort'];
  const withoutEffect = (why: string): readonly Diagnostic[] =>
    [...(host ? [hostPath] : []), ...(port ? [portPath] : [])].map((path) =>
      warn('cilium-api-server-without-effect', path, `has no effect${why}`),
    );
  if (!values.kubeProxyReplacement) return withoutEffect(': kube-proxy is enabled in the Shoot');
  const { apiServer: lookup } = values;
  if (host && port && lookup?.found === true && lookup.urls !== undefined) return [];
  if (host && port)
    return [warn('cilium-api-server-operator-only', hostPath, 'is used by the operator only, not by the agents')];
  return withoutEffect(` without ${host ? portPath : hostPath}: the advertised address is used`);
}

function loadBalancing({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  const mode = given.loadBalancingMode;
  if (!mode || mode === 'snat') return [];
  const native = values.ipv4 ? values.nativeIPv4 : values.nativeIPv6;
  // An error, see api/requirements.ts.
  if (mode === 'dsr' && !native.wanted) return [];
  const path = 'loadBalancingMode';
  if (values.loadBalancingMode !== mode)
    return [warn('cilium-load-balancing-mode-off', path, `"${mode}" has no effect: "snat" is used in a tunnel`)];
  if (values.kubeProxyReplacement) return [];
  return [warn('cilium-load-balancing-mode-off', path, `"${mode}" has no effect: kube-proxy handles load balancers`)];
}

function socketLoadBalancing({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  if (given.bpfSocketLBHostnsOnly?.enabled !== true || values.kubeProxyReplacement) return [];
  const message = 'has no effect: with kube-proxy there is no load balancing at sockets';
  return [warn('cilium-socket-lb-without-effect', 'bpfSocketLBHostnsOnly.enabled', message)];
}

function l2({ given, values: { options, kubeProxyReplacement } }: CheckInput, warn: Warn): readonly Diagnostic[] {
  const { enabled, leaseDuration, leaseRenewDeadline, leaseRetryPeriod } = options.l2Announcements;
  if (!enabled) return unusedDurations(given, warn);
  const found: Diagnostic[] = [];
  if (!kubeProxyReplacement) {
    const message = 'announces addresses that Cilium does not serve: kube-proxy is enabled in the Shoot';
    found.push(warn('cilium-l2-without-replacement', 'l2Announcements.enabled', message));
  }
  const [lease, renew, retry] = [leaseDuration, leaseRenewDeadline, leaseRetryPeriod].map((text) =>
    Number(parseDuration(text) ?? 0n),
  ) as [number, number, number];
  if (lease < 1e9 || lease <= renew || renew <= 1.2 * retry || retry < 1) {
    const message = `lease ${leaseDuration}, renew deadline ${leaseRenewDeadline} and retry period ${leaseRetryPeriod} are inconsistent`;
    found.push(warn('cilium-l2-durations', 'l2Announcements', message));
  }
  return found;
}

function unusedDurations({ l2Announcements }: CheckInput['given'], warn: Warn): readonly Diagnostic[] {
  return (['leaseDuration', 'leaseRenewDeadline', 'leaseRetryPeriod'] as const)
    .filter((name) => l2Announcements?.[name])
    .map((name) => warn('cilium-l2-off', `l2Announcements.${name}`, 'has no effect: l2Announcements is disabled'));
}

function gateways(
  { given, values: { options, gatewayAPI, kubeProxyReplacement } }: CheckInput,
  warn: Warn,
): readonly Diagnostic[] {
  const policy = given.gatewayAPI?.externalTrafficPolicy;
  if (!options.gatewayAPI.enabled) {
    if (!policy) return [];
    return [
      warn('cilium-gateway-api-off', 'gatewayAPI.externalTrafficPolicy', 'has no effect: gatewayAPI is disabled'),
    ];
  }
  if (!gatewayAPI.permitted) {
    const message = 'takes effect only with feature gate CiliumGatewayAPI of the extension, which is off by default';
    return [warn('cilium-gateway-api-gate', 'gatewayAPI', message)];
  }
  if (kubeProxyReplacement) return [];
  const message = 'has no effect: Cilium serves Gateways only in place of kube-proxy, which is enabled in the Shoot';
  return [warn('cilium-gateway-api-without-replacement', 'gatewayAPI', message)];
}

function agentOptions({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  const options = given.agentOptions ?? {};
  const { 'monitor-aggregation': aggregation } = options;
  const rules = [
    ['bpf-lb-algorithm', !values.kubeProxyReplacement, 'kube-proxy is enabled in the Shoot'],
    ['hubble-event-buffer-capacity', !values.options.hubble.enabled, 'hubble is disabled'],
    [
      'monitor-aggregation-interval',
      aggregation === 'none' || aggregation === 'low',
      `monitor-aggregation is "${aggregation}"`,
    ],
  ] as const;
  return rules
    .filter(([name, applies]) => applies && options[name] !== undefined && options[name] !== null)
    .map(([name, , why]) =>
      warn('cilium-agent-option-without-effect', `agentOptions.${name}`, `has no effect: ${why}`),
    );
}
