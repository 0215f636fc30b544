import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { builtin } from '../../pkg/kubernetes/client/builtin.ts';
import { type Owner, ownerReference } from '../webhookconfigurations/ensure.ts';
import type { Leftover } from '../webhookconfigurations/leftovers.ts';

/** Where API servers reach the webhooks: by a Service of their own cluster, or at a host, possibly with a port (docs/design/gardener.md#admission-process). */
export type WebhookAddress =
  | { readonly mode: 'service'; readonly namespace: string; readonly name: string; readonly port: number }
  | { readonly mode: 'url'; readonly host: string };

export const webhookKinds = ['validator', 'mutator'] as const;
export type WebhookKind = (typeof webhookKinds)[number];

export const webhookPaths: Readonly<Record<WebhookKind, string>> = {
  validator: '/webhooks/validate',
  mutator: '/webhooks/mutate',
};

/** A network type, and whether new Shoots of it are changed. */
export interface AdmittedType {
  readonly type: string;
  readonly mutates: boolean;
}

export interface ConfigurationsInput {
  /** What is served here. */
  readonly types: readonly AdmittedType[];
  readonly kinds: readonly WebhookKind[];
  readonly address: WebhookAddress;
  /** PEM bundle, base64. */
  readonly caBundle: string;
  /** With it the configurations end, too; undefined where they are removed by hand. */
  readonly owner: Owner | undefined;
}

/**
 * The webhook configurations as they must be in the virtual garden (docs/design/gardener.md#shoot-admission), with what API servers default, so that they can be
 * compared. Named per type as the Go extensions name theirs: ours take their place, and none is left that fails closed and that nobody answers.
 */
export function webhookConfigurations(input: ConfigurationsInput): readonly KubeObject[] {
  return webhooksOf(input).map(({ kind, type }) => configurationOf({ input, kind, type }));
}

/** What an admission of all types would write and this one does not, because it serves less. */
export function leftoverConfigurations({
  all,
  types,
  kinds,
}: Pick<ConfigurationsInput, 'types' | 'kinds'> & { readonly all: readonly AdmittedType[] }): readonly Leftover[] {
  const wanted = webhooksOf({ types, kinds });
  return webhooksOf({ types: all, kinds: webhookKinds })
    .filter((one) => !wanted.some(({ kind, type }) => kind === one.kind && type === one.type))
    .map(({ kind, type }) => ({
      resource: kind === 'validator' ? builtin.validatingWebhookConfigurations : builtin.mutatingWebhookConfigurations,
      name: nameOf(type),
    }));
}

function webhooksOf({ types, kinds }: Pick<ConfigurationsInput, 'types' | 'kinds'>): readonly {
  readonly kind: WebhookKind;
  readonly type: string;
}[] {
  return kinds.flatMap((kind) =>
    types.filter(({ mutates }) => kind === 'validator' || mutates).map(({ type }) => ({ kind, type })),
  );
}

function nameOf(type: string): string {
  return `gardener-extension-admission-${type}`;
}

interface One {
  readonly input: ConfigurationsInput;
  readonly kind: WebhookKind;
  readonly type: string;
}

function configurationOf({ input, kind, type }: One): KubeObject {
  const { address, caBundle, owner } = input;
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: kind === 'validator' ? 'ValidatingWebhookConfiguration' : 'MutatingWebhookConfiguration',
    metadata: {
      name: nameOf(type),
      // Gardener would else soften what fails closed in the clusters that it looks after.
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
            // A patch is written for one version of the object, a verdict for all.
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
