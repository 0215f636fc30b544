import { randomUUID } from 'node:crypto';
import type { ControlPlane } from '../../controlplane/index.ts';

/** User of the kubeconfig of every shoot. The API server of the seed also serves as that of the shoots. */
export const shootUser = 'shoot';

/** Creates the planted secrets: the token for the shoot and a private key. */
export function makeCanaries(controlPlane: ControlPlane): readonly string[] {
  return [controlPlane.tokenFor(shootUser), `canary-${randomUUID()}`];
}
