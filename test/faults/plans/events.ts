/** Catalogue of faults that hit one event of the watch of Networks. */
import type { EventFault } from '../proxy/faults.ts';
import type { Plan } from './plan.ts';

export interface EventFaultKind {
  readonly fault: EventFault;
  readonly session: Plan['session'];
  readonly limitMs?: number;
}

const network = { apiVersion: 'extensions.gardener.cloud/v1alpha1', kind: 'Network' };
const replaced = (event: unknown): EventFaultKind => ({
  fault: { act: 'replace', text: JSON.stringify(event) },
  session: 'own',
});
const ended = (act: 'cut' | 'resetBefore' | 'closeAfter'): EventFaultKind => ({ fault: { act }, session: 'own' });

/** The client cannot notice a lost event; the limit allows for a periodic comparison with the stored objects. */
const unnoticed = { session: 'patient', limitMs: 330_000 } as const;

export const eventFaults: Readonly<Record<string, EventFaultKind>> = {
  'event-doubled': { fault: { act: 'double' }, session: 'shared' },
  'event-delayed': { fault: { act: 'delay', ms: 3_000 }, session: 'own' },
  'event-dropped': { fault: { act: 'drop' }, ...unnoticed },
  'event-swapped': { fault: { act: 'swap' }, ...unnoticed },
  'event-null': replaced(null),
  'event-unknown-type': replaced({ type: 'RENAMED', object: network }),
  'event-without-metadata': replaced({ type: 'ADDED', object: network }),
  'event-wrong-types': replaced({
    type: 'MODIFIED',
    object: { ...network, metadata: { name: 7, namespace: [], uid: {}, resourceVersion: {}, annotations: 'text' } },
  }),
  'event-error-without-object': replaced({ type: 'ERROR' }),
  'event-truncated-json': {
    fault: { act: 'replace', text: '{"type":"MODIFIED","object":{"metadata":{"na' },
    session: 'own',
  },
  'bookmark-far-ahead': {
    fault: {
      act: 'insertBefore',
      text: JSON.stringify({ type: 'BOOKMARK', object: { ...network, metadata: { resourceVersion: '4000000000' } } }),
    },
    session: 'own',
  },
  'event-cut': ended('cut'),
  'reset-before-event': ended('resetBefore'),
  'closed-after-event': ended('closeAfter'),
};
