import type { KubeObject } from '../../gardener/objects.ts';
import { type Diagnostic, reporter } from '../diagnostics.ts';
import { gardenerRules } from './diagnostics.ts';
import { rangeFindings } from './ranges.ts';
import { readShootSpec } from './shoot-spec.ts';
import { updateFindings } from './update.ts';
import { valueFindings } from './values.ts';

export interface ShootInput {
  readonly shoot: KubeObject;
  /** The stored Shoot; undefined if it is unknown. */
  readonly old?: KubeObject | undefined;
  /** The name of the Shoot in findings. */
  readonly object: string;
}

/**
 * Returns what the API server of Gardener would reject in the values of a Shoot, as far as the network depends on them; all are errors
 * (docs/design/gardener.md#rules-of-the-api-server). Values of a wrong type count as absent, since `fieldFindings` reports them. A Shoot in
 * deletion has no findings: its network remains as it is.
 */
export function shootFindings({ shoot, old, object }: ShootInput): readonly Diagnostic[] {
  if (shoot.metadata.deletionTimestamp) return [];
  const spec = readShootSpec(shoot);
  const stored = old === undefined ? undefined : readShootSpec(old);
  // Gardener compares with reserved ranges when a Shoot gets its seed. A stored Shoot with a seed has passed.
  const scheduled = stored?.seedName ?? (shoot.metadata.uid ? spec.seedName : undefined);
  const schedules = scheduled === undefined || (spec.seedName !== undefined && scheduled !== spec.seedName);
  const found = [
    ...rangeFindings(spec, { schedules }),
    ...valueFindings(spec),
    ...(stored === undefined ? [] : updateFindings({ old: stored, new: spec })),
  ];
  return found.map(({ code, path, message }) => report(code, { object, path, message }));
}

const report = reporter(gardenerRules);
