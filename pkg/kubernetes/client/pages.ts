/** Long lists in pages: what a page is, and how to get through all of them although continue tokens expire. */
import { isRecord } from '../../gardener/objects.ts';
import { isGone, NetworkError, type RequestTarget } from './errors.ts';

export interface ListPage<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  /** The token of the next page; undefined on the last one. */
  readonly continue: string | undefined;
}

/** Reads one page; without a pageSize the reader's default applies, 0 means everything at once. */
export type PageReader<T> = (input: {
  readonly pageSize?: number | undefined;
  readonly continue?: string | undefined;
}) => Promise<ListPage<T>>;

export interface ReadPagesInput<T> {
  readonly page: PageReader<T>;
  readonly pageSize?: number | undefined;
  /** Called before the first page of each attempt: forget what an earlier one took. */
  readonly begin: () => void;
  readonly take: (items: readonly T[]) => void;
}

/**
 * All pages of one consistent list; returns its resourceVersion. When a continue token expires on the way (410) it
 * begins again, the second time without pages, so that a list which takes longer than etcd's compaction interval
 * comes to an end.
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

/** The parsed answer of a LIST as a page; throws a NetworkError when it is not a list. */
export function toPage<T>(answer: unknown, { verb, path }: RequestTarget): ListPage<T> {
  const metadata = isRecord(answer) && isRecord(answer['metadata']) ? answer['metadata'] : undefined;
  const resourceVersion = metadata?.['resourceVersion'];
  // A Go slice without elements is null in JSON.
  const items = isRecord(answer) ? (answer['items'] ?? []) : undefined;
  if (!Array.isArray(items) || typeof resourceVersion !== 'string') {
    throw new NetworkError({
      verb,
      path,
      reason: 'Unusable',
      message: 'the answer is not a list with a resourceVersion',
    });
  }
  const token = metadata?.['continue'];
  return { items, resourceVersion, continue: typeof token === 'string' && token !== '' ? token : undefined };
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
