import { load, YAMLException } from 'js-yaml';
import { apiVersions } from '../gardener/constants.ts';
import { isRecord, type KubeObject, quoted, recordOf } from '../gardener/objects.ts';
import type { MissingFlag } from '../network/completeness.ts';
import type { InputDocument } from '../yaml/documents.ts';
import { InputError } from '../yaml/input.ts';
import { kubernetesSchema } from '../yaml/yaml.ts';
import type { ShootValueOptions } from './options.ts';

/** Fields that have a flag of their own, which gives the value only to Shoots without one. */
const valueFlags = {
  kubernetesVersion: { flag: '--kubernetes-version', path: 'spec.kubernetes.version' },
  nodes: { flag: '--nodes', path: 'spec.networking.nodes' },
  pods: { flag: '--pods', path: 'spec.networking.pods' },
  provider: { flag: '--provider', path: 'spec.provider.type' },
  services: { flag: '--services', path: 'spec.networking.services' },
} as const satisfies Readonly<
  Record<string, { readonly flag: MissingFlag | '--nodes' | '--provider'; readonly path: string }>
>;

/** A value from the command line. */
interface GivenValue {
  readonly keys: readonly (string | number)[];
  readonly value: unknown;
  /** Whether a value of the input wins. */
  readonly onlyIfAbsent: boolean;
}

/**
 * Returns a function that sets the values of the options in a Shoot, in the Shoot of a Cluster, and in a Network, as far as gardenlet copies them
 * from the Shoot; other objects remain unchanged. Throws InputError with all assignments that cannot be parsed.
 */
export function createShootValues(
  options: ShootValueOptions,
): <Document extends InputDocument>(document: Document) => Document {
  const flags = Object.entries(valueFlags).flatMap(([name, { path }]): readonly GivenValue[] => {
    const value = options[name as keyof typeof valueFlags];
    return value === undefined ? [] : [{ keys: path.split('.'), value, onlyIfAbsent: true }];
  });
  const parsed = (options.set ?? []).map(parseAssignment);
  const problems = parsed.filter((one) => typeof one === 'string');
  if (problems.length > 0) throw new InputError(problems.map((message) => ({ message })));
  const values = [...flags, ...parsed.filter((one) => typeof one !== 'string')];
  if (values.length === 0) return (document) => document;
  return (document) => ({ ...document, object: withValues(document.object, values) });
}

function withValues(object: KubeObject, values: readonly GivenValue[]): KubeObject {
  if (object.apiVersion === apiVersions.core && object.kind === 'Shoot')
    return withShootValues(object, values) as KubeObject;
  if (object.apiVersion !== apiVersions.extensions) return object;
  if (object.kind === 'Network')
    return values
      .flatMap(inNetwork)
      .reduce<unknown>((one, { keys, ...given }) => setAt(one, keys, given), object) as KubeObject;
  const spec = recordOf(object['spec']);
  if (object.kind !== 'Cluster' || !isRecord(spec['shoot'])) return object;
  return { ...object, spec: { ...spec, shoot: withShootValues(spec['shoot'], values) } };
}

/** An excerpt without spec.provider still has workers when it gets a provider. */
function withShootValues(before: Readonly<Record<string, unknown>>, values: readonly GivenValue[]): unknown {
  const shoot = values.reduce<unknown>((one, { keys, ...given }) => setAt(one, keys, given), before);
  const had = recordOf(before['spec'])['provider'];
  const provider = recordOf(recordOf(shoot)['spec'])['provider'];
  if ((had !== undefined && had !== null) || !isRecord(provider) || provider['workers'] !== undefined) return shoot;
  return setAt(shoot, ['spec', 'provider', 'workers'], { value: [{ name: 'worker' }], onlyIfAbsent: true });
}

/** The fields of `spec.networking` of a Shoot that gardenlet copies, with their names in `spec` of the Network. */
const copiedFields: ReadonlyMap<string | number, string> = new Map([
  ['type', 'type'],
  ['providerConfig', 'providerConfig'],
  ['pods', 'podCIDR'],
  ['services', 'serviceCIDR'],
  ['ipFamilies', 'ipFamilies'],
]);

const networkingPath = ['spec', 'networking'];

/** Returns the values for the fields that gardenlet copies into a Network; none for other fields of a Shoot. */
function inNetwork({ keys, ...given }: GivenValue): readonly GivenValue[] {
  const [spec, networking, field = '', ...rest] = keys;
  // A parent of the copied fields replaces all of them.
  if (field === '' && networkingPath.slice(0, keys.length).join('.') === keys.join('.')) {
    const value = networkingPath.slice(keys.length).reduce<unknown>((one, key) => recordOf(one)[key], given.value);
    const copied = recordOf(value);
    return [...copiedFields].map(([name, own]) => ({ ...given, keys: ['spec', own], value: copied[name] ?? null }));
  }
  const name = copiedFields.get(field);
  if (spec !== 'spec' || networking !== 'networking' || name === undefined) return [];
  return [{ ...given, keys: ['spec', name, ...rest] }];
}

/**
 * Returns a copy in which the field has the value. `--set` replaces parents of another type; flags retain them, so that they are reported. An
 * index beyond the end of a list adds an item.
 */
function setAt(target: unknown, keys: GivenValue['keys'], given: Omit<GivenValue, 'keys'>): unknown {
  const [key, ...rest] = keys;
  const isAbsent = target === undefined || target === null || target === '';
  if (given.onlyIfAbsent && !isAbsent && (key === undefined || !isRecord(target))) return target;
  if (key === undefined) return given.value;
  if (typeof key === 'number') {
    const list: readonly unknown[] = Array.isArray(target) ? target : [];
    return list.toSpliced(Math.min(key, list.length), 1, setAt(list[key], rest, given));
  }
  const parent = recordOf(target);
  const own = Object.hasOwn(parent, key) ? parent[key] : undefined;
  return { ...parent, [key]: setAt(own, rest, given) };
}

const example = 'for example --set spec.networking.pods=100.64.0.0/12';

/** Parses `path=value`; the value is read as in YAML. Returns the message for an invalid one. */
function parseAssignment(text: string): GivenValue | string {
  const split = /^(?<path>[^=]+)=(?<value>.*)$/s.exec(text)?.groups;
  if (split === undefined) return `--set ${quoted(text)}: must be path=value, ${example}`;
  const { path = '', value = '' } = split;
  const keys = parsePath(path);
  if (keys === undefined) return `--set ${quoted(text)}: ${quoted(path)} is not the path of a field, ${example}`;
  try {
    return { keys, value: value.trim() === '' ? null : load(value, { schema: kubernetesSchema }), onlyIfAbsent: false };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    return `--set ${quoted(text)}: the value is not valid YAML: ${error.reason}`;
  }
}

/** Indices are limited, since a list would otherwise grow with the number. */
const mostItems = 1_000;

/**
 * Returns undefined for a text that is not a path such as `spec.provider.workers[0].maximum`, with a leading dot as in the JSONPath of kubectl or
 * without one.
 */
function parsePath(given: string): readonly (string | number)[] | undefined {
  const path = given.replace(/^\./, '');
  const name = '[A-Za-z0-9_-]+';
  if (!new RegExp(`^${name}(?:\\[\\d{1,3}\\]|\\.${name})*$`).test(path)) return undefined;
  const keys = path
    .match(/[A-Za-z0-9_-]+|\[\d+\]/g)
    ?.map((part) => (part.startsWith('[') ? Number(part.slice(1, -1)) : part));
  return keys?.every((key) => typeof key === 'string' || key < mostItems) ? keys : undefined;
}
