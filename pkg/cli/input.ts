import { apiServerTargets } from '../gardener/dns-record.ts';
import { type KubeObject, quoted } from '../gardener/objects.ts';
import { apiServerAddresses } from '../network/api-server-addresses.ts';
import type { Diagnostic } from '../network/diagnostics.ts';
import { allFeatureGates, parseFeatureGates } from '../network/feature-gates.ts';
import { plan, pluginFor } from '../network/plan.ts';
import type { Lookup, NetworkPlugin, PlanResult, PlanTools } from '../network/plugin.ts';
import { plugins as registered } from '../plugins/index.ts';
import { type ImagesFile, planTools } from '../plugins/tools.ts';
import { describeUnverified, unverifiedOverwrites } from '../plugins/versions.ts';
import { type InputDocument, readDocuments } from '../yaml/documents.ts';
import { InputError } from '../yaml/input.ts';
import { displayName, readBytes } from './files.ts';
import { gardenerFindings, withFindings } from './gardener-rules.ts';
import { offlineWebhook } from './offline-webhook.ts';
import type { PlanOptions } from './options.ts';
import { findSubjects, presentObjects, type Subject } from './subjects.ts';
import { oneLine, type Terminal } from './terminal.ts';

export interface PlannedSubject {
  readonly subject: Subject;
  readonly result: PlanResult;
}

/** The result for a subject: `planned` if it is valid. */
export interface Assessment {
  readonly outcome: PlanResult['outcome'];
  readonly diagnostics: readonly Diagnostic[];
}

export interface Input {
  readonly subjects: readonly Subject[];
  /** The documents of `--old`. */
  readonly old: readonly InputDocument[];
  readonly plan: (subject: Subject) => PlanResult;
}

/** Reads the input of an offline command and plans every Network in it. Throws InputError with the problems of all files. */
export async function planInput(
  options: PlanOptions,
  terminal: Terminal,
  plugins: readonly NetworkPlugin[] = registered,
): Promise<readonly PlannedSubject[]> {
  const input = await readInput(options, terminal, plugins);
  return input.subjects.map((subject) => ({ subject, result: input.plan(subject) }));
}

/** Reads the input of an offline command. Throws InputError with the problems of all files. */
export async function readInput(
  options: PlanOptions & { readonly old?: readonly string[] },
  terminal: Terminal,
  plugins: readonly NetworkPlugin[] = registered,
): Promise<Input> {
  const { gates, problems } = parseFeatureGates(options.featureGates.join(','), Object.keys(allFeatureGates(plugins)));
  if (problems.length > 0) throw new InputError(problems.map((one) => ({ message: `--feature-gates: ${one}` })));
  const { shootObjects, images, old = [] } = options;
  const given = [...options.file, ...old, shootObjects, images].filter((name) => name === '-');
  if (given.length > 1) throw new InputError([{ message: 'standard input (-) can only be read once' }]);
  const [files, oldFiles, shoot, tools] = await allOf([
    allOf(options.file.map((name) => readFile(name, terminal))),
    allOf(old.map((name) => readFile(name, terminal))),
    shootObjects === undefined ? undefined : readFile(shootObjects, terminal),
    createTools(images, terminal),
  ]);
  const objects = shoot?.map((document) => document.object);
  return {
    subjects: findSubjects(files.flat(), plugins),
    old: oldFiles.flat(),
    plan: (subject) =>
      withFindings(planSubject({ subject, plugins, gates, shoot: objects, tools }), {
        subject: subject.name,
        findings: gardenerFindings({ sources: subject.sources, plugins }),
      }),
  };
}

/** Like Promise.all, but waits for all promises and joins the problems of their InputErrors, in the order of the arguments. */
async function allOf<const Values extends readonly unknown[]>(
  promises: Values,
): Promise<{ -readonly [Index in keyof Values]: Awaited<Values[Index]> }> {
  const settled = await Promise.allSettled(promises);
  const reasons = settled.filter((one) => one.status === 'rejected').map((one): unknown => one.reason);
  const defect = reasons.find((reason) => !(reason instanceof InputError));
  if (defect !== undefined) throw defect;
  if (reasons.length === 0) return Promise.all(promises);
  throw new InputError(reasons.flatMap((reason) => (reason instanceof InputError ? reason.problems : [])));
}

interface PlanSubject {
  readonly subject: Subject;
  readonly plugins: readonly NetworkPlugin[];
  readonly gates: Readonly<Record<string, boolean>>;
  readonly shoot: readonly KubeObject[] | undefined;
  readonly tools: PlanTools;
}

function planSubject({ subject, plugins, gates, shoot, tools }: PlanSubject): PlanResult {
  const plugin = pluginFor(plugins, subject.network.spec.type);
  const present: Lookup<readonly KubeObject[]> =
    plugin === undefined ? { available: true, value: [] } : presentObjects(subject, plugin.managedResource);
  const webhook = offlineWebhook(plugin);
  const addresses = offlineAddresses(subject.seedObjects);
  const observed: Lookup<readonly KubeObject[]> =
    shoot === undefined
      ? { available: false, reason: 'no objects of the shoot in the input (--shoot-objects)' }
      : { available: true, value: shoot };
  return plan(
    {
      plugins,
      network: subject.network,
      cluster: subject.cluster,
      featureGates: gates,
      currentObjects: present,
      shoot: observed,
      apiServerAddresses: addresses,
      ...(webhook && { webhook }),
      offline: true,
    },
    tools,
  );
}

/** Those that the DNSRecords of the input contain; host names are not resolved. */
function offlineAddresses(objects: readonly KubeObject[]): Lookup<readonly string[]> {
  const targets = apiServerTargets(objects);
  const [host] = targets.hosts;
  if (host !== undefined)
    return { available: false, reason: `host names such as ${quoted(host)} are not resolved offline` };
  return apiServerAddresses(targets, []);
}

async function readFile(name: string, terminal: Terminal): Promise<readonly InputDocument[]> {
  return readDocuments(displayName(name), await readBytes(name, terminal));
}

async function createTools(images: string | undefined, terminal: Terminal): Promise<PlanTools> {
  if (images === undefined) return planTools();
  const file = await readImagesFile(images, terminal);
  const tools = planTools(file);
  for (const one of unverifiedOverwrites(file))
    terminal.err.write(`${oneLine(`${file.file}: warning: ${describeUnverified(one)}`)}\n`);
  return tools;
}

async function readImagesFile(name: string, terminal: Terminal): Promise<ImagesFile> {
  return { file: displayName(name), bytes: await readBytes(name, terminal) };
}
