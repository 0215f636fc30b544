import { parseCidr } from '../../gardener/cidr.ts';
import { runChecks } from '../../network/checks.ts';
import { type Diagnostic, reporter } from '../../network/diagnostics.ts';
import { describeShoot } from '../../network/shoot-findings.ts';
import { networkConfigSchema } from '../api/config.ts';
import { ciliumRules } from '../api/diagnostics.ts';
import { poolMaskSize } from '../render/agent-config.ts';
import type { Check, CheckInput, Warn } from './check.ts';
import { datapathWarnings } from './datapath.ts';

import { serviceWarnings } from './services.ts';
import { unreachableWarnings } from './unreachable.ts';

const report = reporter(ciliumRules);

/**
 * Returns warnings about options that are accepted, but do not have the intended effect or are known to cause failures
 * (docs/reference/verdicts.md, "warn"). One finding per option; each message contains the setting that overrides it. With errors, only the
 * warnings that do not depend on invalid fields are returned.
 */
export function warnings({ input, errors }: WarningsInput): readonly Diagnostic[] {
  return runChecks({ checks, rules: ciliumRules, schema: networkConfigSchema, input, errors });
}

export interface WarningsInput {
  readonly input: CheckInput;
  /** The errors in the configuration; `input` does not contain the invalid parts. */
  readonly errors: readonly Diagnostic[];
}

const checks: readonly Check[] = [
  { dependsOn: ['ipv4', 'ipv6', 'store'], find: deprecated },
  ...serviceWarnings,
  ...datapathWarnings,
  ...unreachableWarnings,
  { dependsOn: ['shoot: families'], find: ipamWarnings },
  { dependsOn: ['shoot: families', 'shoot: pods'], find: smallPool },
  { dependsOn: ['shoot: kubeProxy'], find: implicitIpvs },
  { dependsOn: [], find: nodeLocalDNSWebhook },
];

function deprecated({ given }: CheckInput, warn: Warn): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  if (given.store) found.push(warn('cilium-deprecated-without-effect', 'store', `"${given.store}" has no effect`));
  for (const name of ['ipv4', 'ipv6'] as const) {
    const enabled = given[name]?.enabled;
    if (typeof enabled === 'boolean') {
      const message = `${enabled} has no effect: spec.ipFamilies decides`;
      found.push(warn('cilium-deprecated-without-effect', `${name}.enabled`, message));
    }
  }
  return found;
}

function ipamWarnings({ values: { ipam, ipv6 }, object }: CheckInput): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const about = 'ConfigMap kube-system/cilium-config';
  if (ipam.ignored !== undefined) {
    const message = `${JSON.stringify(ipam.ignored.slice(0, 80))} is ignored, "${ipam.mode}" is used`;
    found.push(report('cilium-ipam-ignored', { object: `Shoot’s ${about}`, path: 'data.ipam', message }));
  }
  if (ipam.mode === 'cluster-pool') {
    const ranges = ipv6 ? '/24 of the IPv4 range and /120 of fd00::/104' : '/24 of the pod range';
    const message = `the shoot runs with IPAM mode "cluster-pool": nodes get a ${ranges}`;
    found.push(report('cilium-cluster-pool-fixed', { object, path: '', message }));
  }
  return found;
}

/** The operator divides the range into subnets of the size for a node, of which a smaller range has none (verdict 15). */
function smallPool({ values: { ipam, ipv4 }, object }: CheckInput): readonly Diagnostic[] {
  const range = parseCidr(ipam.ipv4Range ?? '');
  if (ipam.mode !== 'cluster-pool' || !ipv4 || range === undefined || range.prefix <= poolMaskSize) return [];
  const message = `${range.text} is smaller than the /${poolMaskSize} that a node gets: new nodes get no addresses for pods`;
  return [report('cilium-cluster-pool-small', { object, path: '', message })];
}

function implicitIpvs({ shoot }: CheckInput): readonly Diagnostic[] {
  const { kubeProxy, nodeLocalDNS } = shoot;
  if (!nodeLocalDNS || !kubeProxy.enabled || kubeProxy.explicit || kubeProxy.mode !== 'IPVS') return [];
  const message = 'mode "IPVS" with NodeLocalDNS is accepted only because kubeProxy.enabled is not set';
  return [
    report('cilium-ipvs-implicit', { object: describeShoot(shoot), path: 'spec.kubernetes.kubeProxy.mode', message }),
  ];
}

function nodeLocalDNSWebhook({ shoot, object }: CheckInput): readonly Diagnostic[] {
  if (!shoot.nodeLocalDNS) return [];
  const message =
    'NodeLocalDNS is enabled: its objects in the shoot can be changed only while the webhook of the extension is available';
  return [report('cilium-node-local-dns-webhook', { object, path: '', message })];
}
