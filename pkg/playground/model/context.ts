import { isRecord, type KubeObject, recordOf } from '../../gardener/objects.ts';
import { nodeAt, outline } from './outline.ts';
import { editYaml, type Keys, type TextChange } from './yaml-edit.ts';

/** A field of the Shoot that the form shows. */
export interface ContextField {
  readonly id: string;
  /** Below the Shoot. */
  readonly keys: Keys;
  readonly kind: 'text' | 'number' | 'choice';
  readonly choices?: readonly ContextChoice[];
  /** Proposals for a text. */
  readonly suggestions?: readonly string[];
}

export interface ContextChoice {
  readonly id: string;
  /** Undefined removes the field. */
  readonly value: unknown;
}

const unset: ContextChoice = { id: '', value: undefined };
const yesNo: readonly ContextChoice[] = [unset, { id: 'true', value: true }, { id: 'false', value: false }];
const families = (...value: readonly string[]): ContextChoice => ({ id: value.join(', '), value });

/** The fields of a Shoot outside of providerConfig on which the network depends. */
export const contextFields: readonly ContextField[] = [
  {
    id: 'type',
    keys: ['spec', 'networking', 'type'],
    kind: 'choice',
    choices: ['calico', 'cilium'].map((value) => ({ id: value, value })),
  },
  {
    id: 'provider',
    keys: ['spec', 'provider', 'type'],
    kind: 'text',
    suggestions: ['alicloud', 'aws', 'azure', 'gcp', 'ironcore', 'local', 'metal', 'openstack', 'stackit', 'vsphere'],
  },
  { id: 'version', keys: ['spec', 'kubernetes', 'version'], kind: 'text' },
  {
    id: 'families',
    keys: ['spec', 'networking', 'ipFamilies'],
    kind: 'choice',
    choices: [unset, families('IPv4'), families('IPv6'), families('IPv4', 'IPv6'), families('IPv6', 'IPv4')],
  },
  { id: 'pods', keys: ['spec', 'networking', 'pods'], kind: 'text' },
  { id: 'services', keys: ['spec', 'networking', 'services'], kind: 'text' },
  { id: 'nodes', keys: ['spec', 'networking', 'nodes'], kind: 'text' },
  { id: 'kubeProxy', keys: ['spec', 'kubernetes', 'kubeProxy', 'enabled'], kind: 'choice', choices: yesNo },
  {
    id: 'kubeProxyMode',
    keys: ['spec', 'kubernetes', 'kubeProxy', 'mode'],
    kind: 'choice',
    choices: [unset, ...['IPTables', 'IPVS', 'NFTables'].map((value) => ({ id: value, value }))],
  },
  {
    id: 'nodeLocalDNS',
    keys: ['spec', 'systemComponents', 'nodeLocalDNS', 'enabled'],
    kind: 'choice',
    choices: yesNo,
  },
  { id: 'minimum', keys: ['spec', 'provider', 'workers', 0, 'minimum'], kind: 'number' },
  { id: 'maximum', keys: ['spec', 'provider', 'workers', 0, 'maximum'], kind: 'number' },
  {
    id: 'address',
    keys: ['status', 'advertisedAddresses'],
    kind: 'choice',
    choices: [unset, { id: 'true', value: [{ name: 'external', url: 'https://api.web.example.com' }] }],
  },
  {
    id: 'exists',
    keys: ['metadata', 'uid'],
    kind: 'choice',
    choices: [unset, { id: 'true', value: '7d2a4c1e-0f5b-4f0e-9a39-6c1d0e8b2f11' }],
  },
];

/** The place where the form writes: the Shoot in the text, or the options of `netext` for a text without one. */
export type ContextTarget =
  | { readonly kind: 'document'; readonly document: number; readonly prefix: Keys }
  | { readonly kind: 'options' };

