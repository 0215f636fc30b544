/**
 * Values with the fields that decided them. Computations of values return them in this form, so that the origin of a value is recorded by the
 * expression that computes it; `plain` returns the values alone, for templates and checks.
 */

/** A field on which a value depends. */
export interface Field {
  /**
   * `option`: a field of providerConfig, relative to it. `gate`: the name of a feature gate. `running shoot`: an object of the shoot. `value`:
   * another value of the same computation, whose fields decided this one as well.
   */
  readonly of: 'option' | 'Network' | 'Shoot' | 'gate' | 'running shoot' | 'value';
  readonly path: string;
}

export interface Sourced<Value> {
  readonly value: Value;
  /** At least one field: the value can only change if one of them changes, or a field that takes precedence over them is set. */
  readonly from: readonly FieldSource[];
  /** The verdict about a rule of the Go extension that was kept and decides here, such as `calico B13`. */
  readonly rule?: string;
}

/** A field, or another value with its fields. */
export type FieldSource = Field | Sourced<unknown>;

export function sourced<const Value>(value: Value, ...from: readonly FieldSource[]): Sourced<Value> {
  return { value, from };
}

/** Returns the fields themselves. Only explanations need them, so that computing a value does not collect them. */
export function fieldsOf(from: readonly FieldSource[]): readonly Field[] {
  return from.flatMap((one) => ('from' in one ? fieldsOf(one.from) : [one]));
}

/** Returns the value as decided by a kept rule of the Go extension, in addition to its fields. */
export function byRule<Value>(rule: string, one: Sourced<Value>): Sourced<Value> {
  return { ...one, rule };
}

export function option(path: string): Field {
  return { of: 'option', path };
}

export function networkField(path: string): Field {
  return { of: 'Network', path };
}

export function shootField(path: ShootPath): Field {
  return { of: 'Shoot', path };
}

/** The fields of a Shoot on which values depend. */
export type ShootPath =
  | 'spec.kubernetes.kubeProxy.enabled'
  | 'spec.kubernetes.kubeProxy.mode'
  | 'spec.kubernetes.verticalPodAutoscaler.enabled'
  | 'spec.networking.nodes'
  | 'spec.networking.pods'
  | 'spec.provider.workers'
  | 'spec.systemComponents.nodeLocalDNS.enabled'
  | 'status.advertisedAddresses'
  | 'status.constraints'
  | 'status.networking.nodes'
  | 'status.networking.pods';

/** `path` is the path in the tree of sourced values, such as `ipv4.mode`. */
export function valueField(path: string): Field {
  return { of: 'value', path };
}

export function gate(path: string): Field {
  return { of: 'gate', path };
}

/** Returns whether all conditions hold. The fields of those that do not hold decided, or else the fields of all. */
export function every(...conditions: readonly Sourced<boolean>[]): Sourced<boolean> {
  const failed = conditions.filter(({ value }) => !value);
  return sourced(failed.length === 0, ...(failed.length === 0 ? conditions : failed));
}

/** Returns a value that depends on another one alone. */
export function derived<Value, Result>(one: Sourced<Value>, derive: (value: Value) => Result): Sourced<Result> {
  return { ...one, value: derive(one.value) };
}

/** The type of a tree of values without their sources. */
export type Plain<Tree> =
  Tree extends Sourced<infer Value>
    ? Value
    : Tree extends object
      ? { readonly [Key in keyof Tree]: Plain<Tree[Key]> }
      : Tree;

/** Returns a tree of values without their sources. Groups that are undefined remain undefined. */
export function plain<Tree extends object>(tree: Tree): Plain<Tree> {
  const members: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(tree) as [string, object | undefined][])
    members[name] = member === undefined ? undefined : isSourced(member) ? member.value : plain(member);
  return members as Plain<Tree>;
}

/** Groups of values have no member named `from`. */
function isSourced(node: object): node is Sourced<unknown> {
  return 'from' in node;
}
