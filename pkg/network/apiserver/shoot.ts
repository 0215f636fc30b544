import type { KubeObject } from '../../gardener/objects.ts';
import { type Diagnostic, reporter } from '../diagnostics.ts';
import { field } from '../field.ts';
import { gardenerRules } from './diagnostics.ts';
import { rangeFindings } from './ranges.ts';
import { invalidValue, type RuleFinding } from './rule.ts';
import { readShootSpec, type ShootSpec } from './shoot-spec.ts';
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
 * (docs/design/gardener-rules.md#ranges-values-and-updates). Values of a wrong type count as absent, since `fieldFindings` reports them. A Shoot in
 * deletion has no findings: its network remains as it is.
 */
export function shootFindings({ shoot, old, object }: ShootInput): readonly Diagnostic[] {
  if (shoot.metadata.deletionTimestamp) return [];
  const stored = old === undefined ? undefined : readShootSpec(old);
  const spec = retainMasks(readShootSpec(shoot), stored);
  // Gardener compares with reserved ranges when a Shoot gets its seed. A stored Shoot with a seed has passed.
  const scheduled = stored?.seedName ?? (shoot.metadata.uid ? spec.seedName : undefined);
  const schedules = scheduled === undefined || (spec.seedName !== undefined && scheduled !== spec.seedName);
  const found = [
    ...rangeFindings(spec, { schedules }),
    ...valueFindings(spec),
    ...(shoot.metadata.uid ? [] : versionFindings(spec, stored)),
    ...(stored === undefined ? [] : updateFindings({ old: stored, new: spec })),
  ];
  return found.map(({ code, path, message }) => report(code, { object, path, message }));
}

/**
 * validateKubernetesVersionConstraints: a new version must be one of the CloudProfile, whose versions have three numbers. A new Shoot may have the
 * first or the first two numbers of one.
 */
function versionFindings({ version }: ShootSpec, stored: ShootSpec | undefined): readonly RuleFinding[] {
  if (version === undefined || version === '' || version === stored?.version || /^\d+(\.\d+){0,2}$/.test(version))
    return [];
  const detail = 'must be a version of the CloudProfile, such as 1.34.3, or the beginning of one, such as 1.34';
  return [invalidValue('spec.kubernetes.version', field.invalid(version, detail))];
}

/** An update that omits a node mask retains the stored one, to which the rules for new families apply. */
function retainMasks(spec: ShootSpec, stored: ShootSpec | undefined): ShootSpec {
  const { givenMask, nodeMask } = spec;
  if (stored === undefined || spec.workerless) return spec;
  return {
    ...spec,
    nodeMask: {
      primary: givenMask.primary ?? stored.givenMask.primary ?? nodeMask.primary,
      ipv6: givenMask.ipv6 ?? stored.givenMask.ipv6 ?? nodeMask.ipv6,
    },
  };
}

const report = reporter(gardenerRules);
