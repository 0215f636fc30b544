import { parseGoBoolean } from '../gardener/go-boolean.ts';
import { didYouMean, show } from './field.ts';
import type { FeatureGate, NetworkPlugin } from './plugin.ts';

/** The state of every feature gate of the served CNIs, by name. */
export type FeatureGates = Readonly<Record<string, boolean>>;

/** Returns the feature gates of all CNIs by name; names are unique among CNIs. */
export function allFeatureGates(
  plugins: readonly Pick<NetworkPlugin, 'featureGates'>[],
): Readonly<Record<string, FeatureGate>> {
  return Object.assign({}, ...plugins.map((plugin) => plugin.featureGates)) as Record<string, FeatureGate>;
}

/** Returns the defaults of the feature gates of all CNIs. */
export function defaultFeatureGates(plugins: readonly Pick<NetworkPlugin, 'featureGates'>[]): FeatureGates {
  return Object.fromEntries(Object.entries(allFeatureGates(plugins)).map(([name, gate]) => [name, gate.default]));
}

/** Returns the function that tells whether a gate of a CNI is enabled: as set by the operator, otherwise its default. */
export function gateCheck<const Gates extends Readonly<Record<string, FeatureGate>>>(known: Gates) {
  return (name: keyof Gates & string, given: FeatureGates): boolean => given[name] ?? known[name]?.default ?? false;
}

/**
 * Parses `Name=true,Other=false`. Returns all problems at once: unknown names with a suggestion, and values that are not booleans of Go.
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

/** Returns the message for an unknown name, with a suggestion or the known names. */
export function unknownFeatureGate(name: string, known: readonly string[]): string {
  const guess = didYouMean(name, known);
  const others = known.length === 0 ? 'there are none' : `known are ${known.join(', ')}`;
  return `unknown feature gate ${show(name)}, ${guess === undefined ? others : `did you mean ${guess}?`}`;
}
