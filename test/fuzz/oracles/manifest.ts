import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../../../pkg/gardener/objects.ts';
import { must } from '../engine/target.ts';

type Plain = Readonly<Record<string, unknown>>;

/** A scalar in an object of a manifest that a text of the user becomes as a whole. */
export interface Slot {
  /** `DaemonSet calico-node`. */
  readonly object: string;
  /** Keys, indices and, for lists of named items, names. */
  readonly place: readonly string[];
  readonly text: string;
}

export interface ManifestInput {
  /** Objects of the fuzzed configuration, and of the same one with harmless texts in its slots. */
  readonly objects: readonly unknown[];
  readonly twin: readonly unknown[];
  readonly slots: readonly Slot[];
  readonly twinSlots: readonly Slot[];
  /** Folder of templates: `calico`. */
  readonly charts: string;
  /** All texts of the input, keys included. */
  readonly texts: readonly string[];
}

/**
 * Fails unless each slot holds its text, as Kubernetes will read it, and everything else is equal to the twin: no text of the user adds an
 * object, a key, an item of a list, an argument or a word of a shell. Fails for objects that no template announces.
 */
export function assertManifest({ objects, twin, slots, twinSlots, charts, texts }: ManifestInput): void {
  const records = objects.map(asRecord);
  assertIdentities(records, charts);
  const masked = records.map((object) => masking(object, slots));
  const expected = twin.map(asRecord).map((object) => masking(object, twinSlots));
  for (const [index, object] of masked.entries())
    must(
      object === expected[index] || isDeepStrictEqual(object, expected[index]),
      'a text of the user changes more than its place',
      () => difference(object, expected[index]),
    );
  must(masked.length === expected.length, 'a text of the user adds or removes an object', () => `${masked.length}`);
  assertNoTaint(masked, texts);
  for (const object of records) {
    if (!checked.has(object)) assertUniqueNames(object, nameOf(object));
    checked.add(object);
    assertCommandLines(object, slots);
  }
  assertChecksums(records);
}

/** Objects are identical where manifests are equal. */
const checked = new WeakSet<object>();

function asRecord(object: unknown): Plain {
  must(isRecord(object), 'document that is no object', () => JSON.stringify(object));
  return object;
}

function nameOf(object: Plain): string {
  const metadata = isRecord(object['metadata']) ? object['metadata'] : {};
  return `${String(object['kind'])} ${String(metadata['name'])}`;
}

function namespaceName({ metadata }: Plain): unknown {
  return isRecord(metadata) ? metadata['name'] : undefined;
}

const templates = new Map<string, ReadonlySet<string>>();

/** `daemonset-calico-node.yaml` for each template and CRD of a folder. */
function templateNames(charts: string): ReadonlySet<string> {
  const known = templates.get(charts);
  if (known !== undefined) return known;
  const folder = path.join(import.meta.dirname, '../../../charts', charts);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml.hbs'));
  const names = new Set(files.map((file) => path.basename(file, '.hbs')));
  templates.set(charts, names);
  return names;
}

/** Objects are cluster-scoped, in kube-system, or in a namespace that the same manifest creates. */
function assertIdentities(objects: readonly Plain[], charts: string): void {
  const seen = new Set<string>();
  const namespaces = new Set(objects.filter(({ kind }) => kind === 'Namespace').map(namespaceName));
  for (const object of objects) {
    const { kind, metadata } = object;
    const { name, namespace } = isRecord(metadata) ? metadata : {};
    const file = `${String(kind).toLowerCase()}-${String(name).replaceAll(':', '_')}.yaml`;
    must(templateNames(charts).has(file), 'object that no template announces', () => nameOf(object));
    const isOwn = namespace === undefined || namespace === 'kube-system' || namespaces.has(namespace);
    must(isOwn, 'object in a foreign namespace', () => JSON.stringify(metadata));
    must(!seen.has(file), 'object given twice', () => file);
    seen.add(file);
  }
}

/** A copy with placeholders for the slots of the object, each of which must exist and hold its text, and for checksums. */
function masking(object: Plain, slots: readonly Slot[]): unknown {
  const own = slots.filter((slot) => slot.object === nameOf(object));
  if (own.length === 0) return cached(unsummed, object, () => withoutChecksums(object));
  const copy = structuredClone(object) as Record<string, unknown>;
  for (const { object: name, place, text } of own) {
    const holder = place.slice(0, -1).reduce<unknown>(step, copy);
    const key = place.at(-1) ?? '';
    must(
      isRecord(holder) && typeof holder[key] === 'string',
      'slot that does not exist',
      () => `${name} ${place.join('.')}`,
    );
    const value = holder[key];
    const understood = place.includes('env') ? kubeletExpansion(value) : value;
    must(understood === text, 'slot that does not hold its text', () => JSON.stringify({ name, place, value, text }));
    (holder as Record<string, unknown>)[key] = '<slot>';
  }
  return withoutChecksums(copy);
}

