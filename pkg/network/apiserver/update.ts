import { field } from '../field.ts';
import { maskPaths } from './node-masks.ts';
import type { RuleFinding } from './rule.ts';
import type { ShootSpec } from './shoot-spec.ts';

/**
 * Returns the findings of Gardener's API server about the update of a Shoot. A field that the new Shoot omits retains its stored value, as with
 * `kubectl apply`; a stored one that is absent has Gardener's default.
 */
export function updateFindings(change: { readonly old: ShootSpec; readonly new: ShootSpec }): readonly RuleFinding[] {
  const { old, new: wanted } = change;
  if (old.workerless !== wanted.workerless) return [workersFinding(wanted)];
  return [
    ...immutable('spec.provider.type', old.provider, wanted.provider),
    ...immutable('spec.networking.type', old.type, wanted.type),
    ...immutable('spec.networking.pods', old.pods?.text, wanted.pods?.text),
    ...immutable('spec.networking.services', old.services?.text, wanted.services?.text),
    ...familyFindings(old, wanted),
    ...immutable(maskPaths.primary, old.nodeMask.primary, wanted.givenMask.primary),
    ...immutable(maskPaths.ipv6, old.nodeMask.ipv6, wanted.givenMask.ipv6),
  ];
}

/** validateWorkerUpdate. */
function workersFinding({ workerless }: ShootSpec): RuleFinding {
  const detail = workerless
    ? 'cannot switch from a Shoot with workers to a workerless Shoot'
    : 'cannot switch from a workerless Shoot to a Shoot with workers';
  return { code: 'gardener-immutable-field', path: 'spec.provider.workers', message: field.forbidden(detail) };
}

/** ValidateImmutableField, as called by ValidateProviderUpdate, validateNetworkingUpdate and validateKubeControllerManagerUpdate. */
function immutable(
  path: string,
  old: string | number | undefined,
  wanted: string | number | undefined,
): readonly RuleFinding[] {
  if (old === undefined || wanted === undefined || old === wanted) return [];
  const message = field.invalid(wanted, `field is immutable, the stored value is ${JSON.stringify(old)}`);
  return [{ code: 'gardener-immutable-field', path, message }];
}

/** validateIPFamiliesUpdate: a Shoot may change between IPv4 and dual-stack with IPv4 first. */
function familyFindings(old: ShootSpec, wanted: ShootSpec): readonly RuleFinding[] {
  if (old.families === undefined || wanted.families === undefined || !wanted.hasFamilies) return [];
  const [before, after] = [old.families.join(' '), wanted.families.join(' ')];
  if (before === after || (migrations.includes(before) && migrations.includes(after))) return [];
  const detail = `unsupported IP family update: oldIPFamilies=[${before}], newIPFamilies=[${after}]`;
  return [{ code: 'gardener-immutable-field', path: 'spec.networking.ipFamilies', message: field.forbidden(detail) }];
}

const migrations: readonly string[] = ['IPv4', 'IPv4 IPv6'];
