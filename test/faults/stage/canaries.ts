import { randomUUID } from 'node:crypto';
import type { ControlPlane } from '../../controlplane/index.ts';

/** The user of the kubeconfig of every shoot; the seed plays the shoots, too. */
export const shootUser = 'shoot';

/** What must never be found in a log, an Event or a status: the token for the shoot, and a private key. */
export function makeCanaries(controlPlane: ControlPlane): readonly string[] {
  return [controlPlane.tokenFor(shootUser), `canary-${randomUUID()}`];
}
