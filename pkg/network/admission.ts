import { type ShootFacts, shootFacts } from '../gardener/cluster.ts';
import { sameJson } from '../gardener/merge-patch.ts';
import { isRecord, type KubeObject, recordOf } from '../gardener/objects.ts';
import { deriveNetwork } from '../gardener/shoot-network.ts';
import { type Diagnostic, errorsOf, networkRules, reporter, warningsOf } from './diagnostics.ts';
import { pluginFor, unsupportedType } from './plan.ts';
import type { NetworkPlugin } from './plugin.ts';
import { preexistingErrors } from './ratchet.ts';
import { describeShoot, translateToShoot } from './shoot-findings.ts';

export interface AdmissionInput {
  readonly plugins: readonly NetworkPlugin[];
  /** The Shoot as it would be stored: with Gardener's defaults, and those of `completeShoot`. */
  readonly shoot: KubeObject;
  /** The Shoot as it is stored; undefined when it is being created. */
  readonly old?: KubeObject | undefined;
  /** Somebody wants to know: warnings also where the spec does not change. */
  readonly alwaysWarn?: boolean;
}

export interface AdmissionResult {
  /** False exactly when one of the findings is an error. */
  readonly allowed: boolean;
  /** Objects and paths are those of the Shoot; messages are those of the controller. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Whether a Shoot may be created or changed (docs/design/gardener.md#shoot-admission), by the rules of the controller's plans. An error that the stored Shoot has, too,
 * is no reason to refuse a change of something else, and becomes a warning (verdicts calico B12, cilium 16). Shoots in deletion, without
 * workers, and of network types that are not served here are never refused. Never throws for anything that JSON can hold.
 */
export function admitShoot({ plugins, shoot, old, alwaysWarn: asked = false }: AdmissionInput): AdmissionResult {
  if (shootFacts(shoot).deleting || isWorkerless(shoot)) return accepted;
  const found = findShootProblems(plugins, shoot);
  const errors = errorsOf(found);
  const known =
    old === undefined || errors.length === 0
      ? new Set<Diagnostic>()
      : preexistingErrors(
          { shoot, findings: errors },
          { shoot: old, findings: errorsOf(findShootProblems(plugins, old)) },
        );
  const refused = errors.filter((error) => !known.has(error));
  // Controllers write labels, annotations and finalizers all the time; they have no use for advice.
  const advice = !asked && old !== undefined && sameJson(shoot['spec'], old['spec']) ? [] : warningsOf(found);
  const faulty = collectPaths(refused);
  const named = collectPaths([...refused, ...advice]);
  const diagnostics = [
    ...refused,
    ...errors.filter((error) => known.has(error) && !named.has(error.path)).map(asWarning),
    ...advice.filter(({ path }) => !faulty.has(path)),
  ];
  return { allowed: refused.length === 0, diagnostics };
}

/** A new Shoot as it is to be stored; the same object when there is nothing to change. */
export function completeShoot(plugins: readonly NetworkPlugin[], shoot: KubeObject): KubeObject {
  if (isWorkerless(shoot)) return shoot;
  const plugin = pluginFor(plugins, shootFacts(shoot).networking.type);
  return plugin?.completeNewShoot?.(shoot) ?? shoot;
}

const accepted: AdmissionResult = { allowed: true, diagnostics: [] };
const report = reporter(networkRules);

/** Everything that is to be said of one Shoot, whatever was stored before. */
function findShootProblems(plugins: readonly NetworkPlugin[], shoot: KubeObject): readonly Diagnostic[] {
  const { network, cluster } = deriveNetwork(shoot);
  const facts = shootFacts(shoot);
  const object = describeShoot(facts);
  const hasId = isRecord(shoot['status']) && shoot['status']['technicalID'] !== undefined;
  const { type } = network.spec;
  const plugin = pluginFor(plugins, type);
  if (plugin === undefined) {
    const unserved = translateToShoot(unsupportedType(network, plugins), object);
    return type === '' ? [unserved] : [report('network-type-foreign', unserved)];
  }
  // The gates of the controllers in the seeds are not known here; they decide about no error.
  const decoded = plugin.decode({ network, cluster, featureGates: {} });
  const found = [...plugin.check(decoded), ...(plugin.checkNew?.(decoded) ?? [])].map((one) =>
    translateToShoot(one, object),
  );
  // A range of the Shoot that reaches the Network is judged as a part of both.
  const ofNetwork = collectPaths(found.filter(({ code }) => code === 'network-invalid'));
  const isRepeated = ({ code, path }: Diagnostic): boolean => code === 'shoot-invalid' && ofNetwork.has(path);
  return found.filter((one) => concernsOwner(one, facts, hasId) && !isRepeated(one));
}

function collectPaths(findings: readonly Diagnostic[]): ReadonlySet<string> {
  return new Set(findings.map(({ path }) => path));
}

/**
 * False for what nobody can be blamed for: names, which Gardener itself checks, and ranges and versions that it fills in later. The name
 * of the namespace in the seed is only guessed while the Shoot has no technical id.
 */
function concernsOwner({ path, severity }: Diagnostic, facts: ShootFacts, hasId: boolean): boolean {
  const { networking, kubernetesVersion } = facts;
  if (path === 'spec.networking.pods') return networking.pods !== undefined && severity === 'error';
  if (path === 'spec.networking.services') return networking.services !== undefined;
  if (path === 'spec.kubernetes.version') return kubernetesVersion !== '';
  if (path === 'status.technicalID') return hasId;
  return !path.startsWith('metadata.');
}

/** A Shoot without spec.provider, which no API server would take, is an excerpt that somebody wants to know about. */
function isWorkerless(shoot: KubeObject): boolean {
  const spec = recordOf(shoot['spec']);
  return isRecord(spec['provider']) && shootFacts(shoot).workerPools === 0;
}

function asWarning(error: Diagnostic): Diagnostic {
  return { ...error, severity: 'warning', message: `stored before, not refused: ${error.message}` };
}
