import { isRecord, type KubeObject } from '../gardener/objects.ts';
import { canonicalJson } from '../templates/quote.ts';

/** One value in the objects of a shoot that decides how packets of its pods travel. */
export interface DataPathValue {
  readonly about: DataPathTopic;
  /** Where it stands, such as `ConfigMap kube-system/cilium-config data.ipam`. */
  readonly place: string;
  /** Undefined where the CNI takes its own default. */
  readonly value: string | undefined;
}

/** What a value decides, as messages say it. */
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

/** A value that would be another one than now. */
export interface DataPathChange {
  readonly about: DataPathTopic;
  readonly place: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/**
 * The values that differ; `before` and `after` come from the same CNI's `dataPath`. A running shoot must never get such a change by the
 * switch to this extension (docs/design/life-cycle.md#running-shoots), since its pods lose their connections, or their addresses.
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

/** The object of this kind and name, wherever the API groups it. */
export function findNamed(objects: readonly KubeObject[], kind: string, name: string): KubeObject | undefined {
  return objects.find((one) => one.kind === kind && one.metadata.name === name);
}

/** A member at any depth, by the keys that lead to it. */
export function memberAt(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((inner, key) => (isRecord(inner) ? inner[key] : undefined), value);
}

/** A value as it is compared and shown, whatever the order of its keys. */
export function formatDataPathValue(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : canonicalJson(value);
}
