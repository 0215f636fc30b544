/** The one place where the long-running process is put together; everything else gets what it needs as an argument. */
import { createClient, type KubeClient } from '../pkg/kubernetes/client.ts';
import type { Clock, Logger, Random } from '../pkg/kubernetes/clock.ts';
import { type ConnectionConfig, createTransport } from '../pkg/kubernetes/connection.ts';
import { beat } from '../pkg/kubernetes/heartbeat.ts';
import { createElector, type Elector } from '../pkg/kubernetes/leader.ts';
import { createRateLimiter } from '../pkg/kubernetes/ratelimit.ts';
import { createBundler } from '../pkg/managedresource/build.ts';
import type { NetworkPlugin, PlanTools } from '../pkg/network/plugin.ts';
import { createNetworkController, type NetworkController } from './network/controller.ts';
import { createShootReader } from './network/shoot-reader.ts';

export interface ProcessOptions {
  readonly connection: ConnectionConfig;
  readonly plugins: readonly NetworkPlugin[];
  readonly tools: PlanTools;
  readonly featureGates: Readonly<Record<string, boolean>>;
  readonly classes: readonly string[];
  readonly concurrency: number;
  readonly ignoreOperationAnnotation: boolean;
  /** Undefined: this process is the only one and leads at once. */
  readonly leaderElection: { readonly namespace: string; readonly name: string } | undefined;
  /** Undefined: there is no namespace for a heartbeat. */
  readonly heartbeat: { readonly namespace: string; readonly holder: string; readonly seconds: number } | undefined;
  /** Distinguishes replicas: the name of the pod and something random. */
  readonly identity: string;
  readonly userAgent: string;
  /**
   * Requests per second and their burst, Leases aside. Undefined: no limit but the number of workers; the API server protects itself by
   * priority and fairness, and a bucket of 100 per second would make a landscape's restart ten times slower than it need be.
   */
  readonly limits: { readonly qps: number; readonly burst: number } | undefined;
  /** Only the kubeconfig in Secret `gardener` of a shoot is used: this process is outside of the seed (contract.md §1.8). */
  readonly externalShootClient: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** How long running reconciles may go on after SIGTERM or a lost lease; Kubernetes kills a pod after 30 s. */
const drainMs = 20_000;

/**
 * Runs until the signal aborts, then drains and gives the lease back. An API server that is away is waited for, always: a restart of
 * this process would not bring it back.
 */
export async function runProcess(options: ProcessOptions, signal: AbortSignal): Promise<void> {
  const { connection, clock, random, log, userAgent } = options;
  const transport = createTransport({ config: connection, clock, logger: log, userAgent });
  const leases = createClient({ transport, clock, random, timeoutMs: 5_000 });
  const elector = electorOf(options, leases);
  const limiter = options.limits && { limiter: createRateLimiter({ ...options.limits, clock }) };
  const client = createClient({ transport, clock, random, ...limiter, mayWrite: () => elector?.assertLeader() });
  const controller = controllerOf(options, client);
  const stopped = new AbortController();
  signal.addEventListener('abort', () => log.info({}, 'Stopping'), { once: true });
  const watching = controller.watch(stopped.signal);
  try {
    log.info({ server: connection.server, origin: connection.origin }, 'Starting');
    if (!(await controller.waitForSync(signal))) return;
    log.info({ networks: controller.networks.size }, 'Caches are in sync');
    const lead = (lost: AbortSignal): Promise<void> => leadUntil({ options, controller, leases }, lost);
    if (elector === undefined) await lead(signal);
    else await elector.run({ signal, lead });
  } finally {
    stopped.abort();
    await watching;
    await transport.close();
    log.info({}, 'Stopped');
  }
}

interface Term {
  readonly options: ProcessOptions;
  readonly controller: NetworkController;
  readonly leases: KubeClient;
}

/** One term as the leader. */
async function leadUntil({ options, controller, leases }: Term, lost: AbortSignal): Promise<void> {
  const { heartbeat, clock, log } = options;
  controller.lead();
  if (heartbeat !== undefined) await beat({ ...heartbeat, client: leases, clock, logger: log }, lost);
  else await aborted(lost);
  if (!(await controller.follow(drainMs)))
    log.warn({ drainMs }, 'Runs were abandoned; what is stored says what is left to do');
}

function electorOf(options: ProcessOptions, client: KubeClient): Elector | undefined {
  const { leaderElection, identity, clock, random, log } = options;
  return leaderElection && createElector({ ...leaderElection, client, identity, clock, random, logger: log });
}

function controllerOf(options: ProcessOptions, client: KubeClient): NetworkController {
  const { clock, random, log, plugins, tools, featureGates, classes, concurrency, ignoreOperationAnnotation } = options;
  const secretNames = options.externalShootClient ? ['gardener'] : ['gardener-internal', 'gardener'];
  const readShoot = createShootReader({ seed: client, clock, random, log, secretNames });
  const context = {
    client,
    clock,
    log,
    plugins,
    tools,
    featureGates,
    classes,
    bundle: createBundler(),
    readShoot,
    webhookTarget: () => undefined,
  };
  return createNetworkController({ context, random, concurrency, ignoreOperationAnnotation });
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
