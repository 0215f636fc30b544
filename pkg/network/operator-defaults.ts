import { isRecord } from '../gardener/objects.ts';

/** providerConfig with the defaults that the operator set for all Networks of a CNI, field by field; what the configuration sets takes precedence. */
export function withOperatorDefaults<Config>(config: Config, defaults: unknown): Config {
  return merge(config, defaults) as Config;
}

function merge(value: unknown, fallback: unknown): unknown {
  if (value === undefined || value === null) return fallback ?? value;
  if (!isRecord(value) || !isRecord(fallback)) return value;
  const merged = Object.entries(fallback).map(([name, inner]) => [name, merge(value[name], inner)] as const);
  return { ...value, ...Object.fromEntries(merged) };
}
