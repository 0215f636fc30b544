import type { Clock } from '../../pkg/clock/clock.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { referencedSecrets } from '../../pkg/managedresource/present.ts';
import type { Change } from './changes.ts';
import { readSecrets } from './observe.ts';
import { Outdated } from './outdated.ts';

export interface ReferencesInput {
  readonly client: KubeClient;
  /** The writes that are done. */
  readonly changes: readonly Change[];
  /** Names of Secrets that need no check: the garbage collector does not remove them yet. */
  readonly fresh: ReadonlySet<string>;
}

/**
 * Checks that the Secrets exist to which the written ManagedResources refer, except for fresh ones. The garbage collector removes a Secret without
 * a reference once it is ten minutes old, which a process that was frozen before it wrote the reference does not notice, and which may happen to
 * a Secret that an earlier process left (docs/design/faults.md#references). Throws Outdated, so that the run starts again before it reports success.
 */
export async function checkReferences({ client, changes, fresh }: ReferencesInput): Promise<void> {
  const written = changes.filter(({ verb, object }) => verb !== 'delete' && object.kind === 'ManagedResource');
  for (const { object } of written) {
    const secrets = await readSecrets(
      input(client, object),
      referencedSecrets(object).filter((one) => !fresh.has(one)),
    );
    const missing = [...secrets].find(([, secret]) => secret === undefined);
    if (missing !== undefined) throw new Outdated(`Secret ${missing[0]} was removed before it was referred to`);
  }
}

function input(client: KubeClient, { metadata }: KubeObject): Parameters<typeof readSecrets>[0] {
  return { client, namespace: metadata.namespace ?? '' };
}

/**
 * Returns a function that tells whether a Secret created after this call is still fresh. Half of the age at which the collector removes it, since
 * its clock is another one. The wall clock counts, too, because the monotonic clock may stop while the machine is suspended.
 */
export function startFreshness(clock: Pick<Clock, 'monotonic' | 'now'>): () => boolean {
  const [monotonic, wall] = [clock.monotonic(), clock.now()];
  return () => clock.monotonic() - monotonic < freshMs && clock.now() - wall < freshMs;
}

const freshMs = 5 * 60_000;
