import { clusterShootFacts, readNetworkType } from '../gardener/cluster.ts';
import { describeObject, isRecord, type KubeObject, quoted, recordOf } from '../gardener/objects.ts';
import { gardenerRules } from '../network/apiserver/diagnostics.ts';
import { fieldFindings } from '../network/apiserver/fields.ts';
import { shootFindings } from '../network/apiserver/shoot.ts';
import { type Diagnostic, errorsOf, reporter } from '../network/diagnostics.ts';
import { didYouMean, field } from '../network/field.ts';
import { pluginFor } from '../network/plan.ts';
import type { NetworkPlugin } from '../network/plugin.ts';
import { describeShoot, translateToShoot } from '../network/shoot-findings.ts';

const report = reporter(gardenerRules);

/** The objects of the input from which a Network is read or derived, each as written. */
export interface SubjectSources {
  readonly network?: KubeObject | undefined;
  readonly cluster?: KubeObject | undefined;
  readonly shoot?: KubeObject | undefined;
}

/**
 * Returns what Gardener's API server would reject in the objects of the input: unknown fields and wrong types in all of them, and the values
 * and changes of a Shoot. The values of a Shoot in a Cluster are not examined, because gardenlet copied them from a stored Shoot.
 */
export function gardenerFindings(input: {
  readonly sources: SubjectSources;
  /** The stored Shoot. */
  readonly old?: KubeObject | undefined;
  readonly plugins: readonly NetworkPlugin[];
}): readonly Diagnostic[] {
  const { sources, old, plugins } = input;
  const { network, cluster, shoot } = sources;
  return [
    ...(network === undefined ? [] : networkFindings(network, plugins)),
    ...(cluster === undefined ? [] : clusterFindings(cluster, plugins)),
    ...(shoot === undefined ? [] : completeShootFindings({ shoot, old, plugins })),
  ];
}

/**
 * Adds findings to the result for a subject of the input, which is rejected if one of them is an error. Of two errors about the same field, one
 * by Gardener's rules and one by the rules of the Network, only the more specific one remains.
 */
export function withFindings<Result extends { readonly outcome: string; readonly diagnostics: readonly Diagnostic[] }>(
  result: Result,
  { subject, findings }: { readonly subject: string; readonly findings: readonly Diagnostic[] },
): Result | { readonly outcome: 'refused'; readonly diagnostics: readonly Diagnostic[] } {
  if (findings.length === 0) return result;
  const place = (one: Diagnostic): string => {
    const { object, path } = subject.startsWith('Shoot ') ? translateToShoot(one, subject) : one;
    return `${object} ${path}`;
  };
  const existing = new Set(errorsOf(result.diagnostics).map(place));
  const added = findings.filter((one) => !repeatsNetworkRule(one) || !existing.has(place(one)));
  const typed = new Set(added.filter(({ code }) => code === 'gardener-wrong-type').map(place));
  // A value of a wrong type counts as absent elsewhere.
  const isNamed = added.some(({ path }) => isName(path));
  const kept = result.diagnostics.filter(
    (one) =>
      !typed.has(place(one)) &&
      !(one.code === 'network-range-small' && changesRoom(added)) &&
      !(isNamed && isName(translateToShoot(one, subject).path)) &&
      !(one.code === 'network-type-foreign' && added.some(({ path }) => path === typePath)),
  );
  const diagnostics = [...added, ...kept];
  return errorsOf(added).length > 0 ? { outcome: 'refused', diagnostics } : { ...result, diagnostics };
}

/** The technical ID of a Shoot that is not created yet is derived from its name and namespace. */
function isName(path: string): boolean {
  return ['metadata.name', 'metadata.namespace', 'status.technicalID'].includes(path);
}

/** Reports whether the correction of an error changes the room for nodes. */
function changesRoom(findings: readonly Diagnostic[]): boolean {
  const prefixes = [
    'spec.networking',
    'spec.kubernetes.kubeControllerManager',
    'spec.provider',
    'spec.kubernetes.kubelet',
  ];
  return errorsOf(findings).some(({ path }) => prefixes.some((prefix) => path.startsWith(prefix)));
}

/** The rules for Networks include those for version, ranges and families of a Shoot, and for types in a Network. */
function repeatsNetworkRule({ code, object, path }: Diagnostic): boolean {
  return (
    code === 'gardener-range-invalid' ||
    (code === 'gardener-value-invalid' && /^(spec\.kubernetes\.version$|spec\.networking\.ipFamilies)/.test(path)) ||
    (code === 'gardener-wrong-type' && object.startsWith('Network '))
  );
}

function networkFindings(network: KubeObject, plugins: readonly NetworkPlugin[]): readonly Diagnostic[] {
  const { type } = recordOf(network['spec']);
  const options = optionNames(plugins, type);
  return fieldFindings({ kind: 'Network', value: network, object: describeObject(network), options });
}

function clusterFindings(cluster: KubeObject, plugins: readonly NetworkPlugin[]): readonly Diagnostic[] {
  const own = fieldFindings({ kind: 'Cluster', value: cluster, object: describeObject(cluster), options: [] });
  const facts = clusterShootFacts(cluster);
  const shoot = recordOf(cluster['spec'])['shoot'];
  if (facts === undefined || !isRecord(shoot)) return own;
  const options = optionNames(plugins, facts.networking.type);
  return [
    ...own,
    ...fieldFindings({ kind: 'Shoot', value: shoot, object: describeShoot(facts), options, written: true }),
  ];
}

function completeShootFindings(input: {
  readonly shoot: KubeObject;
  readonly old: KubeObject | undefined;
  readonly plugins: readonly NetworkPlugin[];
}): readonly Diagnostic[] {
  const { shoot, old, plugins } = input;
  const object = describeObject(shoot);
  const options = optionNames(plugins, readNetworkType(shoot));
  const ofFields = fieldFindings({ kind: 'Shoot', value: shoot, object, options });
  const typed = new Set(ofFields.filter(({ code }) => code === 'gardener-wrong-type').map(({ path }) => path));
  const ofValues = [...misspelledType({ shoot, object, plugins }), ...shootFindings({ shoot, old, object })];
  return [...ofFields, ...ofValues.filter(({ path }) => !typed.has(path))];
}

/** Gardener rejects a type that no extension is registered for. Offline that is known only of a type that resembles a served one. */
function misspelledType(input: {
  readonly shoot: KubeObject;
  readonly object: string;
  readonly plugins: readonly NetworkPlugin[];
}): readonly Diagnostic[] {
  const type = readNetworkType(input.shoot);
  const served = input.plugins.map((one) => one.type);
  const meant = type === undefined || served.includes(type) ? undefined : didYouMean(type, served);
  if (type === undefined || meant === undefined) return [];
  const message = `${field.unsupported(type, served)}, did you mean ${quoted(meant)}?`;
  return [report('gardener-value-invalid', { object: input.object, path: typePath, message })];
}

const typePath = 'spec.networking.type';

/** Returns the options of the CNI of a type; those of all CNIs for an unknown type, which may be misspelled. */
function optionNames(plugins: readonly NetworkPlugin[], type: unknown): readonly string[] {
  const plugin = pluginFor(plugins, type);
  return (plugin === undefined ? plugins : [plugin]).flatMap(({ configuration }) =>
    Object.keys(configuration.schema.shape),
  );
}
