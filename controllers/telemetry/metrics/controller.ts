import type { QueueMetrics, QueueStats, RunOutcome } from '../../../pkg/kubernetes/workqueue/queue.ts';
import type { MetricsContext } from './instruments.ts';

export interface ControllerInput {
  /** Name of the controller: `network`. */
  readonly name: string;
  readonly concurrency: number;
  /** The priorities of keys, whose series exist from the start. */
  readonly priorities: readonly number[];
}

export interface ControllerMetrics {
  /** Observer of the queue of the controller. */
  readonly queue: QueueMetrics;
  /** Sets the source of depth and keys in progress. */
  measure(stats: () => QueueStats): void;
}

/** Creates controller_runtime_* and workqueue_* of one controller, with their meaning in controller-runtime 0.24. */
export function controllerMetrics(context: MetricsContext, input: ControllerInput): ControllerMetrics {
  const { instruments } = context;
  const controller = { controller: input.name };
  const queue = { name: input.name, controller: input.name };
  const total = instruments.counter('controller_runtime_reconcile_total');
  const errors = instruments.counter('controller_runtime_reconcile_errors_total');
  const terminal = instruments.counter('controller_runtime_terminal_reconcile_errors_total');
  const time = instruments.histogram('controller_runtime_reconcile_time_seconds');
  const adds = instruments.counter('workqueue_adds_total');
  const retries = instruments.counter('workqueue_retries_total');
  const waited = instruments.histogram('workqueue_queue_duration_seconds');
  const worked = instruments.histogram('workqueue_work_duration_seconds');

  for (const result of ['success', 'error', 'requeue', 'requeue_after']) total.inc({ ...controller, result }, 0);
  for (const counter of [errors, terminal]) counter.inc(controller, 0);
  for (const counter of [adds, retries]) counter.inc(queue, 0);
  time.zero(controller);
  for (const histogram of [waited, worked]) histogram.zero(queue);
  instruments.gauge('controller_runtime_max_concurrent_reconciles').set(controller, input.concurrency);
  const set = workGauges(context, input);
  set({ depth: new Map(), delayed: 0, running: [], unfinishedMs: 0, longestRunningMs: 0 });

  return {
    queue: {
      added: () => adds.inc(queue),
      retried: () => retries.inc(queue),
      started: (ms) => waited.observe(queue, ms / 1000),
      finished: (ms, outcome) => {
        worked.observe(queue, ms / 1000);
        time.observe(controller, ms / 1000);
        total.inc({ ...controller, result: results[outcome] });
        if (outcome === 'error' || outcome === 'terminal') errors.inc(controller);
        if (outcome === 'terminal') terminal.inc(controller);
      },
    },
    measure: (stats) => context.measure(() => set(stats())),
  };
}

const results: Readonly<Record<RunOutcome, string>> = {
  success: 'success',
  requeue_after: 'requeue_after',
  error: 'error',
  terminal: 'error',
};

function workGauges({ instruments }: MetricsContext, input: ControllerInput): (stats: QueueStats) => void {
  const queue = { name: input.name, controller: input.name };
  const depth = instruments.gauge('workqueue_depth');
  const unfinished = instruments.gauge('workqueue_unfinished_work_seconds');
  const longest = instruments.gauge('workqueue_longest_running_processor_seconds');
  const active = instruments.gauge('controller_runtime_active_workers');
  // The depth of a priority without waiting keys must return to 0.
  const priorities = new Set(input.priorities);
  return (stats) => {
    for (const priority of stats.depth.keys()) priorities.add(priority);
    for (const priority of priorities)
      depth.set({ ...queue, priority: String(priority) }, stats.depth.get(priority) ?? 0);
    unfinished.set(queue, stats.unfinishedMs / 1000);
    longest.set(queue, stats.longestRunningMs / 1000);
    active.set({ controller: input.name }, stats.running.length);
  };
}
