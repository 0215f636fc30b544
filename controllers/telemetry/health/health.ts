import type { Clock } from '../../../pkg/clock/clock.ts';
import { errorMessage } from '../../../pkg/gardener/errors.ts';
import type { Elector } from '../../../pkg/kubernetes/leaderelection/leader.ts';
import type { Reflector } from '../../../pkg/kubernetes/reflector/reflector.ts';
import type { LoopMonitor } from './eventloop.ts';

/** One health check. */
export interface HealthCheck {
  /** A path segment: `/readyz/<name>` runs this check alone. */
  readonly name: string;
  /** Returns undefined if the check passes, otherwise the reason on one line and without secrets. */
  readonly problem: () => string | undefined;
}

export interface HealthReport {
  readonly healthy: boolean;
  /** In the format of the endpoints of Kubernetes. */
  readonly text: string;
}

/** Runs all checks. A check that throws has failed. `endpoint` is the name of the report, such as `readyz`. */
export function healthReport(endpoint: string, checks: readonly HealthCheck[]): HealthReport {
  const findings = checks.map((check) => ({ name: check.name, problem: run(check) }));
  const healthy = findings.every(({ problem }) => problem === undefined);
  const lines = findings.map(({ name, problem }) =>
    problem === undefined ? `[+]${name} ok` : `[-]${name} failed: ${problem.replaceAll(/\s+/g, ' ')}`,
  );
  return { healthy, text: [...lines, `${endpoint} check ${healthy ? 'passed' : 'failed'}`, ''].join('\n') };
}

function run({ problem }: HealthCheck): string | undefined {
  try {
    return problem();
  } catch (error) {
    return `the check threw: ${errorMessage(error)}`;
  }
}

/**
 * Returns the checks whose failure lets kubelet restart the process: it cannot respond, or its timers do not fire. None of them depends on the
 * API server, because a restart would not make it available.
 */
export function livenessChecks(loop: Pick<LoopMonitor, 'sinceTick'>): readonly HealthCheck[] {
  return [
    { name: 'ping', problem: () => undefined },
    {
      name: 'event-loop',
      problem: () => {
        const ms = loop.sinceTick() ?? 0;
        return ms > stuckMs ? `no timer has fired for ${seconds(ms)}` : undefined;
      },
    },
  ];
}

/** Longer than any pause by load, garbage collection or CPU throttling. */
const stuckMs = 30_000;

export interface WatchCheckInput {
  readonly resource: string;
  readonly reflector: Pick<Reflector<unknown>, 'hasSynced' | 'lastSeen'>;
  readonly clock: Clock;
  /** Default 5 minutes: bookmarks arrive every minute, and a watch without data is replaced after three. */
  readonly maxAgeMs?: number;
}

/** Returns the checks that the first list is complete, and that the watch received data recently. */
export function watchChecks({
  resource,
  reflector,
  clock,
  maxAgeMs = 300_000,
}: WatchCheckInput): readonly HealthCheck[] {
  return [
    {
      name: `sync-${resource}`,
      problem: () => (reflector.hasSynced() ? undefined : 'the first list is not complete'),
    },
    {
      name: `watch-${resource}`,
      problem: () => {
        const seenAt = reflector.lastSeen();
        if (seenAt === undefined) return 'the watch has received no data yet';
        const ms = clock.monotonic() - seenAt;
        return ms > maxAgeMs ? `the watch has received no data for ${seconds(ms)}` : undefined;
      },
    },
  ];
}

/** Returns the check that this replica can write the Lease, or another one holds it. A standby is ready, a replica without the permission is not. */
export function leaseCheck(elector: Pick<Elector, 'hasWritten' | 'isStandby'>): HealthCheck {
  return {
    name: 'lease',
    problem: () =>
      elector.hasWritten() || elector.isStandby()
        ? undefined
        : 'the Lease was never written, and no other replica holds it: search the log for missing permissions',
  };
}

/** Returns the check that a webhook server accepts connections; `problem` returns why it does not. */
export function webhookCheck(problem: () => string | undefined): HealthCheck {
  return { name: 'webhook', problem };
}

function seconds(ms: number): string {
  return `${Math.floor(ms / 1000)} s`;
}
