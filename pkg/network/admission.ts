import { type Cidr, parseCidr } from '../gardener/cidr.ts';
import { countWorkerPools, isDeleting, readNetworkType, type ShootFacts, shootFacts } from '../gardener/cluster.ts';
import { sameJson } from '../gardener/merge-patch.ts';
import { isRecord, type KubeObject, recordOf } from '../gardener/objects.ts';
import { deriveNetwork } from '../gardener/shoot-network.ts';
import { capacityFindings } from './capacity.ts';
import { assumeMissingValues, isAwaited } from './completeness.ts';
import { type Diagnostic, errorsOf, networkRules, reporter, warningsOf } from './diagnostics.ts';
import { pluginFor, unsupportedType } from './plan.ts';
import type { NetworkPlugin } from './plugin.ts';
import { preexistingErrors } from './ratchet.ts';
import { describeShoot, translateToShoot } from './shoot-findings.ts';

export interface AdmissionInput {
  readonly plugins: readonly NetworkPlugin[];
  /** The Shoot as it would be stored: with Gardener's defaults, and those of `completeShoot`. */
  readonly shoot: KubeObject;
  /** The stored Shoot; undefined for a new one. */
  readonly old?: KubeObject | undefined;
  /** Returns warnings even if the spec does not change, for users who ask for them; default false. */
  readonly alwaysWarn?: boolean;
}

