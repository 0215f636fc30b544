import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { builtin } from '../../pkg/kubernetes/client/builtin.ts';
import { type Owner, ownerReference } from '../webhookconfigurations/ensure.ts';
import type { Leftover } from '../webhookconfigurations/leftovers.ts';

/** The address of the webhooks for API servers: a Service in their own cluster, or a host with an optional port (docs/design/gardener.md#admission-process). */
export type WebhookAddress =
  | { readonly mode: 'service'; readonly namespace: string; readonly name: string; readonly port: number }
  | { readonly mode: 'url'; readonly host: string };

export const webhookKinds = ['validator', 'mutator'] as const;
export type WebhookKind = (typeof webhookKinds)[number];

export const webhookPaths: Readonly<Record<WebhookKind, string>> = {
  validator: '/webhooks/validate',
  mutator: '/webhooks/mutate',
};

/** A network type, and whether the admission mutates its new Shoots. */
export interface AdmittedType {
  readonly type: string;
  readonly mutates: boolean;
}

export interface ConfigurationsInput {
  /** The types that this process serves. */
  readonly types: readonly AdmittedType[];
  readonly kinds: readonly WebhookKind[];
  readonly address: WebhookAddress;
  /** PEM CA bundle in base64. */
  readonly caBundle: string;
  /** The owner, whose deletion deletes the configurations; undefined if they are deleted manually. */
  readonly owner: Owner | undefined;
}

/**
 * Returns the webhook configurations for the virtual garden (docs/design/gardener.md#shoot-admission), with the defaults of API servers, so that
 * they can be compared. They have the names of those of the Go extensions, one per type, and so replace them: no configuration remains
 * that fails closed without a server.
 */
export function webhookConfigurations(input: ConfigurationsInput): readonly KubeObject[] {
  return webhooksFor(input).map(({ kind, type }) => createConfiguration({ input, kind, type }));
}

/** Returns the configurations that an admission of all types and kinds writes, and this one does not. */
export function leftoverConfigurations({
  all,
  types,
  kinds,
}: Pick<ConfigurationsInput, 'types' | 'kinds'> & { readonly all: readonly AdmittedType[] }): readonly Leftover[] {
  const wanted = webhooksFor({ types, kinds });
  return webhooksFor({ types: all, kinds: webhookKinds })
    .filter((one) => !wanted.some(({ kind, type }) => kind === one.kind && type === one.type))
    .map(({ kind, type }) => ({
      resource: kind === 'validator' ? builtin.validatingWebhookConfigurations : builtin.mutatingWebhookConfigurations,
      name: configurationName(type),
    }));
}

function webhooksFor({ types, kinds }: Pick<ConfigurationsInput, 'types' | 'kinds'>): readonly {
  readonly kind: WebhookKind;
  readonly type: string;
}[] {
  return kinds.flatMap((kind) =>
    types.filter(({ mutates }) => kind === 'validator' || mutates).map(({ type }) => ({ kind, type })),
  );
}

function configurationName(type: string): string {
  return `gardener-extension-admission-${type}`;
}

interface ConfigurationInput {
  readonly input: ConfigurationsInput;
  readonly kind: WebhookKind;
  readonly type: string;
}

function createConfiguration({ input, kind, type }: ConfigurationInput): KubeObject {
  const { address, caBundle, owner } = input;
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: kind === 'validator' ? 'ValidatingWebhookConfiguration' : 'MutatingWebhookConfiguration',
    metadata: {
      name: configurationName(type),
      // Otherwise Gardener changes the failure policy of webhooks in the clusters that it manages.
      labels: { 'remediation.webhook.shoot.gardener.cloud/exclude': 'true' },
      ...(owner === undefined ? {} : { ownerReferences: [ownerReference(owner)] }),
    },
    webhooks: [
      {
        name: `${kind}.admission-${type}.extensions.gardener.cloud`,
        admissionReviewVersions: ['v1', 'v1beta1'],
        clientConfig: { ...clientConfig(address, webhookPaths[kind]), caBundle },
        failurePolicy: 'Fail',
        matchPolicy: 'Exact',
        namespaceSelector: {},
        objectSelector: { matchLabels: { [`networking.extensions.gardener.cloud/${type}`]: 'true' } },
        ...(kind === 'mutator' ? { reinvocationPolicy: 'Never' } : {}),
        rules: [
          {
            apiGroups: ['core.gardener.cloud'],
            // A patch applies to one version of the object, a validation to all.
            apiVersions: [kind === 'validator' ? '*' : 'v1beta1'],
            operations: ['CREATE', 'UPDATE'],
            resources: ['shoots'],
            scope: '*',
          },
        ],
        sideEffects: 'None',
        timeoutSeconds: 10,
      },
    ],
  };
}

function clientConfig(address: WebhookAddress, path: string): Readonly<Record<string, unknown>> {
  if (address.mode === 'url') return { url: `https://${address.host}${path}` };
  const { namespace, name, port } = address;
  return { service: { namespace, name, path, port } };
}
