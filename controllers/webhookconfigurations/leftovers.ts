import type { Logger } from '../../pkg/clock/clock.ts';
import { describeObject, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { deleteIgnoringNotFound } from '../../pkg/kubernetes/client/errors.ts';
import type { Resource } from '../../pkg/kubernetes/client/resource.ts';

/** A configuration that the process wrote when it served more than now. */
export interface Leftover {
  readonly resource: Resource;
  readonly name: string;
}

export interface LeftoversInput {
  /** May write. */
  readonly client: Pick<KubeClient, 'find' | 'delete'>;
  readonly leftovers: readonly Leftover[];
  /** Who answers by it; undefined: not for us to say. */
  readonly answeredAt: (configuration: KubeObject) => 'present' | 'former' | undefined;
  /** Whether somebody still answers at the former address; undefined: nobody can tell. */
  readonly formerLives: () => Promise<boolean | undefined>;
  readonly log: Logger;
}

/**
 * Removes what would fail closed without an answer: configurations with the present address, and with the former one once nobody is there any
 * more. Never what somebody has changed since it was read. Gives whether to look again soon, since the former process may be about to end.
 * Throws what the client throws.
 */
export async function removeLeftovers(input: LeftoversInput): Promise<boolean> {
  const { client, leftovers, answeredAt, formerLives, log } = input;
  let again = false;
  for (const { resource, name } of leftovers) {
    const stored = await client.find({ resource, name });
    const place = stored && answeredAt(stored);
    if (stored === undefined || place === undefined) continue;
    const configuration = describeObject(stored);
    const lives = place === 'former' ? await formerLives() : false;
    if (lives === false) {
      if (await removed(client, { resource, stored })) log.info({ configuration }, 'Webhook configuration removed');
    } else if (lives) {
      again = true;
      log.info({ configuration }, 'Webhook configuration not removed yet: its former process may still answer');
    } else {
      log.warn(
        { configuration },
        'Webhook configuration left alone: its former process has no Lease that tells of its end',
      );
    }
  }
  return again;
}

/** False when it was gone already. */
function removed(
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
