import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createQueue, TerminalError } from '../../../pkg/kubernetes/workqueue/queue.ts';
import type { Diagnostic } from '../../../pkg/network/diagnostics.ts';
import { createFakeClock, createMemoryLogger, settle } from '../../../test/doubles/fakeclock.ts';
import { cases } from '../../../test/support/cases.ts';
import type { NetworkFacts } from '../../seed/facts.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import type { ProcessProbe } from './process.ts';
import { metricTable } from './table.ts';

const probe: ProcessProbe = {
  nodeVersion: 'v24.0.0',
  startedAt: 1_700_000_000_000,
  cpuMicroseconds: () => 2_500_000,
  memory: () => ({ rss: 4, heapTotal: 3, heapUsed: 2, external: 1 }),
  virtualBytes: () => 9,
  openFiles: () => undefined,
  maxFiles: () => 1024,
};
const rule = { title: 't', reason: 'r', remedy: 'r' };
const rules = { bad: { ...rule, severity: 'error' }, odd: { ...rule, severity: 'warning' } } as const;

function world(override: Partial<ProcessProbe> = {}) {
  const clock = createFakeClock();
  const log = createMemoryLogger();
  const types = ['calico', 'cilium'];
  const metrics = createMetrics({
    command: 'controller',
    clock,
    log,
    version: '1.2.3',
    types,
    rules,
    probe: { ...probe, ...override },
  });
  return { clock, log, metrics };
}

