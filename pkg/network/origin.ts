import type { ShootFacts } from '../gardener/cluster.ts';
import { isRecord } from '../gardener/objects.ts';
import { memberAt } from './data-path.ts';
import type { ShootNetwork } from './decode-network.ts';
import { type Field, type FieldSource, fieldsOf, type ShootPath, type Sourced } from './sourced.ts';

/** The place that decided a value. */
export interface Origin {
  /**
   * `user`: a field of providerConfig. `default`: the fields are unset. `node range`: a range of nodes in the Shoot. `rule`: a rule of the Go
   * extension that was kept, see `rule`. `running shoot`: an object of the shoot. `computed`: several fields.
   */
  readonly kind:
    | 'user'
    | 'default'
    | 'operator'
    | 'Shoot'
    | 'node range'
    | 'feature gate'
    | 'rule'
    | 'running shoot'
    | 'computed';
  /** The fields that decided, and unset ones that would change the value. */
  readonly fields: readonly OriginField[];
  /** The verdict about the rule, such as `calico B13`. */
  readonly rule?: string;
}

export interface OriginField {
  readonly of: Exclude<Field['of'], 'value'>;
  /** Options relative to providerConfig, fields of Shoot and Network absolute. */
  readonly path: string;
  /** A JSON value; null if the field is unset; a default for gates and for fields of the Shoot that have one. */
  readonly value: unknown;
  /** The party that set the field; absent if it is unset. */
  readonly setBy?: 'user' | 'operator';
}

export interface OriginInput {
  readonly decoded: ShootNetwork<unknown>;
  /** The tree of sourced values. */
  readonly tree: object;
  readonly gates: Readonly<Record<string, { readonly default: boolean }>>;
  /** Returns whether the group of an option is set without it, which means another value than without the group. */
  readonly isDecidedByGroup: (keys: readonly string[]) => boolean;
}

/** Finds the fields that decided a value, with their own values. */
export function resolveOrigin(one: Sourced<unknown>, input: OriginInput): Origin {
  const all = unique(expand(one.from, input.tree)).map((field) => readField(field, input));
  if (one.rule !== undefined) return { kind: 'rule', fields: all, rule: one.rule };
  const isDefault = all.some(({ of }) => of === 'option') && !all.some((field) => decides(field));
  return { kind: isDefault ? 'default' : originKind(decidingFields(all)), fields: all };
}

/**
 * Returns the fields that have a value: the others would change the value of the origin, but have not decided it. Without any, the options whose
 * group is set without them, or else all fields.
 */
export function decidingFields(fields: readonly OriginField[]): readonly OriginField[] {
  const given = fields.filter(({ of, setBy, value }) => value !== null && (of !== 'option' || setBy !== undefined));
  if (given.length > 0) return given;
  const byGroup = fields.filter(({ setBy }) => setBy !== undefined);
  return byGroup.length === 0 ? fields : byGroup;
}

/** Families are what every shoot has, and do not make a default a computed value. */
function decides({ of, path, value, setBy }: OriginField): boolean {
  if (of === 'option' || of === 'gate') return setBy !== undefined;
  return value !== null && path !== 'spec.networking.ipFamilies';
}

function originKind(fields: readonly OriginField[]): Origin['kind'] {
  const [first, ...more] = fields;
  if (first === undefined || more.length > 0) return 'computed';
  switch (first.of) {
    case 'option':
      return first.setBy === 'operator' ? 'operator' : 'user';
    case 'gate':
      return 'feature gate';
    case 'running shoot':
      return 'running shoot';
    default:
      return first.path.endsWith('.networking.nodes') ? 'node range' : 'Shoot';
  }
}

/** Replaces references to other values by the fields of these values. */
function expand(from: readonly FieldSource[], tree: object): readonly Field[] {
  return fieldsOf(from).flatMap((field) => {
    if (field.of !== 'value') return [field];
    const found = memberAt(tree, field.path.split('.'));
    if (!isRecord(found)) throw new Error(`no value ${field.path}`);
    return expand((found as unknown as Sourced<unknown>).from, tree);
  });
}

