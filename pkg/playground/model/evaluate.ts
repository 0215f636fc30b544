import { createAdmission } from '../../cli/admission.ts';
import { capacityOf } from '../../cli/capacity.ts';
import { createCollector, type ReadDocuments } from '../../cli/collect.ts';
import { type OfflineResult, withoutPlan } from '../../cli/completeness.ts';
import type { CompletedField } from '../../cli/completion.ts';
import { type AssessedSubject, isAccepted, limitFindings, sortedFindings } from '../../cli/findings.ts';
import type { AssumedField } from '../../cli/kinds.ts';
import type { ShootValueOptions } from '../../cli/options.ts';
import { createPlanner } from '../../cli/planner.ts';
import { createShootValues } from '../../cli/set-values.ts';
import { findSubjects, type Subject } from '../../cli/subjects.ts';
import { clusterShootFacts, type ShootFacts } from '../../gardener/cluster.ts';
import type { KubeObject } from '../../gardener/objects.ts';
import type { Capacity } from '../../network/capacity.ts';
import type { MissingValue } from '../../network/completeness.ts';
import { allFeatureGates, parseFeatureGates } from '../../network/feature-gates.ts';
import { plannedObjects, pluginFor } from '../../network/plan.ts';
import type { NetworkPlan, NetworkPlugin, PlanTools } from '../../network/plugin.ts';
import type { LocatedFinding } from '../../yaml/documents.ts';
import { InputError, type InputProblem } from '../../yaml/input.ts';
import { splitWhole } from '../../yaml/pieces.ts';

/** Everything that the page shows follows from this; it is what a link contains. */
export interface Question {
  /** Documents as for `netext validate -f`. */
  readonly text: string;
  /** The stored Shoots, as for `--old`; absent or empty for new Shoots. */
  readonly old?: string | undefined;
  /** As for `--feature-gates`. */
  readonly featureGates?: string | undefined;
  /** As for the options that give values to Shoots. */
  readonly values?: ShootValueOptions | undefined;
}

/** What `netext validate` and `netext render` say about a question. */
export interface Evaluation {
  /** As `netext validate`: nothing would be rejected, and every document can be read. */
  readonly valid: boolean;
  readonly subjects: readonly SubjectVerdict[];
  /** Documents that cannot be read, and invalid options. */
  readonly problems: readonly InputProblem[];
  /** The kinds of documents that the commands skip. */
  readonly skipped: readonly string[];
  /** The first subject in detail; absent if the text has none. */
  readonly first?: FirstSubject;
}

/** A Shoot or Network of the text. */
export interface SubjectVerdict {
  readonly name: string;
  readonly accepted: boolean;
  /** The outcome for the admission, or for a Network that of its plan. */
  readonly outcome: OfflineResult['outcome'];
  readonly findings: readonly LocatedFinding[];
  /** The number of further findings. */
  readonly more: number;
  readonly missing: readonly MissingValue[];
  readonly completed: readonly CompletedField[];
  readonly assumed: readonly AssumedField[];
  /** The outcome of the plan, as for `netext render`, and its findings. */
  readonly plan: { readonly outcome: OfflineResult['outcome']; readonly findings: readonly LocatedFinding[] };
}

export interface FirstSubject {
  readonly name: string;
  readonly namespace: string;
  /** Undefined for a network type of another extension. */
  readonly plugin: NetworkPlugin | undefined;
  readonly subject: Subject;
  readonly facts: ShootFacts | undefined;
  /** Undefined unless the plan succeeds. */
  readonly plan: NetworkPlan | undefined;
  readonly capacity: Capacity | undefined;
}

export interface EvaluatorInput {
  readonly plugins: readonly NetworkPlugin[];
  readonly tools: PlanTools;
}

/** In characters: more than any Shoot, and little enough that a link from anywhere cannot exhaust the memory of the page. */
export const largestText = 1024 * 1024;

/** The name of the document in positions. */
export const fileName = 'shoot.yaml';

/** Creates the function that answers questions by the functions of the offline commands. It never throws for a question of a user. */
export function createEvaluator({ plugins, tools }: EvaluatorInput): (question: Question) => Evaluation {
  return (question) => {
    try {
      return evaluate(question, { plugins, tools });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return { valid: false, subjects: [], problems: error.problems, skipped: [] };
    }
  };
}

