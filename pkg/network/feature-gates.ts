import { parseGoBoolean } from '../gardener/go-boolean.ts';
import { didYouMean, show } from './field.ts';
import type { FeatureGate, NetworkPlugin } from './plugin.ts';

/** On or off by name, for every gate of the CNIs that are served. */
export type FeatureGates = Readonly<Record<string, boolean>>;

/** All gates of all CNIs by name; no two CNIs share a name. */
export function allFeatureGates(
  plugins: readonly Pick<NetworkPlugin, 'featureGates'>[],
): Readonly<Record<string, FeatureGate>> {
  return Object.assign({}, ...plugins.map((plugin) => plugin.featureGates)) as Record<string, FeatureGate>;
}

/** The defaults of all gates of all CNIs. */
export function defaultFeatureGates(plugins: readonly Pick<NetworkPlugin, 'featureGates'>[]): FeatureGates {
  return Object.fromEntries(Object.entries(allFeatureGates(plugins)).map(([name, gate]) => [name, gate.default]));
}

/**
 * Parses `Name=true,Other=false`. Gives all problems at once: unknown names with a suggestion, values other than Go's booleans.
 */
export function parseFeatureGates(
  text: string,
  known: readonly string[],
): { readonly gates: FeatureGates; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const gates: Record<string, boolean> = {};
  for (const part of text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')) {
    const [name = '', ...values] = part.split('=').map((one) => one.trim());
    const wanted = parseGoBoolean(values.join('='));
    if (!known.includes(name)) problems.push(unknownFeatureGate(name, known));
    else if (wanted === undefined) problems.push(`feature gate ${name} needs =true or =false, got ${show(part)}`);
    else gates[name] = wanted;
  }
  return { gates, problems };
}

/** What is wrong with a name that is none of the known ones, and what may have been meant. */
export function unknownFeatureGate(name: string, known: readonly string[]): string {
  const guess = didYouMean(name, known);
  const others = known.length === 0 ? 'there are none' : `known are ${known.join(', ')}`;
  return `unknown feature gate ${show(name)}, ${guess === undefined ? others : `did you mean ${guess}?`}`;
}
