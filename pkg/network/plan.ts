import type { Network } from '../gardener/network.ts';
import { describeObject } from '../gardener/objects.ts';
import { type Diagnostic, networkRules, reporter } from './diagnostics.ts';
import { field } from './field.ts';
import type { NetworkPlugin, PlanInput, PlanResult, PlanTools } from './plugin.ts';

const report = reporter(networkRules);

/** The one entry to every CNI: chooses the plugin by `spec.type` and plans. Refuses types that nobody here serves. */
export function plan(input: PlanInput & { readonly plugins: readonly NetworkPlugin[] }, tools: PlanTools): PlanResult {
  const plugin = pluginFor(input.plugins, input.network.spec.type);
  if (plugin !== undefined) return plugin.plan(input, tools);
  return { outcome: 'refused', diagnostics: [unservedType(input.network, input.plugins)] };
}

/** That no plugin serves the type of a Network, or that it has none. */
export function unservedType(network: Network, plugins: readonly NetworkPlugin[]): Diagnostic {
  const { type } = network.spec;
  const types = plugins.map((one) => one.type);
  const message = type
    ? field.unsupported(type, types)
    : field.required(`the type of the network, one of ${types.join(', ')}`);
  return report('network-invalid', { object: describeObject(network), path: 'spec.type', message });
}

export function pluginFor(plugins: readonly NetworkPlugin[], type: unknown): NetworkPlugin | undefined {
  return plugins.find((plugin) => plugin.type === type);
}
