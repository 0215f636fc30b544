import { isRecord } from '../gardener/objects.ts';

/** Merges the operator's defaults for all Networks of a CNI into providerConfig, field by field; set fields take precedence. */
export function withOperatorDefaults<Config>(config: Config, defaults: unknown): Config {
  return merge(config, defaults) as Config;
}

function merge(value: unknown, fallback: unknown): unknown {
  if (value === undefined || value === null) return fallback ?? value;
  if (!isRecord(value) || !isRecord(fallback)) return value;
  const merged = Object.entries(fallback).map(([name, inner]) => [name, merge(value[name], inner)] as const);
  return { ...value, ...Object.fromEntries(merged) };
}
