import { printable, truncate } from './printable.ts';
import { redact } from './redact.ts';

/**
 * Returns a text for lastError, lastOperation, a condition or an Event (docs/design/faults.md#status-text): without credentials, on one line,
 * printable, and of at most `max` characters. Such texts quote responses of API servers and the conditions of the resource manager, whose authors
 * may be administrators of shoots; a status that is too large would be rejected, and the reason lost. Equal texts have equal results.
 */
export function statusText(text: string, max = maxStatusText): string {
  // Redaction before truncation, or the rest of a credential would not be recognised; the first truncation bounds the time.
  const redacted = redact(truncate(text, 16 * max));
  return truncate(printable(redacted.replace(/\s+/g, ' ').trim()), max);
}

/** A fraction of the 1.5 MiB that etcd stores for an object, and more than people read. */
const maxStatusText = 2_000;
