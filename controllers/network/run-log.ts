import type { Logger } from '../../pkg/clock/clock.ts';
import type { ObjectKey } from '../../pkg/kubernetes/client/resource.ts';

export interface RunLogInput {
  readonly log: Logger;
  readonly controller: string;
  readonly object: ObjectKey;
  /** A UUID, unique for the run. */
  readonly reconcileID: string;
}

/** Returns the logger of one run, whose lines carry the same fields as those of controller-runtime. */
export function runLog({ log, controller, object, reconcileID }: RunLogInput): Logger {
  const base = { controller, object: { namespace: object.namespace, name: object.name }, reconcileID };
  return {
    debug: (fields, message) => log.debug({ ...base, ...fields }, message),
    info: (fields, message) => log.info({ ...base, ...fields }, message),
    warn: (fields, message) => log.warn({ ...base, ...fields }, message),
    error: (fields, message) => log.error({ ...base, ...fields }, message),
  };
}
