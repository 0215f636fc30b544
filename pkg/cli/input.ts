import { quoted } from '../gardener/objects.ts';
import type { Explanation } from '../network/explain.ts';
import { allFeatureGates, parseFeatureGates } from '../network/feature-gates.ts';
import type { NetworkPlugin, PlanTools } from '../network/plugin.ts';
import { plugins as registered } from '../plugins/index.ts';
import { findUnknownImages, type ImagesFile, planTools } from '../plugins/tools.ts';
import { describeUnverified, unverifiedOverwrites } from '../plugins/versions.ts';
import { type InputDocument, readDocuments } from '../yaml/documents.ts';
import { InputError, type InputProblem } from '../yaml/input.ts';
import type { Skipped } from './collect.ts';
import type { OfflineResult } from './completeness.ts';
import { displayName, readBytes } from './files.ts';
import type { UsedDocument } from './kinds.ts';
import type { OperatorSettings, PlanOptions } from './options.ts';
import { createExplainer, createPlanner } from './planner.ts';
import { reportWarning } from './problems.ts';
import { createProgress, type Progress } from './progress.ts';
import { readDocumentsOf } from './read.ts';
import { createShootValues } from './set-values.ts';
import { findSubjects, type Subject } from './subjects.ts';
import type { Terminal } from './terminal.ts';

export interface PlannedSubject {
  readonly subject: Subject;
  readonly result: OfflineResult;
}

export interface Input {
  /** At least one. */
  readonly subjects: readonly Subject[];
  /** The documents that cannot be read beside the subjects. */
  readonly problems: readonly InputProblem[];
  /** Number of documents that belong to no subject. */
  readonly skipped: number;
  /** The documents of `--old`. */
  readonly old: readonly UsedDocument[];
  /** All documents of the input, with the values of the options. */
  readonly documents: readonly UsedDocument[];
  /** The documents that cannot be read, without those that belong to no subject. */
  readonly unreadable: readonly InputProblem[];
  readonly featureGates: Readonly<Record<string, boolean>>;
  readonly tools: PlanTools;
  readonly progress: Progress;
  readonly plan: (subject: Subject) => OfflineResult;
  /** Returns the values in effect for a subject; undefined for another network type, and for a Cluster without a Shoot. */
  readonly explain: (subject: Subject) => Explanation | undefined;
}

/** The plans of all Networks of the input. */
export interface PlannedInput extends Pick<Input, 'problems' | 'skipped' | 'progress'> {
  readonly planned: readonly PlannedSubject[];
}

/** Reads the input of an offline command and plans every Network in it. Throws InputError if there is none. */
export async function planInput(
  options: PlanOptions,
  terminal: Terminal,
  plugins: readonly NetworkPlugin[] = registered,
): Promise<PlannedInput> {
  const { subjects, plan, explain: _, ...input } = await readInput(options, terminal, plugins);
  const planned = subjects.map((subject, index) => {
    input.progress.checked(index, subjects.length);
    return { subject, result: plan(subject) };
  });
  input.progress.clear();
  return { ...input, planned };
}

/**
 * Reads the input of an offline command. Throws InputError if no Network and no Shoot in it can be read, or if a file of another option
 * cannot be read.
 */
