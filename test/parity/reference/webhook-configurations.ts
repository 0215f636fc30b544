/** The webhook configurations that the admission of the Go extension for cilium registered. */
import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import { type CaseHashes, hashLeaves } from '../leaf-hashes.ts';
import { addresses, configurationLeaves } from '../webhook-configurations.ts';
import { referenceObjects } from './files.ts';

/** The configurations for one way to reach the webhooks; none without the recordings. */
export function recordedConfigurations(mode: string): readonly KubeObject[] {
  const recorded = referenceObjects('cilium', 'admission-webhookconfigurations.yaml');
  return recorded.filter((one) => one['mode'] === mode).map((one) => one['config'] as KubeObject);
}

/** The content of webhook-configurations.txt. */
export function recordedConfigurationHashes(): CaseHashes {
  const modes = Object.keys(addresses).map((mode) => {
    const leaves = [...configurationLeaves(recordedConfigurations(mode))];
    return [mode, new Map(leaves.map(([name, one]) => [name, hashLeaves(one)]))] as const;
  });
  return new Map(modes);
}
