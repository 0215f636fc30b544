/** Renders a case with `netext render`, the command that operators use. */
import path from 'node:path';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { type RunResult, runInFolder } from '../support/command-line.ts';
import type { ParityCase } from './cases.ts';
import { managedResource } from './managed-resource.ts';
import type { CaseObjects } from './objects.ts';

/** The objects of a case, or the outcome of the command that refused it. */
export type Rendering = { readonly objects: CaseObjects } | { readonly refused: RunResult };

/** Renders a case once per process; later calls return the same promise. */
export function renderCase(parityCase: ParityCase): Promise<Rendering> {
  const rendering = renderings.get(parityCase) ?? render(parityCase);
  renderings.set(parityCase, rendering);
  return rendering;
}

const renderings = new WeakMap<ParityCase, Promise<Rendering>>();

/** With the images of the Go extension, whose versions are no behaviour of the extension. */
async function render(parityCase: ParityCase): Promise<Rendering> {
  const images = path.join(import.meta.dirname, parityCase.cni, 'images.yaml');
  const command = ['render', '-o', 'json', '--images', images, '--target'];
  const shoot = await run(parityCase, [...command, 'shoot']);
  if (shoot.code !== 0) return { refused: shoot };
  const seed = await run(parityCase, [...command, 'seed']);
  const status = await run(parityCase, [...command, 'status']);
  return { objects: { shoot: items(shoot), seed: items(seed), status: items(status)[0]?.['status'] } };
}

function items({ stdout }: RunResult): readonly KubeObject[] {
  return (JSON.parse(stdout) as { readonly items: readonly KubeObject[] }).items;
}

/** Runs a command of netext on the documents of a case. `seedObjects` replace the objects of the seed that the case has by default. */
export function run(
  parityCase: ParityCase,
  command: readonly string[],
  seedObjects?: readonly KubeObject[],
): Promise<RunResult> {
  const { network, cluster, featureGates, present, shootObjects } = parityCase;
  const seed =
    seedObjects ??
    (present.length === 0
      ? []
      : managedResource({ name: `extension-networking-${parityCase.cni}-config`, objects: present }));
  const list = (objects: readonly unknown[]): string =>
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  const gates = featureGates === '' ? [] : ['--feature-gates', featureGates];
  const shoot = shootObjects === undefined ? [] : ['--shoot-objects', 'shoot.json'];
  return runInFolder({
    argv: [...command, '-f', 'in.json', ...gates, ...shoot],
    files: { 'in.json': list([network, cluster, ...seed]), 'shoot.json': list(shootObjects ?? []) },
  });
}

/** Returns what a clear refusal lacks: exit code 1, a message without a stack trace, and each field in it. Empty if it lacks nothing. */
export function refusalProblems({ code, stderr }: RunResult, fields: readonly string[]): readonly string[] {
  const isCrash = /\n\s+at .+:\d+:\d+|(type|reference|range)error\b/i.test(stderr);
  if (code !== 1 || stderr.trim() === '' || isCrash) return [`no clear refusal (exit code ${code}): ${stderr}`];
  const text = stderr.toLowerCase();
  return fields
    .filter((field) => !text.includes(field.toLowerCase()))
    .map((field) => `the message does not name ${field}: ${stderr}`);
}