/** Returns values by series, `name{label="value"}` as in the text. */
async function seriesOf(metrics: Metrics): Promise<ReadonlyMap<string, number>> {
  const lines = (await metrics.scrape()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

/** Creates all groups, as a process does at its start. */
function createAll(metrics: Metrics) {
  return {
    controller: metrics.controller({ name: 'network', concurrency: 5, priorities: [100, 0, -100] }),
    request: metrics.requests('10.0.0.1:443'),
    watch: metrics.watch('networks'),
    leader: metrics.leader('lock'),
    webhook: metrics.webhook('/shoot'),
  };
}

test('every metric of the table has series from the start, which are 0 except for those about the process', async () => {
  const { metrics } = world();
  createAll(metrics);
  const series = await seriesOf(metrics);
  const about =
    /^(process_|nodejs_|gardener_extension_network_build_info|controller_runtime_max_concurrent_reconciles)/;
  for (const name of Object.keys(metricTable)) {
    const own = [...series.keys()].filter(
      (one) => one.replace(/[{ ].*/, '').replace(/_(bucket|sum|count)$/, '') === name,
    );
    assert.ok(own.length > 0, `${name} has no series`);
    if (!about.test(name)) for (const one of own) assert.equal(series.get(one), 0, one);
  }
});

test('exactly the metrics of the table are exported, with their help and type', async () => {
  const { metrics } = world();
  const text = await metrics.scrape();
  const declared = Array.from(
    text.matchAll(/^# HELP (\S+) (.+)\n# TYPE \S+ (\w+)$/gm),
    ([, name = '', help, type]) => ({ name, help, type }),
  );
  assert.deepEqual(
    declared,
    Object.entries(metricTable).map(([name, { help, type }]) => ({ name, help, type })),
  );
});

test('two processes do not share a registry', async () => {
  const [one, two] = [world().metrics, world().metrics];
  one.networks.rendered('hit');
  const name = 'gardener_extension_network_template_cache_total{result="hit"}';
  assert.deepEqual([(await seriesOf(one)).get(name), (await seriesOf(two)).get(name)], [1, 0]);
});

test('the runs of a queue are counted as in controller-runtime', async () => {
  const { metrics, clock } = world();
  const { controller } = createAll(metrics);
  const outcomes = [{ requeueAfter: 50_000 }, undefined, new Error('again'), new TerminalError('never again')];
  const run = (key: string): Promise<{ readonly requeueAfter: number } | undefined> => {
    const outcome = outcomes[Number(key)];
    return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
  };
  const queue = createQueue({ run, concurrency: 4, clock, random: () => 0.5, metrics: controller.queue });
  controller.measure(() => queue.stats());
  for (const key of ['0', '1', '2', '3']) queue.add(key);
  await clock.advance(10);
  queue.stop();
  const series = await seriesOf(metrics);
  const total = (result: string): number | undefined =>
    series.get(`controller_runtime_reconcile_total{controller="network",result="${result}"}`);
  assert.deepEqual(['success', 'error', 'requeue', 'requeue_after'].map(total), [1, 2, 0, 1]);
  const expected = {
    'controller_runtime_reconcile_errors_total{controller="network"}': 2,
    'controller_runtime_terminal_reconcile_errors_total{controller="network"}': 1,
    'controller_runtime_reconcile_time_seconds_count{controller="network"}': 4,
    'controller_runtime_max_concurrent_reconciles{controller="network"}': 5,
    'workqueue_adds_total{name="network",controller="network"}': 4,
    'workqueue_retries_total{name="network",controller="network"}': 2,
    'workqueue_queue_duration_seconds_count{name="network",controller="network"}': 4,
    'workqueue_work_duration_seconds_count{name="network",controller="network"}': 4,
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(series.get(name), value, name);
});

test('depth and keys in progress are those at the time of the scrape', async () => {
  const { metrics, clock } = world();
  const { controller } = createAll(metrics);
  let end = (): void => undefined;
  const run = (): Promise<undefined> =>
    new Promise((resolve) => {
      end = () => resolve(undefined);
    });
  const queue = createQueue({ run, concurrency: 1, clock, random: () => 0.5 });
  controller.measure(() => queue.stats());
  queue.add('a');
  await settle();
  queue.add('b', { priority: 7 });
  queue.add('c', { priority: -100 });
  clock.freeze(4000);
  const gauges = async (): Promise<readonly (number | undefined)[]> => {
    const series = await seriesOf(metrics);
    const depth = (priority: number): number | undefined =>
      series.get(`workqueue_depth{name="network",controller="network",priority="${priority}"}`);
    return [
      depth(7),
      depth(-100),
      depth(100),
      series.get('controller_runtime_active_workers{controller="network"}'),
      series.get('workqueue_unfinished_work_seconds{name="network",controller="network"}'),
      series.get('workqueue_longest_running_processor_seconds{name="network",controller="network"}'),
    ];
  };
  assert.deepEqual(await gauges(), [1, 1, 0, 1, 4, 4]);
  for (let run = 0; run < 3; run += 1) {
    end();
    await settle();
  }
  assert.deepEqual(await gauges(), [0, 0, 0, 0, 0, 0]);
});

const request = { resource: 'networks', durationMs: 1 };

cases(
  {
    'a watch is a GET': { info: { verb: 'watch', code: 200 }, series: { code: '200', method: 'GET' } },
    'a create is a POST': { info: { verb: 'create', code: 201 }, series: { code: '201', method: 'POST' } },
    'a merge patch is a PATCH': { info: { verb: 'patch', code: 409 }, series: { code: '409', method: 'PATCH' } },
    'a request without a response has the code of client-go': {
      info: { verb: 'update', code: 0 },
      series: { code: '<error>', method: 'PUT' },
    },
    'an uncommon code gets its series': {
      info: { verb: 'delete', code: 418 },
      series: { code: '418', method: 'DELETE' },
    },
  } as const,
  async ({ info, series: { code, method } }) => {
    const { metrics } = world();
    createAll(metrics).request({ ...request, ...info });
    const series = await seriesOf(metrics);
    assert.equal(series.get(`rest_client_requests_total{code="${code}",method="${method}",host="10.0.0.1:443"}`), 1);
    const sum = [...series]
      .filter(([name]) => name.startsWith('rest_client_requests_total'))
      .reduce((all, [, value]) => all + value, 0);
    assert.equal(sum, 1);
  },
);

test('the age of a watch counts from its last data, before the first data from its start', async () => {
  const { metrics, clock } = world();
  const { watch } = createAll(metrics);
  let lastSeen: number | undefined;
  watch.measure({ lastSeen: () => lastSeen, size: 12 });
  await clock.advance(5000);
  const age = async (): Promise<number | undefined> =>
    (await seriesOf(metrics)).get('gardener_extension_network_watch_age_seconds{resource="networks"}');
  assert.equal(await age(), 5);
  lastSeen = 4000;
  assert.equal(await age(), 1);
  watch.onOutcome('watch_silent');
  const series = await seriesOf(metrics);
  assert.equal(series.get('gardener_extension_network_watched_objects{resource="networks"}'), 12);
  assert.equal(
    series.get('gardener_extension_network_watch_outcomes_total{resource="networks",outcome="watch_silent"}'),
    1,
  );
});

test('a leader reports its status and the age of its Lease', async () => {
  const { metrics } = world();
  const { leader } = createAll(metrics);
  let leaseAge: number | undefined = 1500;
  leader.measure({ leaseAge: () => leaseAge });
  leader.onChange(true);
  const both = async (): Promise<readonly unknown[]> => {
    const series = await seriesOf(metrics);
    return [
      series.get('leader_election_master_status{name="lock"}'),
      series.get('gardener_extension_network_lease_age_seconds{name="lock"}'),
    ];
  };
  assert.deepEqual(await both(), [1, 1.5]);
  leaseAge = undefined;
  leader.onChange(false);
  assert.deepEqual(await both(), [0, 0]);
});

test('webhook requests are in flight until their response', async () => {
  const { metrics } = world();
  const { webhook } = createAll(metrics);
  let waiting = 1;
  webhook.measure(() => waiting);
  webhook.onResponse({ status: 200, durationMs: 2000 });
  const series = await seriesOf(metrics);
  assert.equal(series.get('controller_runtime_webhook_requests_in_flight{webhook="/shoot"}'), 1);
  assert.equal(series.get('controller_runtime_webhook_latency_seconds_sum{webhook="/shoot"}'), 2);
  waiting = 0;
  webhook.onResponse({ status: 500, durationMs: 1 });
  const later = await seriesOf(metrics);
  assert.equal(later.get('controller_runtime_webhook_requests_in_flight{webhook="/shoot"}'), 0);
  for (const code of [200, 500])
    assert.equal(later.get(`controller_runtime_webhook_requests_total{webhook="/shoot",code="${code}"}`), 1);
});

test('a failed read of certificates counts as a read, and the expiry is in Unix time', async () => {
  const { metrics } = world();
  const { certificates } = metrics;
  certificates.read(true);
  certificates.read(false);
  certificates.measure(() => ({ server: 1_800_000_000_500, authority: undefined }));
  const series = await seriesOf(metrics);
  assert.equal(series.get('certwatcher_read_certificate_total'), 2);
  assert.equal(series.get('certwatcher_read_certificate_errors_total'), 1);
  assert.equal(
    series.get('gardener_extension_network_certificate_expiry_timestamp_seconds{certificate="server"}'),
    1_800_000_000,
  );
});

test('a plan counts each code once, as error or warning', async () => {
  const { metrics } = world();
  const finding = (code: string, severity: Diagnostic['severity']): Diagnostic => ({
    code,
    severity,
    object: 'o',
    path: 'p',
    message: 'm',
    remedy: 'r',
  });
  const diagnostics = [finding('bad', 'error'), finding('bad', 'error'), finding('odd', 'warning')];
  metrics.networks.onPlan({ type: 'calico', diagnostics, ms: 8 });
  metrics.networks.event('dropped');
  const series = await seriesOf(metrics);
  assert.equal(series.get('gardener_extension_network_configuration_problems_total{code="bad"}'), 1);
  assert.equal(series.get('gardener_extension_network_configuration_warnings_total{code="odd"}'), 1);
  assert.equal(series.get('gardener_extension_network_configuration_warnings_total{code="bad"}'), undefined);
  assert.equal(series.get('gardener_extension_network_render_seconds_sum{type="calico"}'), 0.008);
  assert.equal(series.get('gardener_extension_network_events_total{result="dropped"}'), 1);
});

const facts: NetworkFacts = {
  uid: 'u',
  generation: 1,
  type: 'calico',
  class: 'shoot',
  operation: undefined,
  timestamp: undefined,
  deleting: false,
  finalizer: true,
  observedGeneration: 1,
  last: { type: 'Reconcile', state: 'Succeeded', time: 1 },
  configurationProblem: false,
};
const last = (state: string): Partial<NetworkFacts> => ({ last: { type: 'Reconcile', state, time: 1 } });

cases<{ readonly change: Partial<NetworkFacts>; readonly state: string }>(
  {
    'a succeeded operation': { change: {}, state: 'succeeded' },
    'a Network without a last operation is new': { change: { last: undefined }, state: 'new' },
    'an operation in progress': { change: last('Processing'), state: 'processing' },
    'a failed operation': { change: last('Error'), state: 'error' },
    'an unknown state is an error': { change: last('Aborted'), state: 'error' },
    'a refused configuration': { change: { ...last('Error'), configurationProblem: true }, state: 'refused' },
    'a deletion with a refused configuration': {
      change: { configurationProblem: true, deleting: true },
      state: 'deleting',
    },
  },
  async ({ change, state }) => {
    const { metrics } = world();
    let networks: readonly NetworkFacts[] = [
      { ...facts, ...change },
      { ...facts, ...change },
      { ...facts, type: 'weave' },
    ];
    metrics.networks.measure(() => networks);
    const counted = async (): Promise<readonly unknown[]> =>
      [...(await seriesOf(metrics))].filter(
        ([name, value]) => name.startsWith('gardener_extension_network_networks{') && value > 0,
      );
    assert.deepEqual(await counted(), [[`gardener_extension_network_networks{type="calico",state="${state}"}`, 2]]);
    networks = [];
    assert.deepEqual(await counted(), []);
  },
);

test('the process is measured for each scrape, and unavailable values are 0', async () => {
  let cpu = 1_000_000;
  const { metrics } = world({ cpuMicroseconds: () => cpu });
  assert.equal((await seriesOf(metrics)).get('process_cpu_seconds_total'), 1);
  cpu = 1_500_000;
  const series = await seriesOf(metrics);
  assert.equal(series.get('process_cpu_seconds_total'), 1.5);
  assert.equal(series.get('process_open_fds'), 0);
  assert.equal(series.get('process_max_fds'), 1024);
  assert.equal(series.get('process_start_time_seconds'), 1_700_000_000);
  assert.equal(
    series.get('gardener_extension_network_build_info{command="controller",version="1.2.3",node_version="v24.0.0"}'),
    1,
  );
});

test('a gauge that cannot be measured is logged and does not affect others', async () => {
  const { metrics, log } = world();
  const broken = createAll(metrics).leader;
  broken.measure({
    leaseAge: () => {
      throw new Error('broken');
    },
  });
  metrics.networks.measure(() => [facts]);
  const series = await seriesOf(metrics);
  assert.equal(series.get('gardener_extension_network_networks{type="calico",state="succeeded"}'), 1);
  assert.deepEqual(
    log.lines.map(({ message }) => message),
    ['Failed to measure metric'],
  );
});