function evaluate(question: Question, { plugins, tools }: EvaluatorInput): Evaluation {
  const { text: given, old: stored = '' } = question;
  if (given.length + stored.length > largestText)
    throw new InputError([{ message: 'is larger than 1 MiB: use netext for it' }]);
  const gates = readGates(question.featureGates ?? '', plugins);
  const withShootValues = createShootValues(question.values ?? {});
  const read = readText(fileName, { text: question.text, plugins });
  const old = readOld(question.old ?? '', plugins);
  const found = findSubjects(read.documents.map(withShootValues), plugins);
  const problems = [...read.problems, ...found.problems];
  const admit = createAdmission({ subjects: found.subjects, old: found.subjects.length === 0 ? [] : old });
  const plan = createPlanner({ plugins, gates, shoot: undefined, tools });
  const planned = found.subjects.map((subject) => ({ subject, result: plan(subject), admitted: admit(subject) }));
  const assessed = planned.map(
    ({ subject, result, admitted }): AssessedSubject => admitted ?? { subject, result: withoutPlan(result) },
  );
  const [first] = planned;
  return {
    valid: problems.length === 0 && assessed.length > 0 && assessed.every(isAccepted),
    subjects: planned.map(({ subject, result }, index) => {
      const one = assessed[index] ?? { subject, result: withoutPlan(result) };
      return verdictOn(one, { subject, result });
    }),
    problems: [...problems, ...(planned.length === 0 && problems.length === 0 ? read.skipped.reasons : [])],
    skipped: [...found.unused, ...read.skipped.kinds],
    ...(first && { first: detail(first, plugins) }),
  };
}

function verdictOn(
  assessed: AssessedSubject,
  planned: { readonly subject: Subject; readonly result: OfflineResult },
): SubjectVerdict {
  const { subject, result } = assessed;
  const { shown, more } = limitFindings(sortedFindings(assessed));
  return {
    name: subject.name,
    accepted: isAccepted(assessed),
    outcome: result.outcome,
    findings: shown,
    more,
    missing: result.outcome === 'incomplete' ? result.missing : [],
    completed: subject.completed,
    assumed: subject.assumed,
    plan: {
      outcome: planned.result.outcome,
      findings: sortedFindings({ ...planned, result: withoutPlan(planned.result) }),
    },
  };
}

function detail(
  { subject, result }: { readonly subject: Subject; readonly result: OfflineResult },
  plugins: readonly NetworkPlugin[],
): FirstSubject {
  return {
    name: subject.name,
    namespace: subject.network.metadata.namespace,
    plugin: pluginFor(plugins, subject.network.spec.type),
    subject,
    facts: clusterShootFacts(subject.cluster),
    plan: result.outcome === 'planned' ? result.plan : undefined,
    capacity: capacityOf(result, subject)(),
  };
}

/** Returns the objects of a plan for the shoot, as `netext render` prints them. */
export function shootObjects({ managedResource, webhookResource }: NetworkPlan): readonly KubeObject[] {
  const all = webhookResource === undefined ? [managedResource] : [managedResource, webhookResource];
  return all.flatMap(plannedObjects);
}

function readGates(text: string, plugins: readonly NetworkPlugin[]): Readonly<Record<string, boolean>> {
  const { gates, problems } = parseFeatureGates(text, Object.keys(allFeatureGates(plugins)));
  if (problems.length > 0) throw new InputError(problems.map((one) => ({ message: `--feature-gates: ${one}` })));
  return gates;
}

/** As with `--old`, every document must be readable. */
function readOld(text: string, plugins: readonly NetworkPlugin[]): ReadDocuments['documents'] {
  if (text.trim() === '') return [];
  const { documents, problems } = readText('old.yaml', { text, plugins });
  if (problems.length > 0) throw new InputError(problems);
  return documents;
}

function readText(
  file: string,
  { text, plugins }: { readonly text: string; readonly plugins: readonly NetworkPlugin[] },
): ReadDocuments {
  const collector = createCollector(plugins);
  collector.startFile(file);
  for (const piece of splitWhole(new TextEncoder().encode(text))) collector.add(piece);
  collector.endFile();
  return collector.result();
}
