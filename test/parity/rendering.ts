/** What this project makes of a case, by the command line that operators use. */
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { type RunResult, runInFolder } from '../support/command-line.ts';
import type { Case } from './cases.ts';
import { managedResource } from './managed-resource.ts';
import type { CaseObjects } from './objects.ts';

/** The objects of a case, or the outcome of the command that refused it. */
export type Rendering = { readonly objects: CaseObjects } | { readonly refused: RunResult };

/** The same promise for each call with the same case of cases.yaml: several tests look at it. */
export function renderCase(one: Case): Promise<Rendering> {
  const rendering = renderings.get(one) ?? render(one);
  renderings.set(one, rendering);
  return rendering;
}

const renderings = new WeakMap<Case, Promise<Rendering>>();

async function render(one: Case): Promise<Rendering> {
  const shoot = await run(one, ['render', '-o', 'json', '--target', 'shoot']);
  if (shoot.code !== 0) return { refused: shoot };
  const seed = await run(one, ['render', '-o', 'json', '--target', 'seed']);
  const status = await run(one, ['render', '-o', 'json', '--target', 'status']);
  return { objects: { shoot: items(shoot), seed: items(seed), status: items(status)[0]?.['status'] } };
}

function items({ stdout }: RunResult): readonly KubeObject[] {
  return (JSON.parse(stdout) as { readonly items: readonly KubeObject[] }).items;
}

/** Runs a command of netext on the documents of a case; `further` objects of the seed take the place of those that the case has. */
export function run(one: Case, command: readonly string[], further?: readonly KubeObject[]): Promise<RunResult> {
  const { network, cluster, featureGates, present, shootObjects } = one;
  const seed =
    further ??
    (present.length === 0 ? [] : managedResource({ name: `extension-networking-${one.cni}-config`, objects: present }));
  const list = (objects: readonly unknown[]): string =>
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  const gates = featureGates === '' ? [] : ['--feature-gates', featureGates];
  const shoot = shootObjects === undefined ? [] : ['--shoot-objects', 'shoot.json'];
  return runInFolder({
    argv: [...command, '-f', 'in.json', ...gates, ...shoot],
    files: { 'in.json': list([network, cluster, ...seed]), 'shoot.json': list(shootObjects ?? []) },
  });
}

/** What is wrong with a refusal that must be an exit code 1 and a message with these fields; empty for a good one. */
export function refusalProblems({ code, stderr }: RunResult, fields: readonly string[]): readonly string[] {
  const isCrash = /\n\s+at .+:\d+:\d+|(type|reference|range)error\b/i.test(stderr);
  if (code !== 1 || stderr.trim() === '' || isCrash) return [`no clear refusal (exit code ${code}): ${stderr}`];
  const text = stderr.toLowerCase();
  return fields
    .filter((field) => !text.includes(field.toLowerCase()))
    .map((field) => `the message does not name ${field}: ${stderr}`);
}
