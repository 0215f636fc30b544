import type { Logger, Random } from '../../pkg/clock/clock.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { isAborted, isConflict } from '../../pkg/kubernetes/client/errors.ts';
import { parseKey } from '../../pkg/kubernetes/client/resource.ts';
import {
  createReflector,
  type Reflector,
  type ReflectorEvent,
  type ReflectorOutcome,
} from '../../pkg/kubernetes/reflector/reflector.ts';
import {
  createQueue,
  type QueueMetrics,
  type QueueStats,
  type WorkQueue,
} from '../../pkg/kubernetes/workqueue/queue.ts';
import { resources } from '../resources.ts';
import { createContentMemo } from '../seed/content-memo.ts';
import { isRelevantChange, isUnanswered, type Reason, reasonToRun } from '../seed/decide.ts';
import { type NetworkFacts, readFacts } from '../seed/facts.ts';
import { Outdated } from '../seed/outdated.ts';
import { type NetworkContext } from './context.ts';
import { runNetwork } from './run.ts';
import { runLog } from './run-log.ts';

export interface NetworkControllerOptions {
  readonly context: Omit<NetworkContext, 'networksIn' | 'memo'>;
  readonly random: Random;
  /** Maximum number of concurrent runs. */
  readonly concurrency: number;
  /** Also reconcile when the generation of a Network or its Cluster changes, not only on an operation annotation. */
  readonly ignoreOperationAnnotation: boolean;
  readonly telemetry: ControllerTelemetry;
  /** Returns a new UUID for each run; its log lines carry it. */
  readonly newId: () => string;
}

/** Receives measurements of the controller. */
export interface ControllerTelemetry {
  readonly queue: QueueMetrics;
  readonly networks: (outcome: ReflectorOutcome) => void;
  readonly clusters: (outcome: ReflectorOutcome) => void;
}

export interface NetworkController {
  /** Watches Networks and Clusters until the signal aborts. Reconciles only between `startLeading` and `stopLeading`. */
  watch(signal: AbortSignal): Promise<void>;
  waitForSync(signal: AbortSignal): Promise<boolean>;
  /** Starts reconciling, with every stored Network that needs work. */
  startLeading(): void;
  /**
   * Stops reconciling, and waits for running reconciles; false when some still run after the deadline. The client rejects their writes once the
   * Lease is lost.
   */
  stopLeading(deadlineMs: number): Promise<boolean>;
  readonly networks: Reflector<NetworkFacts>;
  readonly clusters: Reflector<string>;
  /** The facts of all Networks of a type and class that this controller reconciles. */
  states(): Iterable<NetworkFacts>;
  stats(): QueueStats;
}

/** Requests of gardenlet run first, because it waits for them; Networks found at start run last. */
export const priorities = { initial: -100, change: 0, request: 100 } as const;

/**
 * Turns events into keys of a queue, and keys into runs. The facts in memory decide only when to run. A run reads the state from the API server,
 * so a lost or late event costs time but never changes the outcome.
 */
