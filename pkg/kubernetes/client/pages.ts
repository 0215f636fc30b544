/** Reads long lists in pages, and handles continue tokens that expire meanwhile. */
import { isRecord } from '../../gardener/objects.ts';
import { type ExpectedObject, isExpectedItem, isExpectedList } from './accept.ts';
import { isGone, NetworkError, type RequestTarget } from './errors.ts';
import { isResourceVersion } from './resource.ts';

export interface ListPage<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  /** Token of the next page; undefined on the last page. */
  readonly continue: string | undefined;
}

/** Reads one page. If `pageSize` is omitted, the default of the reader applies; 0 disables paging. */
export type PageReader<T> = (input: {
  readonly pageSize?: number | undefined;
  readonly continue?: string | undefined;
}) => Promise<ListPage<T>>;

export interface ReadPagesInput<T> {
  readonly page: PageReader<T>;
  readonly pageSize?: number | undefined;
  /** Called before the first page of each attempt; has to discard the items of earlier attempts. */
  readonly begin: () => void;
  readonly take: (items: readonly T[]) => void;
}

/**
 * Reads all pages of one consistent list; returns its resourceVersion. If a continue token expires (410), it starts
 * again. The third attempt disables paging, so that a list which takes longer than etcd's compaction interval still
 * completes.
 */
export async function readPages<T>(input: ReadPagesInput<T>): Promise<string> {
  for (let attempt = 0; ; attempt += 1) {
    input.begin();
    try {
      return await readOnce({ ...input, pageSize: attempt < 2 ? input.pageSize : 0 });
    } catch (error) {
      if (!isGone(error) || attempt === 2) throw error;
    }
  }
}

export interface PageOrigin {
  readonly target: RequestTarget;
  readonly expected: ExpectedObject;
  /** The continue token that requested the page. */
  readonly requested?: string | undefined;
}

/**
 * Returns the parsed body of a LIST as a page. Throws a NetworkError if it is not a list of the expected objects, or continues with the token
 * that requested it, so that the list would never end.
 */
export function toPage<T>(body: unknown, { target: { verb, path }, expected, requested }: PageOrigin): ListPage<T> {
  const list = isExpectedList(body, expected) ? body : undefined;
  const metadata: Readonly<Record<string, unknown>> = isRecord(list?.metadata) ? list.metadata : {};
  const resourceVersion = metadata['resourceVersion'];
  // Go encodes a nil slice as null.
  const items: unknown = list && (list['items'] ?? []);
  const unusable = (message: string): NetworkError => new NetworkError({ verb, path, reason: 'Unusable', message });
  if (!Array.isArray(items) || !isResourceVersion(resourceVersion))
    throw unusable('response is not a list with a resourceVersion');
  if (!items.every((item) => isExpectedItem(item, expected))) throw unusable('an item of the list is not an object');
  const token = metadata['continue'];
  if (typeof token !== 'string' || token === '') return { items, resourceVersion, continue: undefined };
  if (token === requested) throw unusable('page of the list continues with itself');
  return { items, resourceVersion, continue: token };
}

async function readOnce<T>({ page, pageSize, take }: ReadPagesInput<T>): Promise<string> {
  let last = await page({ pageSize });
  take(last.items);
  while (last.continue !== undefined) {
    last = await page({ pageSize, continue: last.continue });
    take(last.items);
  }
  return last.resourceVersion;
}
