import { readNetworkType } from '../gardener/cluster.ts';
import { describeObject, type KubeObject } from '../gardener/objects.ts';
import { deriveNetwork } from '../gardener/shoot-network.ts';
import { admitShoot, completeShoot, isWorkerless } from '../network/admission.ts';
import { shootFindings } from '../network/apiserver/shoot.ts';
import { type Diagnostic, errorsOf } from '../network/diagnostics.ts';
import { pluginFor, unsupportedType } from '../network/plan.ts';
import type { NetworkPlugin, PlanTools } from '../network/plugin.ts';
import { translateToShoot } from '../network/shoot-findings.ts';
import { deriveEffects, refusedEffects } from './effects.ts';
import { type ChangeResult, describeNetworkChange, refusedBack } from './networks.ts';
import { assumeValues, retainKubeProxy, retainStored } from './stored.ts';

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
  const old = change.old.metadata.uid ? change.old : completeShoot(plugins, change.old);
  const shoot = retainKubeProxy(retainStored(change.new, old), old);
  const { network } = deriveNetwork(old);
  const plugin = pluginFor(plugins, readNetworkType(old));
  const findings = refusal({ plugins, shoot, old, object });
  if (findings.length > 0) return refused(findings);
  if (isWorkerless(old)) return withoutNetwork;
  if (plugin === undefined) {
    const diagnostics = [translateToShoot(unsupportedType(network, plugins), object)];
    return { outcome: 'unknown', side: 'old', reason: 'refused', diagnostics };
  }
  const side = (one: KubeObject) => ({ ...deriveNetwork(assumeValues(one)), featureGates });
  const result = describeNetworkChange({ plugin, tools, old: side(old), new: side(shoot) });
  return translated(withRefusedBack(result, refusal({ plugins, shoot: old, old: shoot, object })), object);
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

const noNodes = { minimum: undefined, maximum: undefined };

function refused(findings: readonly Diagnostic[]): ChangeResult {
  return { outcome: 'described', effects: refusedEffects(findings, noNodes), changes: [], dataPath: [] };
}

/** A shoot without workers has no network. */
const withoutNetwork: ChangeResult = {
  outcome: 'described',
  effects: deriveEffects({ plugin: {}, objects: { changes: [], dataPath: [] }, nodes: noNodes }),
  changes: [],
  dataPath: [],
};

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
