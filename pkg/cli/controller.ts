import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { runProcess } from '../../controllers/main.ts';
import manifest from '../../package.json' with { type: 'json' };
import { systemClock } from '../kubernetes/clock.ts';
import { loadConnection } from '../kubernetes/kubeconfig.ts';
import { defaultFeatureGates, featureGatesOf, parseFeatureGates } from '../network/feature-gates.ts';
import { plugins as all, planTools } from './context.ts';
import type { ControllerOptions } from './controller-options.ts';
import { createLogger } from './logger.ts';
import { exitCodes, InputError, type Terminal } from './terminal.ts';

/** Cilium's plan needs the webhook server for node-local DNS, which this process does not have yet; half a network would be worse than none. */
const plugins = all.filter((plugin) => plugin.webhookResource === undefined);

/**
 * `netext controller`: reconciles Networks until SIGTERM or SIGINT; a second signal ends it at once. Mistakes in the flags and an image
 * vector that cannot be read end it before anything is watched.
 */
export async function controller(options: ControllerOptions, terminal: Terminal): Promise<number> {
  const { env } = process;
  const gates = parseFeatureGates(options.featureGates.join(','), Object.keys(featureGatesOf(plugins)));
  const namespace = options.leaderElectionNamespace ?? env['LEADER_ELECTION_NAMESPACE'];
  const problems = gates.problems.map((one) => `--feature-gates: ${one}`);
  if (options.leaderElection && !namespace) {
    problems.push(
      '--leader-election needs --leader-election-namespace or the variable LEADER_ELECTION_NAMESPACE; --no-leader-election runs without',
    );
  }
  if (problems.length > 0) throw new InputError(problems.map((message) => ({ message })));
  const tools = await planTools(env['IMAGEVECTOR_OVERWRITE'], terminal);
  const connection = await connectionOf(options);
  const heartbeatNamespace = options.heartbeatNamespace ?? env['LEADER_ELECTION_NAMESPACE'];
  await runProcess(
    {
      connection,
      plugins,
      tools,
      featureGates: { ...defaultFeatureGates(plugins), ...gates.gates },
      classes: options.extensionClasses,
      concurrency: options.maxConcurrentReconciles,
      ignoreOperationAnnotation: options.ignoreOperationAnnotation,
      leaderElection: options.leaderElection && namespace ? { namespace, name: options.leaderElectionId } : undefined,
      heartbeat: heartbeatNamespace
        ? { namespace: heartbeatNamespace, holder: 'networking-calico', seconds: options.heartbeatRenewIntervalSeconds }
        : undefined,
      identity: `${hostname()}_${randomUUID()}`,
      userAgent: `gardener-extension-networking/${manifest.version}`,
      limits: undefined,
      externalShootClient: env['GARDENER_SHOOT_CLIENT'] === 'external',
      clock: systemClock(),
      random: Math.random,
      log: createLogger({
        level: options.logLevel,
        format: options.logFormat,
        write: (line) => terminal.out.write(line),
        colour: terminal.out.colour,
      }),
    },
    untilSignalled(),
  );
  return exitCodes.fine;
}

async function connectionOf({ kubeconfig, context }: ControllerOptions): ReturnType<typeof loadConnection> {
  try {
    return await loadConnection({ file: kubeconfig, context, env: process.env });
  } catch (error) {
    throw new InputError([{ message: error instanceof Error ? error.message : String(error) }], { cause: error });
  }
}

/** Aborts at the first SIGTERM or SIGINT; as PID 1 of a container nobody else would handle them. */
function untilSignalled(): AbortSignal {
  const aborter = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (aborter.signal.aborted) process.exit(exitCodes.internal);
      aborter.abort();
    });
  }
  return aborter.signal;
}
