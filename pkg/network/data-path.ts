import { isRecord, type KubeObject } from '../gardener/objects.ts';
import { canonicalJson } from '../templates/quote.ts';

/** A value in the objects of a shoot that determines the path of packets of its pods. */
export interface DataPathValue {
  readonly about: DataPathTopic;
  /** Object and field, such as `ConfigMap kube-system/cilium-config data.ipam`. */
  readonly place: string;
  /** Undefined for the default of the CNI. */
  readonly value: string | undefined;
}

/** The topic of a value, as used in messages. */
export type DataPathTopic =
  | 'address management'
  | 'address range'
  | 'encapsulation'
  | 'routing'
  | 'MTU'
  | 'masquerading'
  | 'egress gateway'
  | 'data plane'
  | 'encryption';

/** A difference between the current value and the planned one. */
export interface DataPathChange {
  readonly about: DataPathTopic;
  readonly place: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/**
 * Returns the values that differ; `before` and `after` come from `dataPath` of the same CNI. A migration to this extension must not cause such a
 * change in a running shoot (docs/design/life-cycle.md#running-shoots), since its pods would lose their connections or addresses.
 */
export function dataPathChanges(
  before: readonly DataPathValue[],
  after: readonly DataPathValue[],
): readonly DataPathChange[] {
  const old = new Map(before.map((one) => [one.place, one]));
  const wanted = new Map(after.map((one) => [one.place, one]));
  return [...new Map([...old, ...wanted]).values()].flatMap(({ about, place }) => {
    const [left, right] = [old.get(place)?.value, wanted.get(place)?.value];
    return left === right ? [] : [{ about, place, before: left, after: right }];
  });
}

/** Returns the object with this kind and name, in any API group. */
export function findNamed(objects: readonly KubeObject[], kind: string, name: string): KubeObject | undefined {
  return objects.find((one) => one.kind === kind && one.metadata.name === name);
}

/** Returns the member at a path of keys. */
export function memberAt(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((inner, key) => (isRecord(inner) ? inner[key] : undefined), value);
}

/** Formats a value for comparison and messages, independent of the order of its keys. */
export function formatDataPathValue(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : canonicalJson(value);
}
