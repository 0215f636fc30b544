import type { Network } from '../gardener/network.ts';
import { describeObject, type KubeObject, quoted } from '../gardener/objects.ts';
import { type Diagnostic, networkRules, reporter } from './diagnostics.ts';
import { didYouMean, field } from './field.ts';
import type { ManagedResourcePlan, NetworkPlugin, PlanInput, PlanResult, PlanTools, ShootWebhook } from './plugin.ts';

const report = reporter(networkRules);

/** Selects the plugin by `spec.type` and plans the Network. Refuses types that no plugin serves. */
export function plan(input: PlanInput & { readonly plugins: readonly NetworkPlugin[] }, tools: PlanTools): PlanResult {
  const plugin = pluginFor(input.plugins, input.network.spec.type);
  if (plugin !== undefined) return planNetwork(plugin, input, tools);
  return { outcome: 'refused', diagnostics: [unsupportedType(input.network, input.plugins)] };
}

/** Decodes and plans a Network, for callers that have read all inputs. */
export function planNetwork(plugin: NetworkPlugin, input: PlanInput, tools: PlanTools): PlanResult {
  return plugin.plan(plugin.decode(input), input, tools);
}

/** Returns the objects of a ManagedResource. Each call parses them, since renderings are stored as text. */
export function plannedObjects({ parts }: Pick<ManagedResourcePlan, 'parts'>): readonly KubeObject[] {
  return parts.flatMap(({ objects }) => objects.map(({ object }) => object));
}

/** Returns the finding for a Network without a type, or with a type that no plugin serves. */
export function unsupportedType(network: Network, plugins: readonly NetworkPlugin[]): Diagnostic {
  const { type } = network.spec;
  const types = plugins.map((one) => one.type);
  // A value of another type reaches this place from a file that no API server has validated.
  const meant = typeof type === 'string' ? didYouMean(type, types) : undefined;
  const message = type
    ? `${field.unsupported(type, types)}${meant === undefined ? '' : `, did you mean ${quoted(meant)}?`}`
    : field.required(`the type of the network, one of ${types.join(', ')}`);
  return report('network-invalid', { object: describeObject(network), path: 'spec.type', message });
}

/** Returns the webhook for shoots of the served CNIs; undefined if none has one. Throws if two have one, since a process serves one webhook. */
export function findShootWebhook(
  plugins: readonly Pick<NetworkPlugin, 'type' | 'shootWebhook'>[],
): { readonly type: string; readonly webhook: ShootWebhook } | undefined {
  const [first, ...more] = plugins.flatMap(({ type, shootWebhook }) =>
    shootWebhook === undefined ? [] : [{ type, webhook: shootWebhook }],
  );
  if (more.length > 0) throw new Error(`one process cannot serve the webhooks of ${first?.type} and ${more[0]?.type}`);
  return first;
}

export function pluginFor(plugins: readonly NetworkPlugin[], type: unknown): NetworkPlugin | undefined {
  return plugins.find((plugin) => plugin.type === type);
}
