/**
 * Expands CRDs from a notation that is short enough for review: a header, and `fields`, whose keys mark required fields (`!`), lists
 * (`[1..5 set]`) and maps (`{}`), and whose values are types or nested fields.
 *
 *     crd: ippools.crd.projectcalico.org      # plural and group
 *     kind: IPPool                            # singular and list kind follow from it
 *     scope: Cluster                          # or Namespaced
 *     version: v1                             # the only one, served and stored
 *     fields:                                 # apiVersion, kind and metadata are implied
 *       spec:
 *         cidr!: string ..43                  # at most 43 characters
 *         blockSize: int32 20..128 = 26       # value range and default
 *         mode: enum Always|Never
 *         interface: string /^[a-z]+$/        # pattern, always last
 *         peers[]: Peer                       # a shared type; `$is: Peer` in a mapping adds fields to one
 *         ipip:
 *           $rules: [{ rule: ..., message: ... }]
 *           enabled: bool
 *
 * charts/calico/crds/README.md is the reference. Anything outside of the notation is an error and never ignored: a schema that is laxer or
 * stricter than intended would show only when a cluster drops or rejects a user's input.
 */
import { CrdNotationError, isMapping } from './error.ts';
import { expandNode } from './fields.ts';
import { crdName, readHeader } from './header.ts';
import type { Schema } from './schema.ts';
import { typeName } from './type.ts';

/** An `apiextensions.k8s.io/v1` CustomResourceDefinition, as plain data. */
export interface CustomResourceDefinition {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly versions: readonly CrdVersion[];
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

interface CrdVersion {
  readonly name: string;
  readonly schema: { readonly openAPIV3Schema: Schema };
  readonly [key: string]: unknown;
}

/** A parsed definition and the shared types by name. */
export interface CrdInput {
  readonly definition: unknown;
  readonly types: Readonly<Record<string, unknown>>;
}

/**
 * Expands a definition to the CRD. Equal inputs yield equal CRDs, which share no object with the input or each other.
 * A definition's own `types` supplement the shared ones. Throws CrdNotationError for anything outside of the notation.
 */
export function expandCrd({ definition, types }: CrdInput): CustomResourceDefinition {
  const crd = crdName(definition);
  if (!isMapping(definition)) throw new CrdNotationError({ crd, path: 'definition' }, definition, 'expected a mapping');
  const { name, labels, annotations, group, names, scope, preserveUnknownFields, ...version } = readHeader(definition);
  const schema = expandRoot(definition['fields'], { crd, types: allTypes(crd, [types, definition['types'] ?? {}]) });
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name, ...(labels && { labels }), ...(annotations && { annotations }) },
    spec: {
      group,
      names,
      scope,
      ...(preserveUnknownFields !== undefined && { preserveUnknownFields }),
      versions: [
        {
          name: version.version,
          served: true,
          storage: true,
          ...(version.columns && { additionalPrinterColumns: version.columns }),
          ...(version.status && { subresources: { status: {} } }),
          schema: { openAPIV3Schema: schema },
        },
      ],
    },
  };
}

interface Root {
  readonly crd: string;
  readonly types: ReadonlyMap<string, unknown>;
}

function expandRoot(fields: unknown, { crd, types }: Root): Schema {
  const place = { crd, path: 'fields' };
  if (!isMapping(fields)) throw new CrdNotationError(place, fields, 'expected a mapping of fields');
  const root = expandNode(fields, { crd, types, path: '', inside: [], depth: 0 });
  if (root.properties === undefined) throw new CrdNotationError(place, fields, 'expected fields');
  const implied = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' } };
  return { ...root, properties: { ...implied, ...root.properties } };
}

function allTypes(crd: string, sources: readonly unknown[]): ReadonlyMap<string, unknown> {
  const place = { crd, path: 'types' };
  const all = new Map<string, unknown>();
  for (const source of sources) {
    if (!isMapping(source)) throw new CrdNotationError(place, source, 'expected a mapping of types');
    for (const [name, node] of Object.entries(source)) {
      if (!typeName.test(name))
        throw new CrdNotationError(place, name, 'expected letters and digits, starting with a capital letter');
      if (all.has(name)) throw new CrdNotationError(place, name, 'duplicates a shared type');
      all.set(name, node);
    }
  }
  return all;
}
