import { describeObject, type KubeObject, recordOf } from '../gardener/objects.ts';
import type { Diagnostic } from '../network/diagnostics.ts';
import { type FindingContext, policyName } from './cluster.ts';
import { systemPods } from './gardener.ts';
import { type Endpoint, endpointsOf } from './services.ts';

/** Objects by which API servers call Services. */
const kinds = new Set([
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
  'APIService',
  'CustomResourceDefinition',
]);

/** Returns a finding for each policy that keeps the API server from a webhook of the input. */
export function webhookFindings(context: FindingContext): readonly Diagnostic[] {
  const { objects, evaluator, report } = context;
  const found = objects
    .filter(({ kind }) => kinds.has(kind))
    .flatMap((object) => callsOf(object).map((call) => ({ object, call })));
  const seen = new Set<string>();
  return found.flatMap(({ object, call }) =>
    endpoints(call, context).flatMap(({ pod, port }) => {
      const flow = {
        source: { kind: 'pod', pod: systemPods.vpn },
        target: { kind: 'pod', pod },
        protocol: 'TCP',
        port,
      } as const;
      const { allowed, isolatedBy } = evaluator.judgeEnd(flow, 'ingress');
      const [policy] = isolatedBy;
      const key = `${describeObject(object)} ${pod.namespace}/${pod.name}`;
      if (allowed || policy === undefined || seen.has(key)) return [];
      seen.add(key);
      const message = `${describeObject(object)} calls ${pod.namespace}/${pod.name} at port ${port}, and no rule for ingress admits the API server`;
      const remedy = `Add {from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, podSelector: {matchLabels: {app: vpn-shoot}}}], ports: [{port: ${port}}]} to the rules for ingress.`;
      return [report('policy-cuts-webhook', { object: policyName(policy), path: 'spec.ingress', message, remedy })];
    }),
  );
}

interface ServiceCall {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

function callsOf({ spec, webhooks }: KubeObject): readonly ServiceCall[] {
  const configs = (Array.isArray(webhooks) ? webhooks : []).map(
    (one) => recordOf(recordOf(one)['clientConfig'])['service'],
  );
  const conversion = recordOf(recordOf(recordOf(recordOf(spec)['conversion'])['webhook'])['clientConfig'])['service'];
  return [...configs, conversion, recordOf(spec)['service']].flatMap((one) => {
    const { namespace, name, port = 443 } = recordOf(one);
    if (typeof namespace !== 'string' || typeof name !== 'string' || typeof port !== 'number') return [];
    return [{ namespace, name, port }];
  });
}

function endpoints({ namespace, name, port }: ServiceCall, { services, pods }: FindingContext): readonly Endpoint[] {
  const service = services.find((one) => one.namespace === namespace && one.name === name);
  const found = service?.ports.find((one) => one.port === port);
  return service === undefined || found === undefined ? [] : endpointsOf(service, found, pods);
}
