/**
 * `make bench-render`: measures the time from Network and Cluster to the objects and the Secret that the controller would
 * write. Prints the figures next to the targets. No figure makes it fail.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadAll } from 'js-yaml';
import { calico } from '../../pkg/calico/plan.ts';
import type { Network } from '../../pkg/gardener/network.ts';
import { createManagedResourceRenderer } from '../../pkg/managedresource/build.ts';
import { planNetwork } from '../../pkg/network/plan.ts';
import { shippedPlanTools } from '../support/planning.ts';

const example = new URL('../../example/20-network.yaml', import.meta.url);
const [network, cluster] = loadAll(readFileSync(example, 'utf8')) as [Network, unknown];
const rounds = 300;

interface Run {
  readonly plan: number;
  readonly secret: number;
}

if (process.argv[2] === 'cold') {
  process.stdout.write(JSON.stringify(planner()(network)));
} else {
  report();
}

/** Creates the tools of one process, with their memoized results. */
function planner(): (one: Network) => Run {
  const tools = shippedPlanTools();
  const renderResource = createManagedResourceRenderer();
  return (one) => {
    const start = performance.now();
    const result = planNetwork(
      calico,
      {
        network: one,
        cluster,
        featureGates: {},
        currentObjects: { available: true, value: [] },
        shoot: { available: false, reason: 'bench' },
      },
      tools,
    );
    const planned = performance.now();
    if (result.outcome !== 'planned') throw new Error(JSON.stringify(result.diagnostics));
    renderResource({ plan: result.plan.managedResource, namespace: one.metadata.namespace }).secret();
    return { plan: planned - start, secret: performance.now() - planned };
  };
}

function report(): void {
  const script = fileURLToPath(import.meta.url);
  const cold = Array.from(
    { length: 11 },
    () => JSON.parse(spawnSync(process.execPath, [script, 'cold'], { encoding: 'utf8' }).stdout) as Run,
  );
  const run = planner();
  for (let round = 0; round < 50; round += 1) run(numbered(round));
  const warm = Array.from({ length: rounds }, (_, round) => run(numbered(1000 + round)));
  const memo = Array.from({ length: rounds }, () => run(numbered(1000)));
  console.log('milliseconds for one Network              p50      p99   target p50');
  line(
    'first of a process',
    cold.map((one) => one.plan),
    60,
  );
  line(
    'another pod range (nothing memoized)',
    warm.map((one) => one.plan),
    8,
  );
  line(
    'its Secret, compressed',
    warm.map((one) => one.secret),
  );
  line(
    'same configuration again',
    memo.map((one) => one.plan),
    0.1,
  );
}

/** Returns the Network with another range and name, so that no memoized result matches. */
function numbered(number: number): Network {
  const podCIDR = `100.${64 + ((number >> 4) & 63)}.${(number & 15) << 4}.0/20`;
  return { ...network, metadata: { ...network.metadata, name: `bench-${number}` }, spec: { ...network.spec, podCIDR } };
}

function line(name: string, times: readonly number[], target?: number): void {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(3).padStart(8);
  console.log(`${name.padEnd(38)} ${at(0.5)} ${at(0.99)}   ${target === undefined ? '' : `<= ${target}`}`);
}