export interface AdmissionResult {
  /** False if and only if one of the findings is an error. */
  readonly allowed: boolean;
  /** With objects and paths of the Shoot, and messages of the controller. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Decides whether a Shoot may be created or updated (docs/design/gardener.md#shoot-admission), by the rules of the controller's plans. An
 * error that exists in the stored Shoot as well does not block other changes, and becomes a warning (verdicts calico B12, cilium 16), if the
 * stored Shoot was validated itself. Shoots in deletion, without workers, and of network types that are not served are never rejected. Never
 * throws for a JSON value.
 */
export function admitShoot({ plugins, shoot, old, alwaysWarn = false }: AdmissionInput): AdmissionResult {
  if (isExempt(shoot)) return accepted;
  const found = findShootProblems(plugins, shoot);
  const ofChange = old === undefined ? [] : changeFindings(plugins, { shoot, old });
  const errors = errorsOf(found);
  const preexisting =
    old === undefined || errors.length === 0 || isExempt(old) || (!isLabelled(old) && isLabelled(shoot))
      ? new Set<Diagnostic>()
      : preexistingErrors(
          { shoot, findings: errors },
          { shoot: old, findings: errorsOf(findShootProblems(plugins, old)) },
        );
  const refused = [...errors.filter((error) => !preexisting.has(error)), ...errorsOf(ofChange)];
  // Most updates are writes of labels, annotations and finalizers by controllers, which do not read warnings.
  const advice =
    !alwaysWarn && old !== undefined && sameJson(shoot['spec'], old['spec']) ? [] : warningsOf([...ofChange, ...found]);
  const faulty = collectPaths(refused);
  const named = collectPaths([...refused, ...advice]);
  const diagnostics = [
    ...refused,
    ...errors.filter((error) => preexisting.has(error) && !named.has(error.path)).map(asWarning),
    ...advice.filter(({ path }) => !faulty.has(path)),
  ];
  return { allowed: refused.length === 0, diagnostics };
}

/** Returns a new Shoot with the defaults of its CNI; the same object if nothing changes. */
export function completeShoot(plugins: readonly NetworkPlugin[], shoot: KubeObject): KubeObject {
  if (isWorkerless(shoot)) return shoot;
  const plugin = pluginFor(plugins, readNetworkType(shoot));
  return plugin?.completeNewShoot?.(shoot) ?? shoot;
}

const accepted: AdmissionResult = { allowed: true, diagnostics: [] };
const report = reporter(networkRules);

/** Returns all findings about a Shoot, regardless of the stored one. */
function findShootProblems(plugins: readonly NetworkPlugin[], shoot: KubeObject): readonly Diagnostic[] {
  const assumed = assumeMissingValues(shoot);
  const { network, cluster } = deriveNetwork(assumed.shoot);
  const facts = shootFacts(shoot);
  const object = describeShoot(facts);
  const hasId = isRecord(shoot['status']) && shoot['status']['technicalID'] !== undefined;
  const { type } = network.spec;
  const plugin = pluginFor(plugins, type);
  if (plugin === undefined) {
    const unserved = translateToShoot(unsupportedType(network, plugins), object);
    if (type === '') return [unserved];
    const { path, message } = unserved;
    return [report('network-type-foreign', { object, path, message })];
  }
  // The feature gates of the controllers in the seeds are not known here; no error depends on them.
  const decoded = plugin.decode({ network, cluster, featureGates: {} });
  const found = [...plugin.check(decoded), ...(plugin.checkNew?.(decoded) ?? [])].map((one) =>
    translateToShoot(one, object),
  );
  // A range that the Network copies from the Shoot has findings of both; the one of the Network suffices.
  const ofNetwork = collectPaths(found.filter(({ code }) => code === 'network-invalid'));
  const isRepeated = ({ code, path }: Diagnostic): boolean => code === 'shoot-invalid' && ofNetwork.has(path);
  return [
    ...found.filter(
      (one) =>
        concernsOwner(one, facts, hasId) &&
        !isRepeated(one) &&
        !assumed.isQuoted(one.message) &&
        (hasId || one.severity === 'error' || !isAwaited(shoot, plugin.rules[one.code])),
    ),
    ...capacityFindings({ shoot }),
  ];
}

interface ShootChange {
  readonly shoot: KubeObject;
  readonly old: KubeObject;
}

/** Returns the findings about the change of a Shoot; none for a change of the type, which Gardener rejects. */
function changeFindings(plugins: readonly NetworkPlugin[], change: ShootChange): readonly Diagnostic[] {
  return [...nodesChange(change), ...configurationChange(plugins, change)];
}

/** Gardener accepts another range of the nodes. */
function nodesChange({ shoot, old }: ShootChange): readonly Diagnostic[] {
  const facts = shootFacts(shoot);
  const [before, after] = [shootFacts(old), facts].map(({ networking }) => parseCidr(networking.nodes ?? ''));
  if (before === undefined || after === undefined || contains(after, before)) return [];
  const message = `${after.text} does not contain ${before.text}, the stored range, in which existing nodes have their addresses`;
  return [report('network-nodes-change', { object: describeShoot(facts), path: 'spec.networking.nodes', message })];
}

function contains(outer: Cidr, inner: Cidr): boolean {
  return outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last;
}

function configurationChange(plugins: readonly NetworkPlugin[], { shoot, old }: ShootChange): readonly Diagnostic[] {
  const derive = (one: KubeObject) => deriveNetwork(assumeMissingValues(one).shoot);
  const [before, after] = [derive(old), derive(shoot)];
  const plugin = pluginFor(plugins, after.network.spec.type);
  if (plugin?.checkChange === undefined || before.network.spec.type !== plugin.type || isWorkerless(old)) return [];
  const decode = (one: typeof before) => plugin.decode({ ...one, featureGates: {} });
  const object = describeShoot(shootFacts(shoot));
  return plugin.checkChange({ old: decode(before), new: decode(after) }).map((one) => translateToShoot(one, object));
}

function collectPaths(findings: readonly Diagnostic[]): ReadonlySet<string> {
  return new Set(findings.map(({ path }) => path));
}

/**
 * Returns false for findings that the owner of the Shoot cannot fix: about names, which Gardener validates, and about ranges and versions that
 * Gardener sets later. Without a technical id, the namespace in the seed is only assumed.
 */
function concernsOwner({ path, severity }: Diagnostic, facts: ShootFacts, hasId: boolean): boolean {
  const { networking, kubernetesVersion } = facts;
  if (path === 'spec.networking.pods') return networking.pods !== undefined && severity === 'error';
  if (path === 'spec.networking.services') return networking.services !== undefined;
  if (path === 'spec.kubernetes.version') return kubernetesVersion !== '';
  if (path === 'status.technicalID') return hasId;
  return !path.startsWith('metadata.');
}

/** Returns whether a Shoot is accepted without validation: in deletion, or without workers and therefore without a network. */
function isExempt(shoot: KubeObject): boolean {
  return isDeleting(shoot) || isWorkerless(shoot);
}

/**
 * Returns whether a Shoot has the label by which webhooks select Shoots of its network type (docs/design/gardener.md#shoot-admission). Shoots of
 * offline commands often lack it.
 */
function isLabelled(shoot: KubeObject): boolean {
  const label = `networking.extensions.gardener.cloud/${readNetworkType(shoot) ?? ''}`;
  return recordOf(shoot.metadata.labels)[label] === 'true';
}

/**
 * Returns whether a Shoot has no workers, and therefore no network. A Shoot without spec.provider, which API servers reject, is an excerpt for
 * an offline command, and has workers.
 */
export function isWorkerless(shoot: KubeObject): boolean {
  const spec = recordOf(shoot['spec']);
  return isRecord(spec['provider']) && countWorkerPools(shoot) === 0;
}

function asWarning(error: Diagnostic): Diagnostic {
  return {
    ...error,
    severity: 'warning',
    message: `already stored, not rejected: ${error.message}`,
  };
}
