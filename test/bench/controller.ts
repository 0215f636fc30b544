/**
 * `make bench`: creates, changes and deletes N Networks on a real API server, with the extension as a separate process. Prints the medians of the
 * rounds next to the targets. Defaults: TYPE=calico, N=100, ROUNDS=5. No figure makes it fail.
 *
 * The shoots have no API servers, so that the figures do not contain the response times of shoots, from which cilium reads.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { offlineWebhook } from '../../pkg/cli/offline-webhook.ts';
import type { Network } from '../../pkg/gardener/network.ts';
import { plan, pluginFor } from '../../pkg/network/plan.ts';
import type { NetworkPlan } from '../../pkg/network/plugin.ts';
import { plugins } from '../../pkg/plugins/index.ts';
import { startControlPlane } from '../controlplane/index.ts';
import { connectByFile } from '../support/connect.ts';
import { controllerFlags } from '../support/controller-flags.ts';
import { shippedPlanTools } from '../support/planning.ts';
import { exampleObjects, exampleType, installCRDs } from '../support/seed.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { loadFloor } from './floor.ts';
import { imageStart } from './image.ts';
import { type MeasuredProcess, startMeasured } from './process.ts';
import { printReport, type Round } from './report.ts';
import { parseRequestCounts, requestsBetween } from './requests.ts';

const type = exampleType(process.env['TYPE']);
const size = Number(process.env['N'] ?? 100);
const rounds = Number(process.env['ROUNDS'] ?? 5);
const image = imageStart();
const print = (line: string): void => console.log(line);

const controlPlane = await startControlPlane({ log: print, source: 'real' });
const folder = mkdtempSync(path.join(tmpdir(), 'netext-bench-'));
const kubeconfig = path.join(folder, 'kubeconfig');
writeFileSync(kubeconfig, controlPlane.kubeconfig, { mode: 0o600 });
const { client, close } = await connectByFile(kubeconfig, 'bench');

try {
  await installCRDs(client);
  // Warms up: an API server is slow for the first writes to new CRDs.
  await runRound(-1);
  const results: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    results.push(await runRound(round));
    print(`round ${round + 1} of ${rounds} done`);
  }
  printReport({ type, size, rounds: results, print });
} finally {
  await close();
  await controlPlane.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function runRound(round: number): Promise<Round> {
  const count = round < 0 ? 3 : size;
  const fleet = createFleet({ client, size: count, prefix: `r${round + 1}`, type });
  const floorFleet = createFleet({ client, size: count, prefix: `f${round + 1}`, type });
  await fleet.prepare();
  await floorFleet.prepare();
  const floor = await loadFloor({ client, networks: await floorFleet.seed(), plan: examplePlan() });
  await floorFleet.clear();
  const flags = await controllerFlags(type);
  const first = startExtension(flags);
  const idle = await idleMemory(first);
  const phases = {
    new: await measure(first, () => fleet.create()),
    annotated: await measure(first, () => fleet.annotate()),
    changed: await measure(first, () => fleet.change()),
  };
  const rss = first.rss();
  await first.stop();
  const second = startExtension(flags);
  const restarted = await restart(second, fleet);
  const deleted = await measure(second, () => fleet.remove());
  await second.stop();
  return { floor, idle, rss, phases: { ...phases, restarted, deleted } };
}

function startExtension(flags: readonly string[]): MeasuredProcess {
  const command = [
    process.execPath,
    ...image.flags,
    'dist/netext.js',
    'controller',
    `--kubeconfig=${kubeconfig}`,
    '--leader-election-namespace=default',
    '--heartbeat-namespace=default',
    ...flags,
  ];
  return startMeasured(command, { ...process.env, ...image.env });
}

async function idleMemory(extension: MeasuredProcess): Promise<number> {
  await extension.until('Became leader');
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  return extension.rss();
}

async function measure(
  extension: MeasuredProcess,
  phase: () => Promise<readonly number[]>,
): Promise<Round['phases'][string]> {
  const before = parseRequestCounts(await controlPlane.metrics());
  const cpu = extension.cpuSeconds();
  const start = performance.now();
  const latencies = await phase();
  const seconds = (performance.now() - start) / 1000;
  const cpuSeconds = extension.cpuSeconds() - cpu;
  return {
    seconds,
    cpuSeconds,
    latencies,
    requests: requestsBetween(before, parseRequestCounts(await controlPlane.metrics())),
  };
}

/** Measures the cost of a restart with nothing to reconcile. */
async function restart(extension: MeasuredProcess, fleet: Fleet): Promise<Round['phases'][string]> {
  return measure(extension, async () => {
    await extension.until('Became leader');
    await new Promise((resolve) => setTimeout(resolve, 500));
    return Array.from({ length: fleet.size }, () => 0);
  });
}

function examplePlan(): NetworkPlan {
  const { network, cluster } = exampleObjects(type);
  const webhook = offlineWebhook(pluginFor(plugins, type));
  const result = plan(
    {
      network: network as unknown as Network,
      cluster,
      featureGates: {},
      currentObjects: { available: true, value: [] },
      shoot: { available: false, reason: 'bench' },
      ...(webhook && { webhook }),
      plugins,
    },
    shippedPlanTools(),
  );
  if (result.outcome !== 'planned') throw new Error('the example is rejected');
  return result.plan;
}
