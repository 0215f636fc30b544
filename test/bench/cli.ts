/**
 * `make bench-cli`: measures `netext validate`, `explain` and `diff` as a whole process: one Shoot, a change of it, a file of many Shoots, and the
 * Networks and Clusters of a large seed through a pipe. Prints the figures next to the targets. No figure makes it fail, but a wrong result does.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { printYaml } from '../../pkg/yaml/print.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Another build, such as that of an earlier version, to compare with. */
const bundle = path.resolve(process.env['BUNDLE'] ?? path.join(root, 'dist/netext.js'));
const shoots = Number(process.env['SHOOTS'] ?? 3_000);
const clusters = Number(process.env['CLUSTERS'] ?? 1_000);
const rounds = 11;

const folder = mkdtempSync(path.join(tmpdir(), 'netext-bench-'));
try {
  console.log(`netext validate, ${bundle}`);
  line('one Shoot, whole process', middle(Array.from({ length: rounds }, oneShoot)), '200 ms');
  line('explain: one Shoot, whole process', middle(Array.from({ length: rounds }, explained)), '350 ms');
  line('diff of two Shoots, whole process', middle(Array.from({ length: rounds }, diffOfShoots)), '350 ms');
  line(`${shoots} Shoots in one file`, middle(Array.from({ length: 3 }, manyShoots)), '2,400 ms');
  for (const form of ['YAML', 'JSON'] as const) {
    const { milliseconds, mebibytes } = await seed(form);
    line(`${clusters} Clusters of 230 kB, List in ${form}`, milliseconds, '');
    console.log(
      `${'  largest resident memory'.padEnd(44)}${mebibytes.toFixed(0).padStart(8)} MiB   target below 300 MiB`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function oneShoot(): number {
  return timed(['validate', '-f', path.join(root, 'example/30-shoot.yaml')]);
}

function explained(): number {
  return timed(['explain', '-f', path.join(root, 'example/30-shoot.yaml')]);
}

function diffOfShoots(): number {
  const file = path.join(root, 'example/30-shoot.yaml');
  return timed(['diff', file, file, '--set', 'spec.networking.providerConfig.multus.enabled=true']);
}

function manyShoots(): number {
  const file = path.join(folder, 'shoots.yaml');
  const text = readFileSync(path.join(root, 'example/30-shoot.yaml'), 'utf8');
  const name = /^ {2}name: (.*)$/m.exec(text)?.[1] ?? '';
  const documents = Array.from({ length: shoots }, (_, index) => text.replace(`  name: ${name}`, `  name: s${index}`));
  writeFileSync(file, documents.join('\n---\n'));
  return timed(['validate', '-f', file]);
}

/** Runs a command that must succeed, and returns its duration in milliseconds. */
function timed(argv: readonly string[]): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [bundle, ...argv], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`exit code ${status}: ${stderr}`);
  return performance.now() - start;
}

/** Pipes a List as kubectl prints it, first the Networks and then the Clusters; returns duration and peak memory of the process. */
async function seed(form: 'YAML' | 'JSON'): Promise<{ readonly milliseconds: number; readonly mebibytes: number }> {
  const start = performance.now();
  const child = spawn(process.execPath, [bundle, 'validate', '-f', '-'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output = `${output}${chunk.toString()}`.slice(-1_000)));
  let mebibytes = 0;
  const timer = setInterval(() => {
    mebibytes = Math.max(mebibytes, peakMemory(child.pid));
  }, 50);
  const ended = once(child, 'close');
  await writeList(child.stdin, form);
  await ended;
  clearInterval(timer);
  if (!output.includes(`${clusters} of ${clusters} Networks valid`)) throw new Error(`unexpected result: ${output}`);
  return { milliseconds: performance.now() - start, mebibytes };
}

/** Returns the peak of resident memory so far, in MiB; 0 after the end of the process. */
function peakMemory(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

async function writeList(stream: Writable, form: 'YAML' | 'JSON'): Promise<void> {
  const write = async (text: string): Promise<void> => {
    if (!stream.write(text)) await once(stream, 'drain');
  };
  const isYaml = form === 'YAML';
  await write(isYaml ? 'apiVersion: v1\nitems:\n' : '{\n    "apiVersion": "v1",\n    "items": [\n');
  for (const create of [network, cluster])
    for (let index = 0; index < clusters; index += 1) {
      const isLast = create === cluster && index === clusters - 1;
      const object = create(index);
      await write(
        isYaml
          ? `- ${printYaml(object).trimEnd().replaceAll('\n', '\n  ')}\n`
          : `${JSON.stringify(object, undefined, 4)}${isLast ? '' : ','}\n`,
      );
    }
  await write(isYaml ? 'kind: List\nmetadata:\n  resourceVersion: ""\n' : '    ],\n    "kind": "List"\n}\n');
  stream.end();
}

function network(index: number): object {
  return {
    apiVersion: 'extensions.gardener.cloud/v1alpha1',
    kind: 'Network',
    metadata: { name: `s${index}`, namespace: `shoot--bench--s${index}` },
    spec: {
      ipFamilies: ['IPv4'],
      podCIDR: '10.96.0.0/11',
      providerConfig: {
        apiVersion: 'calico.networking.extensions.gardener.cloud/v1alpha1',
        kind: 'NetworkConfig',
        overlay: { enabled: true },
      },
      serviceCIDR: '10.64.0.0/13',
      type: 'calico',
    },
  };
}

/** A Cluster, most of which is its CloudProfile. */
function cluster(index: number): object {
  const types = Array.from({ length: 1_300 }, (_, number) => ({
    architecture: 'amd64',
    cpu: '4',
    gpu: '0',
    memory: '16Gi',
    name: `m${number}.xlarge`,
    usable: true,
  }));
  const shoot = {
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'Shoot',
    metadata: { name: `s${index}`, namespace: 'garden-bench', annotations: { note: 'x'.repeat(8_000) } },
    spec: {
      kubernetes: { version: '1.34.3' },
      networking: { nodes: '10.250.0.0/16', pods: '10.96.0.0/11', services: '10.64.0.0/13', type: 'calico' },
      provider: { type: 'local', workers: [{ maximum: 3, minimum: 1, name: 'general' }] },
    },
    status: { technicalID: `shoot--bench--s${index}` },
  };
  const cloudProfile = {
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'CloudProfile',
    spec: { machineTypes: types },
  };
  return {
    apiVersion: 'extensions.gardener.cloud/v1alpha1',
    kind: 'Cluster',
    metadata: { name: `shoot--bench--s${index}` },
    spec: { cloudProfile, seed: { kind: 'Seed', metadata: { name: 'bench' } }, shoot },
  };
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function line(name: string, milliseconds: number, target: string): void {
  const shown = milliseconds.toLocaleString('en', { maximumFractionDigits: 0 }).padStart(8);
  console.log(`${name.padEnd(44)}${shown} ms${target === '' ? '' : `   target ${target}`}`);
}
