import type { Clock } from '../../../pkg/clock/clock.ts';
import type { Elector } from '../../../pkg/kubernetes/leaderelection/leader.ts';
import type { Reflector } from '../../../pkg/kubernetes/reflector/reflector.ts';
import type { LoopMonitor } from './eventloop.ts';

/** One thing that has to be right. */
export interface HealthCheck {
  /** A path segment: `/readyz/<name>` asks for this one alone. */
  readonly name: string;
  /** Undefined when all is well; otherwise why not, on one line and without secrets. */
  readonly problem: () => string | undefined;
}

export interface HealthReport {
  readonly healthy: boolean;
  /** In the form of Kubernetes' own endpoints. */
  readonly text: string;
}

/** Asks all checks. A check that throws has failed. `endpoint` names the whole: `readyz`. */
export function healthReport(endpoint: string, checks: readonly HealthCheck[]): HealthReport {
  const findings = checks.map((check) => ({ name: check.name, problem: ask(check) }));
  const healthy = findings.every(({ problem }) => problem === undefined);
  const lines = findings.map(({ name, problem }) =>
    problem === undefined ? `[+]${name} ok` : `[-]${name} failed: ${problem.replaceAll(/\s+/g, ' ')}`,
  );
  return { healthy, text: [...lines, `${endpoint} check ${healthy ? 'passed' : 'failed'}`, ''].join('\n') };
}

function ask({ problem }: HealthCheck): string | undefined {
  try {
    return problem();
  } catch (error) {
    return `the check itself failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/**
 * What makes kubelet restart the process: that it cannot answer, or that its timers have stopped. Nothing about the API server is in
 * here, since a restart would not bring it back.
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

/** Far above any pause of a busy process, a collection of garbage or a throttled CPU. */
const stuckMs = 30_000;

export interface WatchCheckInput {
  readonly resource: string;
  readonly reflector: Pick<Reflector<unknown>, 'hasSynced' | 'lastSeen'>;
  readonly clock: Clock;
  /** 5 minutes: bookmarks come each minute, and a watch that says nothing is replaced after three. */
  readonly mostMs?: number;
}

/** That the first list is complete, and that the watch has been heard of lately. */
export function watchChecks({ resource, reflector, clock, mostMs = 300_000 }: WatchCheckInput): readonly HealthCheck[] {
  return [
    {
      name: `sync-${resource}`,
      problem: () => (reflector.hasSynced() ? undefined : 'the first list is not complete'),
    },
    {
      name: `watch-${resource}`,
      problem: () => {
        const seenAt = reflector.lastSeen();
        if (seenAt === undefined) return 'nothing has come from the API server yet';
        const ms = clock.monotonic() - seenAt;
        return ms > mostMs ? `nothing has come from the API server for ${seconds(ms)}` : undefined;
      },
    },
  ];
}

/** That the lease could be written, or is held by another replica: a standby is ready, one without the permission is not. */
export function leaseCheck(elector: Pick<Elector, 'hasWritten' | 'isStandby'>): HealthCheck {
  return {
    name: 'lease',
    problem: () =>
      elector.hasWritten() || elector.isStandby()
        ? undefined
        : 'the Lease of the leader was never written, and nobody else holds it: look for missing permissions in the log',
  };
}

/** That a webhook server accepts connections; `problem` says why not. */
export function webhookCheck(problem: () => string | undefined): HealthCheck {
  return { name: 'webhook', problem };
}

function seconds(ms: number): string {
  return `${Math.floor(ms / 1000)} s`;
}