export async function readInput(
  options: PlanOptions & { readonly old?: readonly string[]; readonly operator?: readonly OperatorSettings[] },
  terminal: Terminal,
  plugins: readonly NetworkPlugin[] = registered,
): Promise<Input> {
  const { operator = [] } = options;
  const { gates: flags, problems } = parseFeatureGates(
    options.featureGates.join(','),
    Object.keys(allFeatureGates(plugins)),
  );
  if (problems.length > 0) throw new InputError(problems.map((one) => ({ message: `--feature-gates: ${one}` })));
  // Names are unique among CNIs.
  const gates = Object.assign({}, ...operator.map((one) => one.featureGates), flags) as typeof flags;
  const { shootObjects, images, old = [] } = options;
  const withShootValues = createShootValues(options);
  const given = [...options.file, ...old, shootObjects, images].filter((name) => name === '-');
  if (given.length > 1) throw new InputError([{ message: 'standard input (-) can only be read once' }]);
  const progress = createProgress(terminal.err);
  const read = await readDocumentsOf({ names: options.file, plugins, progress }, terminal);
  const [oldDocuments, shoot, tools] = await allOf(
    [
      readOld({ names: old, plugins, progress }, terminal),
      shootObjects === undefined ? undefined : readFile(shootObjects, terminal),
      createTools(images, terminal),
    ],
    read.problems,
  ).finally(() => progress.clear());
  const documents = read.documents.map(withShootValues);
  const found = findSubjects(documents, plugins);
  const unreadable = [...read.problems, ...found.problems];
  if (found.subjects.length === 0) throw new InputError(noSubjects(unreadable, read.skipped, found.unused));
  const objects = shoot?.map((document) => document.object);
  return {
    subjects: found.subjects,
    problems: unreadable,
    skipped: read.skipped.count + found.unused.length,
    old: oldDocuments,
    documents,
    unreadable: read.problems,
    featureGates: gates,
    tools,
    progress,
    plan: createPlanner({ plugins, gates, shoot: objects, tools }),
    explain: createExplainer({ plugins, gates, shoot: objects, operator }),
  };
}

/** Reads the files of `--old`, in which every document must be readable. */
async function readOld(
  request: Parameters<typeof readDocumentsOf>[0],
  terminal: Terminal,
): Promise<readonly UsedDocument[]> {
  const { documents, problems } = await readDocumentsOf(request, terminal);
  if (problems.length > 0) throw new InputError(problems);
  return documents;
}

/** Returns the reasons why the input has no Network and no Shoot. */
function noSubjects(
  problems: readonly InputProblem[],
  { kinds, reasons }: Skipped,
  unused: readonly string[],
): readonly InputProblem[] {
  if (problems.length > 0) return problems;
  if (reasons.length > 0) return reasons;
  const found = [...new Set([...unused, ...kinds])].slice(0, 5).join(', ');
  const message = `the input has no Network and no Shoot${found === '' ? '' : `, only ${found}`}: specify a Network with its Cluster, or a Shoot`;
  return [{ message }];
}

/**
 * Like Promise.all, but waits for all promises and joins the problems of their InputErrors, in the order of the arguments and after earlier
 * problems of the same input.
 */
async function allOf<const Values extends readonly unknown[]>(
  promises: Values,
  earlier: readonly InputProblem[],
): Promise<{ -readonly [Index in keyof Values]: Awaited<Values[Index]> }> {
  const settled = await Promise.allSettled(promises);
  const reasons = settled.filter((one) => one.status === 'rejected').map((one): unknown => one.reason);
  const defect = reasons.find((reason) => !(reason instanceof InputError));
  if (defect !== undefined) throw defect;
  if (reasons.length === 0) return Promise.all(promises);
  throw new InputError([...earlier, ...reasons.flatMap((one) => (one instanceof InputError ? one.problems : []))]);
}

async function readFile(name: string, terminal: Terminal): Promise<readonly InputDocument[]> {
  return readDocuments(displayName(name), await readBytes(name, terminal));
}

async function createTools(images: string | undefined, terminal: Terminal): Promise<PlanTools> {
  if (images === undefined) return planTools();
  const file = await readImagesFile(images, terminal);
  const tools = planTools(file);
  for (const one of unverifiedOverwrites(file))
    reportWarning({ file: file.file, message: describeUnverified(one) }, terminal.err);
  for (const { name, meant, line, column } of findUnknownImages(file)) {
    const guess = meant === undefined ? '' : `, did you mean ${quoted(meant)}?`;
    const message = `no image is named ${quoted(name)}, so that the entry has no effect${guess}`;
    reportWarning({ file: file.file, line, column, message }, terminal.err);
  }
  return tools;
}

async function readImagesFile(name: string, terminal: Terminal): Promise<ImagesFile> {
  return { file: displayName(name), bytes: await readBytes(name, terminal) };
}
