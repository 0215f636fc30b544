import type { Logger } from '../../pkg/clock/clock.ts';
import { describeObject, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { deleteIgnoringNotFound } from '../../pkg/kubernetes/client/errors.ts';
import type { Resource } from '../../pkg/kubernetes/client/resource.ts';

/** A configuration that the process may have written when it served more types or kinds than now. */
export interface Leftover {
  readonly resource: Resource;
  readonly name: string;
}

export interface LeftoversInput {
  /** Must be allowed to write. */
  readonly client: Pick<KubeClient, 'find' | 'delete'>;
  readonly leftovers: readonly Leftover[];
  /** Returns which address of this extension a configuration contains; undefined for a foreign address. */
  readonly matchAddress: (configuration: KubeObject) => 'present' | 'former' | undefined;
  /** Returns whether the former process is still running; undefined if that is unknown. */
  readonly formerIsRunning: () => Promise<boolean | undefined>;
  readonly log: Logger;
}

/**
 * Removes configurations that would fail closed because no process serves them: those with the present address, and
 * those with the former address once the former process has ended. Preconditions prevent the removal of a configuration
 * that was changed after it was read. Returns whether to check again soon, because the former process may end. Throws
 * errors of the client.
 */
export async function removeLeftovers(input: LeftoversInput): Promise<boolean> {
  const { client, leftovers, matchAddress, formerIsRunning, log } = input;
  let checkAgain = false;
  for (const { resource, name } of leftovers) {
    const stored = await client.find({ resource, name });
    const address = stored && matchAddress(stored);
    if (stored === undefined || address === undefined) continue;
    const configuration = describeObject(stored);
    const isServed = address === 'former' ? await formerIsRunning() : false;
    if (isServed === false) {
      if (await remove(client, { resource, stored })) log.info({ configuration }, 'Webhook configuration removed');
    } else if (isServed) {
      checkAgain = true;
      log.info({ configuration }, 'Webhook configuration not removed yet, its former process may still be running');
    } else {
      log.warn(
        { configuration },
        'Webhook configuration not removed, its former process has no Lease that indicates its end',
      );
    }
  }
  return checkAgain;
}

/** Returns false if the configuration no longer existed. */
function remove(
  client: LeftoversInput['client'],
  { resource, stored }: { readonly resource: Resource; readonly stored: KubeObject },
): Promise<boolean> {
  const { name, uid, resourceVersion } = stored.metadata;
  const preconditions = {
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
  return deleteIgnoringNotFound(client.delete({ resource, name, preconditions }));
}
