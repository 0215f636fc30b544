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
import { isNews, type Reason, reasonToRun } from '../seed/decide.ts';
import { factsOf, type NetworkFacts } from '../seed/facts.ts';
import { Outdated } from '../seed/outdated.ts';
import { type NetworkContext } from './context.ts';
import { runNetwork } from './run.ts';
import { runLog } from './run-log.ts';

export interface NetworkControllerOptions {
  readonly context: NetworkContext;
  readonly random: Random;
  /** Networks reconciled side by side. */
  readonly concurrency: number;
  /** Also reconcile when a Network's generation or its Cluster changes, not only when gardenlet asks by annotation. */
  readonly ignoreOperationAnnotation: boolean;
  readonly telemetry: ControllerTelemetry;
  /** A UUID, another one each time: the lines of one run in the log carry it. */
  readonly newId: () => string;
}

/** Who is told what the controller does. */
export interface ControllerTelemetry {
  readonly queue: QueueMetrics;
  readonly networks: (outcome: ReflectorOutcome) => void;
  readonly clusters: (outcome: ReflectorOutcome) => void;
}

export interface NetworkController {
  /** Watches Networks and Clusters until the signal aborts; works only between `lead` and `follow`. */
  watch(signal: AbortSignal): Promise<void>;
  waitForSync(signal: AbortSignal): Promise<boolean>;
  /** Starts to work: everything stored is looked at once, as after a restart. */
  lead(): void;
  /** Stops to work; false when runs still go on after the deadline. They can write nothing any more, the client's guard sees to that. */
  follow(deadlineMs: number): Promise<boolean>;
  readonly networks: Reflector<NetworkFacts>;
  readonly clusters: Reflector<string>;
  /** The Networks that this controller serves. */
  states(): Iterable<NetworkFacts>;
  stats(): QueueStats;
}

/** Objects met at start run after news, and a request of gardenlet, which waits for its answer, before everything. */
export const priorities = { found: -100, news: 0, asked: 100 } as const;

/**
 * Turns events into keys and keys into runs. What it remembers of a Network decides only when to look; what to do is read live by the
 * run, so a lost or late event costs time and never an outcome.
 */
export function createNetworkController(options: NetworkControllerOptions): NetworkController {
  const { context, random, ignoreOperationAnnotation, telemetry } = options;
  const { client, clock, log } = context;
  const seen = new Map<string, NetworkFacts>();
  /** Of the runs that go on, by key, which has one at a time. */
  const logs = new Map<string, Logger>();
  let leading = false;

  const queue: WorkQueue = createQueue({
    concurrency: options.concurrency,
    clock,
    random,
    metrics: telemetry.queue,
    run: async (key, signal) => {
      const ids = { controller: 'network', object: parseKey(key), reconcileID: options.newId() };
      const own = runLog({ log, ...ids });
      logs.set(key, own);
      const outcome = await runNetwork({ ...context, log: own }, { key, signal });
      logs.delete(key);
      own.debug({ result: outcome.result }, 'Reconciled');
      return outcome.done ? undefined : { requeueAfter: outcome.requeueAfter };
    },
    onError: (error, key, retryMs) => {
      const expected = error instanceof Outdated || isConflict(error) || isAborted(error);
      logs.get(key)?.[expected ? 'info' : 'error']({ err: error, retryMs }, 'Reconcile failed');
      logs.delete(key);
    },
  });

  const reflection = {
    client,
    clock,
    random,
    logger: log,
    onError: (error: unknown, key: string) =>
      log.error({ controller: 'network', object: parseKey(key), err: error }, 'Event could not be handled'),
  };
  const networks = createReflector<NetworkFacts>({
    ...reflection,
    resource: resources.networks,
    onOutcome: telemetry.networks,
    project: factsOf,
    onEvent: onNetwork,
  });
  const clusters = createReflector<string>({
    ...reflection,
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
    const found = source !== 'watch';
    const news = isNews({ from, to: object }) || (found && object.observedGeneration !== object.generation);
    const reason = reasonFor(object, found);
    if (news && reason !== undefined)
      enqueue(key, { reason, priority: reason === 'operation annotation' ? priorities.asked : priorities.news });
  }

  /** A Cluster changes what a Network renders to; by itself it is a trigger only where annotations are ignored or the configuration was refused. */
  function onCluster({ key, type, source }: ReflectorEvent<string>): void {
    if (!leading || type === 'deleted' || source === 'initial') return;
    for (const [network, facts] of networks.entries()) {
      if (parseKey(network).namespace !== key || !isServed(facts)) continue;
      if (ignoreOperationAnnotation || facts.configurationProblem)
        enqueue(network, { reason: 'cluster', priority: priorities.news });
    }
  }

  function reasonFor(facts: NetworkFacts, found: boolean): Reason | undefined {
    return reasonToRun(facts, { found: found || ignoreOperationAnnotation });
  }

  function isServed(facts: NetworkFacts): boolean {
    return context.plugins.some((plugin) => plugin.type === facts.type) && context.classes.includes(facts.class);
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
    lead() {
      leading = true;
      queue.resume();
      for (const [key, facts] of networks.entries()) {
        const reason = isServed(facts) ? reasonFor(facts, true) : undefined;
        if (reason !== undefined) enqueue(key, { reason, priority: priorities.found });
      }
    },
    async follow(deadlineMs) {
      leading = false;
      queue.clear();
      const drained = await queue.drain(deadlineMs);
      queue.clear();
      return drained;
    },
  };
}
