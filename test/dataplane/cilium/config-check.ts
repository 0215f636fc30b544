/**
 * The validation that agent and operator do themselves: they start with a rendered pod template and ConfigMap on a node without an API server,
 * and end after the step in which they have read, checked and combined all options.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { rootCertificates } from 'node:tls';
import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import { type Container, type Image, startContainer } from '../arena/container.ts';
import type { Node } from '../arena/node.ts';
import { podTemplate } from '../arena/pod-template.ts';
import { severeLines, unexpectedLines } from '../cni/log-lines.ts';
import { configMaps, findObject } from '../cni/workload.ts';
import { expectedLines, expectedOptionLines } from './expected-lines.ts';

export interface ConfigCheckInput {
  readonly node: Node;
  readonly objects: readonly KubeObject[];
  readonly image: Image;
}

/** Returns what agent and operator object to; empty if they accept the configuration. `known` are the names of all their options. */
export async function checkConfig(input: ConfigCheckInput, known: ReadonlySet<string>): Promise<readonly string[]> {
  const [agent, operator] = await runBoth(input);
  const keys = Object.keys(configMaps(input.objects)['cilium-config'] ?? {});
  const unknown = keys.filter((key) => !known.has(key)).map((key) => `neither agent nor operator has an option ${key}`);
  return [...agent.problems, ...operator.problems, ...unknown];
}

/**
 * Returns the names of all options of agent and operator, also of hidden ones: those that they print without a configuration.
 * `debug` is an argument of the operator's pod template.
 */
export async function knownOptions(input: ConfigCheckInput): Promise<ReadonlySet<string>> {
  const empty = input.objects.map((object) =>
    object.kind === 'ConfigMap' && object.metadata.name === 'cilium-config'
      ? { ...object, data: { debug: 'false' } }
      : object,
  );
  const [agent, operator] = await runBoth({ ...input, objects: empty });
  return new Set([...agent.options, ...operator.options, ...withoutFlag]);
}

/** Keys that agents read from the configuration although there is no flag of this name. */
const withoutFlag = ['bgp-secrets-namespace', 'enable-source-ip-verification'];

async function runBoth(input: ConfigCheckInput): Promise<readonly [Verdict, Verdict]> {
  return Promise.all([
    checkProgram(input, { kind: 'DaemonSet', name: 'cilium' }),
    checkProgram(input, { kind: 'Deployment', name: 'cilium-operator' }),
  ]);
}

interface Verdict {
  readonly problems: readonly string[];
  /** Names of the options that the program prints: its own, and whatever else the configuration contains. */
  readonly options: readonly string[];
}

async function checkProgram(
  { node, objects, image }: ConfigCheckInput,
  workload: { readonly kind: string; readonly name: string },
): Promise<Verdict> {
  const template = podTemplate(findObject(objects, workload.kind, workload.name));
  const name = template.containers[0]?.name ?? '';
  const pod = { token: 'none', ca: rootCertificates[0] ?? '', configMaps: configMaps(objects) };
  const container = startContainer({ node, template, name, image, objects: pod });
  const end = await accepted(container);
  await container.stop();
  const output = container.output();
  const expected = [...expectedLines, ...expectedOptionLines];
  const severe = unexpectedLines(severeLines(output), expected).map(
    ({ level, message }) => `${name}: ${level}: ${message}`,
  );
  const options = [...output.matchAll(/msg="  --(?<option>[a-z0-9-]+)='/g)].map(
    ({ groups }) => groups?.['option'] ?? '',
  );
  const ended = end === 'accepted' ? [] : [`${name} ${end}`];
  return { problems: [...ended, ...severe], options };
}

/**
 * The line that the programs print when all their parts have been constructed, before any of them starts. With the Gateway API the operator asks
 * the API server while it constructs its parts, which ends the validation there.
 */
const constructed = /msg="Starting hive"|msg="Gateway API CRD discovery timed out/;

async function accepted(container: Container): Promise<string> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    const output = container.output();
    if (constructed.test(output)) return 'accepted';
    const code = container.exit();
    if (code !== undefined) return `ended with ${code}: ${output.trim().split('\n').slice(-3).join('\n  ')}`;
    await sleep(50);
  }
  return 'neither accepted nor refused the configuration within 60 s';
}
