import { sameJson } from '../../pkg/gardener/merge-patch.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';

/** Names an object of the seed. */
export interface ContentKey {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/**
 * Remembers which content a stored object had at a resourceVersion, so that a later run reads the metadata of a large object instead of all of it.
 * The object is still read live: the content counts only if uid and resourceVersion are those of the memo.
 */
export interface ContentMemo {
  /** Returns the remembered content; undefined if there is none. */
  find(key: ContentKey): RememberedContent | undefined;
  /** Remembers that a stored object has this content. Does nothing for an object without uid and resourceVersion. */
  add(object: ObjectVersion, content: unknown): void;
}

/** The part of an object that identifies it and its version. */
export type ObjectVersion = Pick<KubeObject, 'kind' | 'metadata'>;

export interface RememberedContent {
  /** Reports whether this is the version of the object that had the content. */
  isOf(object: Pick<KubeObject, 'metadata'>): boolean;
  /** Compares the content as JSON. */
  equals(content: unknown): boolean;
}

/** Creates an empty memo. It forgets what was added longest ago: with more objects than its limit, runs read whole objects again. */
export function createContentMemo(limit = 10_000): ContentMemo {
  const entries = new Map<string, { readonly version: string; readonly content: unknown }>();
  return {
    find(key) {
      const entry = entries.get(entryKey(key));
      return (
        entry && {
          isOf: ({ metadata }) => version(metadata) === entry.version,
          equals: (content) => sameJson(content, entry.content),
        }
      );
    },
    add({ kind, metadata }, content) {
      const added = version(metadata);
      if (added === undefined) return;
      const key = entryKey({ kind, namespace: metadata.namespace ?? '', name: metadata.name });
      entries.delete(key);
      entries.set(key, { version: added, content });
      const oldest = entries.size > limit ? entries.keys().next().value : undefined;
      if (oldest !== undefined) entries.delete(oldest);
    },
  };
}

/** Reports whether the content of a monitoring object is worth remembering: dashboards are tens of kilobytes, other objects less than four. */
export function hasLargeContent({ kind }: Pick<KubeObject, 'kind'>): boolean {
  return kind === 'ConfigMap';
}

function entryKey({ kind, namespace, name }: ContentKey): string {
  return `${kind} ${namespace}/${name}`;
}

function version({ uid, resourceVersion }: KubeObject['metadata']): string | undefined {
  return uid === undefined || resourceVersion === undefined ? undefined : `${uid} ${resourceVersion}`;
}