export function createNetworkController(options: NetworkControllerOptions): NetworkController {
  const { context, random, ignoreOperationAnnotation, telemetry } = options;
  const { client, clock, log } = context;
  const seen = new Map<string, NetworkFacts>();
  /** Loggers of the current runs, by key. A key has at most one run at a time. */
  const logs = new Map<string, Logger>();
  const memo = createContentMemo();
  let leading = false;

  const queue: WorkQueue = createQueue({
    concurrency: options.concurrency,
    clock,
    random,
    metrics: telemetry.queue,
    run: async (key, signal) => {
      const ids = { controller: 'network', object: parseKey(key), reconcileID: options.newId() };
      const log = runLog({ log: context.log, ...ids });
      logs.set(key, log);
      const outcome = await runNetwork({ ...context, networksIn, memo, log }, { key, signal });
      logs.delete(key);
      log.debug({ result: outcome.result }, 'Reconciled');
      return outcome.done ? undefined : { requeueAfter: outcome.requeueAfter };
    },
    onError: (error, key, retryMs) => {
      const expected = error instanceof Outdated || isConflict(error) || isAborted(error);
      logs.get(key)?.[expected ? 'info' : 'error']({ err: error, retryMs }, 'Reconcile failed');
      logs.delete(key);
    },
  });

  const reflectorOptions = {
    client,
    clock,
    random,
    logger: log,
    onError: (error: unknown, key: string) =>
      log.error({ controller: 'network', object: parseKey(key), err: error }, 'Failed to handle event'),
  };
  const networks = createReflector<NetworkFacts>({
    ...reflectorOptions,
    resource: resources.networks,
    onOutcome: telemetry.networks,
    project: readFacts,
    onEvent: onNetwork,
  });
  const clusters = createReflector<string>({
    ...reflectorOptions,
    resource: resources.clusters,
    onOutcome: telemetry.clusters,
    metadataOnly: true,
    project: ({ metadata }: KubeObject) => metadata.resourceVersion ?? '',
    onEvent: onCluster,
  });

  function onNetwork({ type, key, object, source }: ReflectorEvent<NetworkFacts>): void {
    const from = seen.get(key);
    if (type === 'deleted') seen.delete(key);
    else seen.set(key, object);
    if (!leading || type === 'deleted' || !isServed(object)) return;
    const listed = source !== 'watch';
    const isRelevant = isRelevantChange({ from, to: object }) || (listed && isUnanswered(object));
    const reason = reasonFor(object, listed);
    if (isRelevant && reason !== undefined)
      enqueue(key, { reason, priority: reason === 'operation annotation' ? priorities.request : priorities.change });
  }

  /** A changed Cluster alone causes a run only where operation annotations are ignored, or if the configuration was refused. */
  function onCluster({ key, type, source }: ReflectorEvent<string>): void {
    if (!leading || type === 'deleted' || source === 'initial') return;
    for (const [network, facts] of networks.entries()) {
      if (parseKey(network).namespace !== key || !isServed(facts)) continue;
      if (ignoreOperationAnnotation || facts.configurationProblem)
        enqueue(network, { reason: 'cluster', priority: priorities.change });
    }
  }

  function reasonFor(facts: NetworkFacts, listed: boolean): Reason | undefined {
    return reasonToRun(facts, { listed: listed || ignoreOperationAnnotation });
  }

  function isServed(facts: NetworkFacts): boolean {
    return context.plugins.some((plugin) => plugin.type === facts.type) && context.classes.includes(facts.class);
  }

  function networksIn(namespace: string): readonly NetworkFacts[] {
    return [...networks.entries()].filter(([key]) => parseKey(key).namespace === namespace).map(([, facts]) => facts);
  }

  function enqueue(key: string, { reason, priority }: { readonly reason: string; readonly priority: number }): void {
    log.debug({ controller: 'network', object: parseKey(key), reason }, 'Enqueued');
    queue.add(key, { priority });
  }

  return {
    networks,
    clusters,
    states: () => [...networks.entries()].map(([, facts]) => facts).filter(isServed),
    stats: () => queue.stats(),
    async watch(signal) {
      await Promise.all([networks.run(signal), clusters.run(signal)]);
      queue.stop();
    },
    waitForSync: async (signal) => (await networks.waitForSync(signal)) && (await clusters.waitForSync(signal)),
    startLeading() {
      leading = true;
      queue.resume();
      for (const [key, facts] of networks.entries()) {
        const reason = isServed(facts) ? reasonFor(facts, true) : undefined;
        if (reason !== undefined) enqueue(key, { reason, priority: priorities.initial });
      }
    },
    async stopLeading(deadlineMs) {
      leading = false;
      queue.clear();
      const drained = await queue.drain(deadlineMs);
      queue.clear();
      return drained;
    },
  };
}
