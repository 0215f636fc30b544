import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { plannedObjects } from '../../pkg/network/plan.ts';
import type { ManagedResourcePlan } from '../../pkg/network/plugin.ts';
import { type Owner, ownerReference } from '../webhookconfigurations/ensure.ts';

/** Address of the webhook for the API server of the cluster in which the extension runs. */
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
  /** Name of the webhook configuration, the same as in seeds. */
  readonly name: string;
  /** The ManagedResource that registers the webhook in other shoots. */
  readonly plan: ManagedResourcePlan;
  readonly address: OwnClusterAddress;
  /** PEM, base64. */
  readonly caBundle: string;
  readonly owner: Owner | undefined;
}

/**
 * Returns the webhook configuration of a self-hosted shoot. The extension runs in the shoot itself, so the configuration refers to the
 * Service, and is deleted with the namespace of the extension (docs/design/gardener.md#self-hosted-shoots). Fields that API servers default
 * are set, so that the stored object can be compared.
 */
export function ownConfiguration({ name, plan, address, caBundle, owner }: OwnConfigurationInput): KubeObject {
  const [given] = plannedObjects(plan);
  if (given === undefined) throw new Error(`ManagedResource ${plan.name} holds no webhook configuration`);
  const webhooks = Array.isArray(given['webhooks']) ? given['webhooks'].filter(isRecord) : [];
  return {
    apiVersion: given.apiVersion,
    kind: given.kind,
    metadata: {
      name,
      labels: textLabels(given.metadata['labels']),
      ...(owner === undefined ? {} : { ownerReferences: [ownerReference(owner)] }),
    },
    webhooks: webhooks.map((webhook) => ({
      ...webhook,
      clientConfig: { ...address, caBundle },
      reinvocationPolicy: 'Never',
      rules: rulesWithScope(webhook['rules']),
    })),
  };
}

function textLabels(labels: unknown): Readonly<Record<string, string>> {
  const entries = isRecord(labels) ? Object.entries(labels) : [];
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

function rulesWithScope(rules: unknown): readonly object[] {
  return Array.isArray(rules) ? rules.filter(isRecord).map((rule) => ({ ...rule, scope: '*' })) : [];
}
