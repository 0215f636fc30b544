/** The engine of cyclonus, which simulates NetworkPolicies in Go: built once per machine and version. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { Labels, Protocol } from '../../pkg/networkpolicy/types.ts';
import { type CachedProgram, findCachedProgram, type Search } from '../controlplane/cached-program.ts';
import type { GoBuild } from '../controlplane/go-build.ts';
import { requiredVersion } from '../controlplane/recipe.ts';

/** Finds the program, after building it if necessary, which takes about a minute. */
export async function findEngine(input: GoBuild): Promise<Search> {
  return findCachedProgram(input, engine);
}

const moduleFolder = path.join(import.meta.dirname, 'engine');

const engine: CachedProgram = {
  recipe: {
    name: 'policy-engine',
    version: requiredVersion(moduleFolder, 'github.com/mattfenwick/cyclonus'),
    mainPackage: '.',
    moduleFolder,
    linkerFlags: '-s -w',
    expected: { time: 'about a minute on 2 cores', packages: 560 },
  },
  cache: 'policies',
  about: 'the engine of cyclonus',
};

/** An end of a flow; without a namespace it is not in the pod network. */
export interface EnginePeer {
  readonly ip: string;
  readonly namespace?: string;
  readonly namespaceLabels?: Labels;
  readonly podLabels?: Labels;
}

export interface EngineFlow {
  readonly source: EnginePeer;
  readonly destination: EnginePeer;
  readonly port: number;
  readonly portName?: string;
  readonly protocol: Protocol;
}

/** `policies` as an API server stores them. */
export interface EngineScenario {
  readonly policies: readonly unknown[];
  readonly flows: readonly EngineFlow[];
}

export interface EngineVerdict {
  readonly ingress: boolean;
  readonly egress: boolean;
}

/** Returns the verdicts of the engine about the flows of each scenario. */
export async function engineVerdicts(
  program: string,
  scenarios: readonly EngineScenario[],
): Promise<readonly (readonly EngineVerdict[])[]> {
  const input = scenarios.map((one) => `${JSON.stringify(one)}\n`).join('');
  return (await run(program, [], input)).map((line) => JSON.parse(line) as readonly EngineVerdict[]);
}

/** One step of a test case that cyclonus publishes. */
export interface EngineCase {
  readonly description: string;
  readonly step: number;
  readonly policies: readonly unknown[] | null;
  readonly namespaces: Readonly<Record<string, Labels>>;
  readonly pods: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly labels: Labels;
    readonly ip: string;
    readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol: Protocol }[];
  }[];
  readonly flows: readonly ({
    readonly from: string;
    readonly to: string;
    readonly port: number;
    readonly protocol: Protocol;
  } & EngineVerdict)[];
}

/** Returns the published cases with the verdicts of the engine. */
export async function engineCases(program: string): Promise<readonly EngineCase[]> {
  return (await run(program, ['cases'], '')).map((line) => JSON.parse(line) as EngineCase);
}

async function run(program: string, args: readonly string[], input: string): Promise<readonly string[]> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const output = text(child.stdout);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  child.stdin.end(input);
  const code = await ended;
  if (code !== 0) throw new Error(`${program} exited with code ${code}`);
  return (await output).trimEnd().split('\n');
}
