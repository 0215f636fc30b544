import { describeObject } from '../gardener/objects.ts';
import { networkRules, reporter } from './diagnostics.ts';
import { didYouMean, field, show } from './field.ts';
import type { NetworkPlugin, PlanInput, PlanResult, PlanTools } from './plugin.ts';

const report = reporter(networkRules);

/** The one entry to every CNI: chooses the plugin by `spec.type` and plans. Refuses types that nobody here serves. */
export function plan(input: PlanInput & { readonly plugins: readonly NetworkPlugin[] }, tools: PlanTools): PlanResult {
  const plugin = pluginFor(input.plugins, input.network.spec.type);
  if (plugin !== undefined) return plugin.plan(input, tools);
  const { type } = input.network.spec;
  const types = input.plugins.map((one) => one.type);
  const message = type
    ? field.unsupported(type, types)
    : field.required(`the type of the network, one of ${types.join(', ')}`);
  return {
    outcome: 'refused',
    diagnostics: [report('network-invalid', { object: describeObject(input.network), path: 'spec.type', message })],
  };
}

export function pluginFor(plugins: readonly NetworkPlugin[], type: unknown): NetworkPlugin | undefined {
  return plugins.find((plugin) => plugin.type === type);
}

/** The defaults of all gates of all CNIs. */
export function featureGatesOf(plugins: readonly NetworkPlugin[]): Readonly<Record<string, boolean>> {
  return Object.assign({}, ...plugins.map((plugin) => plugin.featureGates)) as Record<string, boolean>;
}

/**
 * Parses `Name=true,Other=false`. Gives all problems at once: unknown names with a suggestion, values other than Go's booleans.
 */
export function parseFeatureGates(
  text: string,
  known: readonly string[],
): { readonly gates: Readonly<Record<string, boolean>>; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const gates: Record<string, boolean> = {};
  for (const part of text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')) {
    const [name = '', ...values] = part.split('=').map((one) => one.trim());
    const value = values.join('=');
    const wanted = /^(1|t|T|true|TRUE|True)$/.test(value)
      ? true
      : /^(0|f|F|false|FALSE|False)$/.test(value)
        ? false
        : undefined;
    if (!known.includes(name)) {
      const guess = didYouMean(name, known);
      problems.push(
        `unknown feature gate ${show(name)}${guess === undefined ? `, known are ${known.join(', ')}` : `, did you mean ${guess}?`}`,
      );
    } else if (wanted === undefined) problems.push(`feature gate ${name} needs =true or =false, got ${show(part)}`);
    else gates[name] = wanted;
  }
  return { gates, problems };
}
