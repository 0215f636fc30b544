import { readNetworkType, shootFacts } from '../gardener/cluster.ts';
import { describeObject, type KubeObject, recordOf } from '../gardener/objects.ts';
import { deriveNetwork } from '../gardener/shoot-network.ts';
import { admitShoot, completeShoot, isWorkerless } from '../network/admission.ts';
import { fieldFindings } from '../network/apiserver/fields.ts';
import { shootFindings } from '../network/apiserver/shoot.ts';
import { type Diagnostic, errorsOf } from '../network/diagnostics.ts';
import { pluginFor, unsupportedType } from '../network/plan.ts';
import type { NetworkPlugin, PlanTools } from '../network/plugin.ts';
import { translateToShoot } from '../network/shoot-findings.ts';
import { deriveEffects, hibernatedEffects, refusedEffects } from './effects.ts';
import { type ChangeResult, describeNetworkChange, refusedBack } from './networks.ts';
import { assumeValues, awake, retainStored } from './stored.ts';

/** A Shoot before and after a change by its owner. */
export interface ShootChange {
  readonly plugins: readonly NetworkPlugin[];
  readonly tools: PlanTools;
  /** The running Shoot, from the API server or from a file. */
  readonly old: KubeObject;
  /** The changed Shoot; fields that Gardener sets, and `status`, may be omitted, as with `kubectl apply`. */
  readonly new: KubeObject;
  readonly featureGates: Readonly<Record<string, boolean>>;
}

/**
 * Describes what a change of a Shoot does to its running network: refused changes as Gardener and the admission would refuse them, others by their
 * effects. Values that Gardener sets later, such as ranges, may be missing in both: they are assumed, the same before and after. Pure; never throws
 * for a JSON value. Findings have the object and paths of the Shoot.
 */
export function describeShootChange(change: ShootChange): ChangeResult {
  const { plugins, tools, featureGates } = change;
  const object = describeObject(change.new);
  const old = asStored(change);
  const shoot = retainStored(change.new, old);
  const { network } = deriveNetwork(old);
  const plugin = pluginFor(plugins, readNetworkType(old));
  const findings = [...fieldErrors(change, object), ...refusal({ plugins, shoot, old, object })];
  if (findings.length > 0) return refused(findings);
  if (isWorkerless(old)) return withoutNetwork;
  if (plugin === undefined) {
    const diagnostics = [translateToShoot(unsupportedType(network, plugins), object)];
    return { outcome: 'unknown', side: 'old', reason: 'refused', diagnostics };
  }
  const describeWith = (gates: ShootChange['featureGates']): ChangeResult => {
    const side = (one: KubeObject) => ({ ...deriveNetwork(assumeValues(awake(one))), featureGates: gates });
    return describeNetworkChange({ plugin, tools, old: side(old), new: side(shoot) });
  };
  const described = withGatedEffect(describeWith(featureGates), () =>
    describeWith(Object.fromEntries(Object.keys(plugin.featureGates).map((name) => [name, true]))),
  );
  const result = translated(withRefusedBack(described, refusal({ plugins, shoot: old, old: shoot, object })), object);
  const isHibernated = [old, shoot].every((one) => shootFacts(one).hibernated);
  if (!isHibernated || result.outcome !== 'described') return result;
  return { ...result, effects: hibernatedEffects(result.effects) };
}

/** Returns the running Shoot; one from a file that omits `kubeProxy.enabled` has the value that the admission sets in new Shoots. */
function asStored({ plugins, old }: ShootChange): KubeObject {
  const { kubeProxy } = recordOf(recordOf(old['spec'])['kubernetes']);
  return old.metadata.uid || recordOf(kubeProxy)['enabled'] !== undefined ? old : completeShoot(plugins, old);
}

/** Returns unknown fields and wrong types of the new Shoot, as it is written, that the old one does not have. */
function fieldErrors({ plugins, old, new: changed }: ShootChange, object: string): readonly Diagnostic[] {
  const options = plugins.flatMap(({ type, configuration }) =>
    type === readNetworkType(changed) ? Object.keys(configuration.schema.shape) : [],
  );
  const find = (value: KubeObject) => errorsOf(fieldFindings({ kind: 'Shoot', value, object, options }));
  const known = new Set(find(old).map(identity));
  return find(changed).filter((one) => !known.has(identity(one)));
}

interface Update {
  readonly plugins: readonly NetworkPlugin[];
  readonly shoot: KubeObject;
  readonly old: KubeObject;
  readonly object: string;
}

/** Returns the errors for which Gardener or the admission rejects an update. An error that the old Shoot has as well does not count. */
function refusal({ plugins, shoot, old, object }: Update): readonly Diagnostic[] {
  const known = new Set(shootFindings({ shoot: old, object }).map(identity));
  const ofGardener = shootFindings({ shoot, old, object }).filter((one) => !known.has(identity(one)));
  const places = new Set(ofGardener.map(({ path }) => path));
  const ofAdmission = errorsOf(admitShoot({ plugins, shoot, old, alwaysWarn: true }).diagnostics);
  return [
    ...ofGardener,
    ...ofAdmission.map((one) => translateToShoot(one, object)).filter(({ path }) => !places.has(path)),
  ];
}

function identity({ code, path, message }: Diagnostic): string {
  return JSON.stringify([code, path, message]);
}

function refused(findings: readonly Diagnostic[]): ChangeResult {
  return { outcome: 'described', effects: refusedEffects(findings, {}), changes: [], dataPath: [] };
}

/** A shoot without workers has no network. */
const withoutNetwork: ChangeResult = {
  outcome: 'described',
  effects: deriveEffects({ plugin: {}, objects: { changes: [], dataPath: [] }, nodes: {} }),
  changes: [],
  dataPath: [],
};

/** Owners of shoots do not know the feature gates of the controllers, which decide whether some options have an effect. */
function withGatedEffect(result: ChangeResult, describeGated: () => ChangeResult): ChangeResult {
  if (result.outcome !== 'described' || result.effects.impact !== 'none') return result;
  const gated = describeGated();
  if (gated.outcome !== 'described' || gated.effects.impact === 'none') return result;
  const { summary } = gated.effects;
  const text = `if the operator of the landscape has enabled the feature gate of the option: ${summary.text}`;
  return { ...result, effects: { ...result.effects, also: [{ ...summary, text }] } };
}

/** The admission may refuse the way back, although the controller would apply it. */
function withRefusedBack(result: ChangeResult, findings: readonly Diagnostic[]): ChangeResult {
  const [first] = findings;
  if (first === undefined || result.outcome !== 'described' || result.effects.back.length === 0) return result;
  const { effects } = result;
  return {
    ...result,
    effects: { ...effects, back: [...effects.back.slice(0, -1), refusedBack(first, effects.summary.page)] },
  };
}

function translated(result: ChangeResult, object: string): ChangeResult {
  const translate = (one: Diagnostic): Diagnostic => translateToShoot(one, object);
  if (result.outcome === 'unknown') return { ...result, diagnostics: result.diagnostics.map(translate) };
  return { ...result, effects: { ...result.effects, findings: result.effects.findings.map(translate) } };
}