function unique(fields: readonly Field[]): readonly Field[] {
  return [...new Map(fields.map((field) => [`${field.of} ${field.path}`, field])).values()];
}

function readField({ of, path }: Field, input: OriginInput): OriginField {
  const { decoded, gates } = input;
  switch (of) {
    case 'option':
      return readOption(path, input);
    case 'gate': {
      const value = decoded.featureGates[path];
      return {
        of,
        path,
        value: value ?? gates[path]?.default ?? null,
        ...(value !== undefined && { setBy: 'operator' }),
      };
    }
    case 'Shoot':
      return { of, path, value: shootValues[path as ShootPath](decoded.shoot) ?? null };
    case 'Network':
      return readNetworkField(path, decoded);
    case 'running shoot':
      return { of, path, value: null };
    case 'value':
      throw new Error(`value ${path} is not a field`);
  }
}

/** A group that is set without the option may decide as well. */
function readOption(path: string, { decoded, isDecidedByGroup }: OriginInput): OriginField {
  const { config, effective } = decoded;
  const keys = path.split('.');
  const value = memberAt(effective, keys) ?? null;
  const setBy = (setting: unknown): OriginField['setBy'] | undefined => {
    const at = (tree: unknown): unknown => memberAt(tree, setting as readonly string[]) ?? undefined;
    if (at(config) !== undefined) return 'user';
    return at(effective) === undefined ? undefined : 'operator';
  };
  const own = setBy(keys);
  if (own !== undefined) return { of: 'option', path, value, setBy: own };
  const byGroup = isDecidedByGroup(keys) ? setBy(keys.slice(0, -1)) : undefined;
  return { of: 'option', path, value, ...(byGroup && { setBy: byGroup }) };
}

/** gardenlet derives the Network from the Shoot, which has the field that its owner knows. */
function readNetworkField(path: string, { network, shoot }: ShootNetwork<unknown>): OriginField {
  const value = memberAt(network, path.split('.')) ?? null;
  if (path === 'spec.ipFamilies') return { of: 'Shoot', path: 'spec.networking.ipFamilies', value };
  if (path !== 'spec.podCIDR') return { of: 'Network', path, value };
  const { podCIDR } = network.spec;
  const isObserved =
    podCIDR !== undefined && shoot.networking.pods !== podCIDR && shoot.observed.pods.includes(podCIDR);
  return { of: 'Shoot', path: isObserved ? 'status.networking.pods' : 'spec.networking.pods', value };
}

/** Reads the fields of a Shoot on which values depend. */
const shootValues: Readonly<Record<ShootPath, (shoot: ShootFacts) => unknown>> = {
  'spec.kubernetes.kubeProxy.enabled': ({ kubeProxy }) => kubeProxy.enabled,
  'spec.kubernetes.kubeProxy.mode': ({ kubeProxy }) => kubeProxy.mode,
  'spec.kubernetes.verticalPodAutoscaler.enabled': ({ verticalPodAutoscaler }) => verticalPodAutoscaler,
  'spec.networking.nodes': ({ networking }) => networking.nodes || undefined,
  'spec.networking.pods': ({ networking }) => networking.pods || undefined,
  'spec.provider.workers': ({ minimumNodes, maximumNodes, selfHosted }) => ({
    minimum: minimumNodes,
    maximum: maximumNodes ?? null,
    ...(selfHosted && { controlPlane: true }),
  }),
  'spec.systemComponents.nodeLocalDNS.enabled': ({ nodeLocalDNS }) => nodeLocalDNS,
  'status.advertisedAddresses': ({ advertisedAddresses }) =>
    advertisedAddresses.find(({ name }) => name === 'external')?.url,
  'status.constraints': ({ constraints }) =>
    constraints.find(({ type }) => type === 'DualStackNodesMigrationReady')?.status,
  'status.networking.nodes': ({ observed }) => (observed.nodes.length === 0 ? undefined : observed.nodes),
  'status.networking.pods': ({ observed }) => (observed.pods.length === 0 ? undefined : observed.pods),
};