function step(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value.find((item: unknown) => isRecord(item) && item['name'] === key);
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/**
 * What the kubelet makes of the value of a variable: `$$` is a dollar sign, `$(NAME)` the value of another variable where there is one. Which
 * ones exist on a node is not known here, so every reference is shown as one.
 */
export function kubeletExpansion(value: string): string {
  return value.replaceAll(/\$\$|\$\(([^)]*)\)/g, (match, name: string | undefined) =>
    match === '$$' ? '$' : /^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name ?? '') ? `<value of ${name}>` : match,
  );
}

function withoutChecksums(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutChecksums);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key.startsWith('checksum/') ? '<checksum>' : withoutChecksums(inner),
    ]),
  );
}

const digests = new WeakMap<object, string>();

/** Annotations that restart pods: each is the digest of the canonical JSON of a ConfigMap of the same manifest. */
function assertChecksums(objects: readonly Plain[]): void {
  const known = new Set(
    objects.filter(({ kind }) => kind === 'ConfigMap').map((object) => cached(digests, object, () => digest(object))),
  );
  for (const object of objects)
    for (const [key, value] of scalars(object))
      if (key.at(-1)?.startsWith('checksum/configmap-') === true)
        must(known.has(String(value)), 'checksum of no ConfigMap', () => `${nameOf(object)} ${key.join('.')}`);
}

function digest(object: Plain): string {
  const json = JSON.stringify(object, (_, value: unknown) =>
    isRecord(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value,
  );
  const ascii = json.replaceAll(
    /[^\x20-\x7e\u{10000}-\u{10ffff}]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return createHash('sha256').update(ascii).digest('hex');
}

/** Texts with characters that no address, quantity, duration or option consists of may be in slots only. */
function assertNoTaint(masked: readonly unknown[], texts: readonly string[]): void {
  const strange = texts.filter((text) => text.length > 2 && /[^A-Za-z0-9.:/+=_,µμ-]/.test(text));
  if (strange.length === 0) return;
  for (const object of masked)
    for (const [place, value] of scalars(object)) {
      const shown = [...place, String(value)];
      const tainted = strange.find((text) => shown.some((one) => one.includes(text)));
      must(tainted === undefined, 'text of the user outside of its slots', () => JSON.stringify({ place, tainted }));
    }
}

function assertUniqueNames(value: unknown, where: string): void {
  if (Array.isArray(value)) {
    const isMounts = where.endsWith('.volumeMounts');
    const names = value.filter(isRecord).map((item) => item[isMounts ? 'mountPath' : 'name']);
    const named = names.filter((name) => typeof name === 'string');
    must(
      where.endsWith('.ports') || new Set(named).size === named.length,
      'name given twice in a list',
      () => `${where}: ${named.join()}`,
    );
    value.forEach((item: unknown, index) => assertUniqueNames(item, `${where}[${index}]`));
  } else if (isRecord(value))
    for (const [key, inner] of Object.entries(value)) assertUniqueNames(inner, `${where}.${key}`);
}

/** No text of the user is in a command or an argument, where a shell or a parser of flags would read it. */
function assertCommandLines(object: Plain, slots: readonly Slot[]): void {
  const own = slots.filter(({ text }) => text.length > 3);
  for (const [place, value] of scalars(object))
    if (place.includes('args') || place.includes('command'))
      for (const { text } of own)
        must(
          !String(value).includes(text),
          'text of the user in a command line',
          () => `${nameOf(object)} ${place.join('.')}`,
        );
}

type Scalars = readonly (readonly [place: readonly string[], value: unknown])[];

const unsummed = new WeakMap<object, unknown>();
const flat = new WeakMap<object, Scalars>();

function cached<T>(cache: WeakMap<object, T>, key: object, make: () => T): T {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const made = make();
  cache.set(key, made);
  return made;
}

/** All scalars of an object with their places. */
function scalars(value: unknown): Scalars {
  return typeof value === 'object' && value !== null ? cached(flat, value, () => collect(value, [])) : [[[], value]];
}

function collect(value: unknown, place: readonly string[]): Scalars {
  if (typeof value !== 'object' || value === null) return [[place, value]];
  return Object.entries(value).flatMap(([key, inner]) => collect(inner, [...place, key]));
}

function difference(one: unknown, other: unknown): string {
  const texts = new Set(scalars(other).map((entry) => JSON.stringify(entry)));
  const more = scalars(one)
    .map((entry) => JSON.stringify(entry))
    .filter((entry) => !texts.has(entry));
  return more.slice(0, 5).join('\n');
}