/** Returns the place of the Shoot in a text; undefined for a text that is not YAML, to which the form cannot write. */
export function contextTarget(text: string): ContextTarget | undefined {
  const documents = outline(text);
  if (documents === undefined) return undefined;
  const kinds = documents.map((root) => nodeAt(root, ['kind'])?.value);
  const shoot = kinds.indexOf('Shoot');
  if (shoot >= 0) return { kind: 'document', document: shoot, prefix: [] };
  const cluster = kinds.findIndex(
    (kind, index) => kind === 'Cluster' && nodeAt(documents[index], ['spec', 'shoot']) !== undefined,
  );
  if (cluster >= 0) return { kind: 'document', document: cluster, prefix: ['spec', 'shoot'] };
  return { kind: 'options' };
}

/** Returns what the form shows for each field: the value in effect in a Shoot, and empty texts for absent ones. */
export function readContext(shoot: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(contextFields.map((field) => [field.id, shownValue(field, valueAt(shoot, field.keys))]));
}

function shownValue({ kind, choices = [] }: ContextField, value: unknown): string {
  const text = Array.isArray(value) ? value.join(', ') : scalarText(value);
  if (kind !== 'choice' || text === '') return text;
  return choices.some(({ id }) => id === text) ? text : (choices.at(-1)?.id ?? '');
}

function scalarText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function valueAt(value: unknown, keys: Keys): unknown {
  return keys.reduce<unknown>((inner, key) => {
    if (typeof key === 'number') return Array.isArray(inner) ? (inner[key] as unknown) : undefined;
    return isRecord(inner) ? inner[key] : undefined;
  }, value);
}

/** Returns the Shoot that the form shows, from the documents of the text. */
export function contextShoot(cluster: unknown, shoot: KubeObject | undefined): unknown {
  return shoot ?? recordOf(recordOf(cluster)['spec'])['shoot'];
}

/** Parses what was entered for a field; undefined removes it. */
export function parseEntry({ kind, choices = [] }: ContextField, entry: string): unknown {
  const trimmed = entry.trim();
  if (kind === 'choice') return choices.find(({ id }) => id === entry)?.value;
  if (trimmed === '') return undefined;
  return kind === 'number' && /^\d{1,9}$/.test(trimmed) ? Number(trimmed) : trimmed;
}

/** Returns the change of the text for an entry in the form; undefined if there is nothing to change. */
export function changeForEntry(input: {
  readonly text: string;
  readonly target: ContextTarget & { readonly kind: 'document' };
  readonly field: ContextField;
  readonly value: unknown;
}): TextChange | undefined {
  const { text, target, field, value } = input;
  return editYaml({ text, document: target.document, keys: [...target.prefix, ...field.keys], value });
}

/** Returns the assignments of `--set` with the entry of a field in place of an earlier one. */
export function assignmentsForEntry(
  assignments: readonly string[],
  { field, value }: { readonly field: ContextField; readonly value: unknown },
): readonly string[] {
  const path = pathText(field.keys);
  const others = assignments.filter((one) => !one.startsWith(`${path}=`));
  if (value === undefined) return others;
  return [...others, `${path}=${typeof value === 'string' ? value : JSON.stringify(value)}`];
}

/** Values of a usual Shoot, so that a configuration alone has a plan, and with it objects and a picture. */
const usual: Readonly<Record<string, string>> = {
  provider: 'local',
  version: '1.34.3',
  pods: '100.96.0.0/11',
  services: '100.64.0.0/13',
  nodes: '10.180.0.0/16',
  minimum: '2',
  maximum: '8',
  address: 'true',
};

/** Returns the assignments of `--set` that make a usual Shoot around a text without one; none for a text with a Shoot or a Network. */
export function usualAssignments(text: string): readonly string[] {
  const [root] = outline(text) ?? [];
  if (contextTarget(text)?.kind !== 'options' || nodeAt(root, ['kind'])?.value !== 'NetworkConfig') return [];
  return contextFields.reduce<readonly string[]>((assignments, field) => {
    const entry = usual[field.id];
    return entry === undefined
      ? assignments
      : assignmentsForEntry(assignments, { field, value: parseEntry(field, entry) });
  }, []);
}

/** Writes keys as a path such as `spec.provider.workers[0].minimum`. */
function pathText(keys: Keys): string {
  return keys.map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? key : `.${key}`)).join('');
}
