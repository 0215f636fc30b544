import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { isRecord, recordOf } from '../../pkg/gardener/objects.ts';
import { countValues } from '../../pkg/gardener/value-count.ts';
import type { Transport } from '../../pkg/kubernetes/transport/connection.ts';
import { ResponseTooLarge } from '../../pkg/kubernetes/transport/exchange.ts';

/**
 * Limits of one reading from a shoot, whose API server may be hostile or broken (docs/design/faults.md#limits-of-what-is-read). They suffice for
 * 5,000 Nodes, and bound the memory of a process that reads from several shoots.
 */
export const readingLimits = {
  /** A ConfigMap has at most 1 MiB, and a page of Nodes about half of it. */
  responseBytes: 2 * 1024 * 1024,
  responseValues: 200_000,
  /** All responses of a reading, retries included. */
  totalBytes: 64 * 1024 * 1024,
  pageSize: 50,
  pages: 400,
  objects: 20_000,
} as const;

/** A reading exceeds its limits. The client does not retry it, as any response that is too large. */
class ReadingTooLarge extends ResponseTooLarge {
  constructor(message: string) {
    super(readingLimits.responseBytes);
    this.message = message;
  }
}

/** Returns a transport for one reading, which rejects responses with too many bytes or values before they are parsed. */
export function limitReading(transport: Transport): Transport {
  let left: number = readingLimits.totalBytes;
  return {
    ...transport,
    send: async (request) => {
      const { responseBytes, responseValues, totalBytes } = readingLimits;
      if (left <= 0) throw new ReadingTooLarge(`responses exceed ${totalBytes} bytes in total`);
      const response = await transport.send({ ...request, maxBytes: Math.min(request.maxBytes, responseBytes) });
      left -= response.body.length;
      if (countValues(response.body, responseValues) > responseValues)
        throw new ReadingTooLarge(`response has more than ${responseValues} values`);
      return response;
    },
  };
}

/**
 * Returns the members that plans read, so that a list of all Nodes does not fill the memory. Kinds without an entry are retained as a whole; they
 * are read by name.
 */
export function retained(object: KubeObject): KubeObject {
  if (object.kind !== 'Node') return object;
  const { apiVersion, kind, metadata } = object;
  const conditions: unknown = recordOf(object['status'])['conditions'];
  const list = Array.isArray(conditions) ? conditions.slice(0, maxConditions).filter(isRecord) : [];
  return { apiVersion, kind, metadata: { name: metadata.name }, status: { conditions: list.flatMap(shortCondition) } };
}

function shortCondition({ type, status, reason }: Readonly<Record<string, unknown>>): readonly object[] {
  const isShort = [type, status, reason].every((one) => typeof one === 'string' && one.length <= maxLength);
  return isShort ? [{ type, status, reason }] : [];
}

const maxConditions = 50;
/** The API limits a reason to 1024 characters; those that plans read are shorter. */
const maxLength = 100;
