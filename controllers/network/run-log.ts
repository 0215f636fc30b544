import type { Logger } from '../../pkg/clock/clock.ts';
import type { ObjectKey } from '../../pkg/kubernetes/client/resource.ts';

export interface RunLogInput {
  readonly log: Logger;
  readonly controller: string;
  readonly object: ObjectKey;
  /** A UUID that no other run has. */
  readonly reconcileID: string;
}

/** The logger of one run: all of its lines carry the fields by which controller-runtime's are found. */
export function runLog({ log, controller, object, reconcileID }: RunLogInput): Logger {
  const base = { controller, object: { namespace: object.namespace, name: object.name }, reconcileID };
  return {
    debug: (fields, message) => log.debug({ ...base, ...fields }, message),
    info: (fields, message) => log.info({ ...base, ...fields }, message),
    warn: (fields, message) => log.warn({ ...base, ...fields }, message),
    error: (fields, message) => log.error({ ...base, ...fields }, message),
  };
}
