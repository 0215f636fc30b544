/** The configurations of the admission webhooks of cilium, as the Go extension registers them and as this project does. */
import { type ConfigurationsInput, webhookConfigurations } from '../../controllers/admission/configurations.ts';
import { describeObject, isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { leavesOf } from './canonical.ts';
import type { ObjectLeaves } from './differences.ts';

const name = 'gardener-extension-admission-cilium';

/** The ways in which an API server reaches the webhooks. */
export const addresses: Readonly<Record<string, ConfigurationsInput['address']>> = {
  service: { mode: 'service', namespace: 'garden', name, port: 10_250 },
  url: { mode: 'url', host: `${name}.garden` },
};

/** What this project registers, without an owner. */
export function renderedConfigurations(address: ConfigurationsInput['address']): readonly KubeObject[] {
  return webhookConfigurations({
    types: [{ type: 'cilium', mutates: true }],
    kinds: ['validator', 'mutator'],
    address,
    caBundle: 'Y2E=',
    owner: undefined,
  });
}

/** Leaves of configurations, without the CA bundle and without defaults of the API server that are spelled out. */
export function configurationLeaves(configurations: readonly KubeObject[]): ObjectLeaves {
  return new Map(configurations.map((one) => [describeObject(one), leavesOf(withoutDefaults(one, '') ?? {})]));
}

const defaults: Readonly<Record<string, unknown>> = { scope: '*', reinvocationPolicy: 'Never' };

function withoutDefaults(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => withoutDefaults(one, ''));
  if (!isRecord(value)) return defaults[key] === value ? undefined : value;
  if (key === 'namespaceSelector' && Object.keys(value).length === 0) return undefined;
  const members = Object.entries(value)
    .filter(([member]) => member !== 'caBundle')
    .map(([member, one]) => [member, withoutDefaults(one, member)] as const);
  return Object.fromEntries(members.filter(([, one]) => one !== undefined));
}
