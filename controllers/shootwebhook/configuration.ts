import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { ManagedResourcePlan } from '../../pkg/network/plugin.ts';
import { type Owner, ownerReference } from '../webhookconfigurations/ensure.ts';

/** How the API server of the cluster that the extension runs in reaches the webhook. */
export type OwnClusterAddress =
  | { readonly url: string }
  | {
      readonly service: {
        readonly namespace: string;
        readonly name: string;
        readonly path: string;
        readonly port: number;
      };
    };

export interface OwnConfigurationInput {
  /** That of the configurations in seeds. */
  readonly name: string;
  /** What other shoots are told of the webhook. */
  readonly plan: ManagedResourcePlan;
  readonly address: OwnClusterAddress;
  /** PEM, base64. */
  readonly caBundle: string;
  readonly owner: Owner | undefined;
}

/**
 * The webhook configuration of a self-hosted shoot: the extension runs in the shoot itself, so that its API server is asked to come to the
 * Service, and the configuration goes with the namespace of the extension (docs/design/gardener.md#self-hosted-shoots). With what API servers default, so that it can
 * be compared.
 */
export function ownConfiguration({ name, plan, address, caBundle, owner }: OwnConfigurationInput): KubeObject {
  const [given] = plan.parts.flatMap((part) => part.objects.map((one) => one.object));
  if (given === undefined) throw new Error(`ManagedResource ${plan.name} holds no webhook configuration`);
  const webhooks = Array.isArray(given['webhooks']) ? given['webhooks'].filter(isRecord) : [];
  return {
    apiVersion: given.apiVersion,
    kind: given.kind,
    metadata: {
      name,
      labels: labelsOf(given.metadata['labels']),
      ...(owner === undefined ? {} : { ownerReferences: [ownerReference(owner)] }),
    },
    webhooks: webhooks.map((webhook) => ({
      ...webhook,
      clientConfig: { ...address, caBundle },
      reinvocationPolicy: 'Never',
      rules: rulesOf(webhook['rules']),
    })),
  };
}

function labelsOf(labels: unknown): Readonly<Record<string, string>> {
  const entries = isRecord(labels) ? Object.entries(labels) : [];
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

function rulesOf(rules: unknown): readonly object[] {
  return Array.isArray(rules) ? rules.filter(isRecord).map((rule) => ({ ...rule, scope: '*' })) : [];
}
