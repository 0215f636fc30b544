import { describeShootChange } from '../changes/shoots.ts';
import { apiVersions } from '../gardener/constants.ts';
import { isRecord, type KubeObject } from '../gardener/objects.ts';
import type { Impact } from '../network/effects.ts';
import type { NetworkPlugin } from '../network/plugin.ts';
import { plugins } from '../plugins/index.ts';
import { planTools } from '../plugins/tools.ts';

/** What a change does to a running shoot, by the rule with this code; for a refused change by that of the finding. */
export interface ExampleEffect {
  readonly impact: Impact;
  readonly text: string;
  readonly code: string;
}

/**
 * Returns what happens if the option at `path` is set as in an example, in a running shoot that has the rest of the example; undefined if the effect
 * is not known.
 */
export function exampleEffect(input: {
  readonly plugin: Pick<NetworkPlugin, 'type'>;
  readonly example: object;
  readonly path: string;
}): ExampleEffect | undefined {
  const { plugin, example, path } = input;
  const keys = path.split('.');
  const after = runningShoot({ plugin, path, config: example });
  // The rest of a group may be invalid without the option.
  for (const removed of [keys, keys.slice(0, 1)]) {
    const before = runningShoot({ plugin, path, config: without(example, removed) });
    const result = describeShootChange({ plugins, tools: planTools(), old: before, new: after, featureGates: {} });
    if (result.outcome !== 'described') continue;
    const { impact, summary, findings } = result.effects;
    return { impact, text: summary.text, code: findings[0]?.code ?? summary.code };
  }
  return undefined;
}

function runningShoot(input: {
  readonly plugin: Pick<NetworkPlugin, 'type'>;
  readonly path: string;
  readonly config: unknown;
}): KubeObject {
  const { plugin, path, config } = input;
  const ipFamilies = path.startsWith('ipv6.') ? ['IPv6'] : ['IPv4'];
  return {
    apiVersion: apiVersions.core,
    kind: 'Shoot',
    metadata: { name: 'web', namespace: 'garden-dev' },
    spec: {
      kubernetes: { version: '1.34.3' },
      networking: { type: plugin.type, ipFamilies, nodes: '10.180.0.0/16', providerConfig: config },
      provider: { type: 'local', workers: [{ name: 'general' }] },
    },
    status: { advertisedAddresses: [{ name: 'external', url: 'https://api.example.com' }] },
  };
}

/** Returns a configuration without an option, and without groups that have no other one: an empty group may mean something else than none. */
function without(value: unknown, [key = '', ...rest]: readonly string[]): unknown {
  if (!isRecord(value)) return value;
  const others = Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
  const inner = rest.length === 0 ? undefined : without(value[key], rest);
  return isRecord(inner) && Object.keys(inner).length > 0 ? { ...others, [key]: inner } : others;
}
