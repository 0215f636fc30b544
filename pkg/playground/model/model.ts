import * as z from 'zod';
import type { ChangeResult } from '../../changes/networks.ts';
import { createExplainer } from '../../cli/planner.ts';
import type { KubeObject } from '../../gardener/objects.ts';
import type { Explanation } from '../../network/explain.ts';
import { allFeatureGates, parseFeatureGates } from '../../network/feature-gates.ts';
import type { NetworkPlugin, PlanTools } from '../../network/plugin.ts';
import { describeChange } from './change.ts';
import type { ConfigSchemas } from './complete.ts';
import { createEvaluator, type Evaluation, type FirstSubject, type Question, shootObjects } from './evaluate.ts';
import { createPicture, type Picture } from './picture.ts';
import { createPolicyPicture } from './policies.ts';

/** All that the page shows about a question; members beside the evaluation are computed on first use, since only one tab is visible. */
export interface Answer {
  readonly evaluation: Evaluation;
  /** The objects in the shoot; empty without a plan. */
  objects(): readonly KubeObject[];
  /** The values in effect, with their origins; undefined without a Shoot. */
  values(): Explanation | undefined;
  /** Undefined without a plan. */
  picture(): Picture | undefined;
  /** Who may talk to whom; undefined for a text without policies and pods. */
  policies(): ReturnType<typeof createPolicyPicture>;
}

export interface Model {
  answer(question: Question): Answer;
  /** Describes the change from one question to another; undefined if one of them has no subject, or if they cannot be compared. */
  change(old: Question, changed: Question): ChangeResult | undefined;
  readonly schemas: ConfigSchemas;
  readonly featureGates: ReturnType<typeof allFeatureGates>;
}

/** Creates the model of the page. It is pure, apart from caches: no clock, no network, no document. */
export function createModel(input: { readonly plugins: readonly NetworkPlugin[]; readonly tools: PlanTools }): Model {
  const { plugins, tools } = input;
  const evaluate = createEvaluator(input);
  const gates = allFeatureGates(plugins);
  return {
    answer: (question) =>
      createAnswer(
        question.text,
        evaluate(question),
        createExplainer({ plugins, gates: readGates(question, plugins), shoot: undefined, operator: [] }),
      ),
    change(old, changed) {
      // As the same command would: a stored Shoot is no part of the comparison.
      const [before, after] = [old, changed].map((one) => evaluate({ ...one, old: undefined }).first);
      if (before === undefined || after === undefined) return undefined;
      const featureGates = readGates(changed, plugins);
      return describeChange({ plugins, tools, featureGates, old: before, new: after });
    },
    schemas: Object.fromEntries(plugins.map(({ type, configuration }) => [type, toJsonSchema(configuration.schema)])),
    featureGates: gates,
  };
}

function createAnswer(text: string, evaluation: Evaluation, explain: ReturnType<typeof createExplainer>): Answer {
  const { first } = evaluation;
  const objects = once((): readonly KubeObject[] => (first?.plan === undefined ? [] : shootObjects(first.plan)));
  return {
    evaluation,
    objects,
    values: once(() => first && explain(first.subject)),
    picture: once(() => first && draw(first, objects())),
    policies: once(() => createPolicyPicture(text, first)),
  };
}

function draw(
  { plugin, subject, facts, plan, capacity }: FirstSubject,
  objects: readonly KubeObject[],
): Picture | undefined {
  if (plugin === undefined || plan === undefined || facts === undefined) return undefined;
  const { network } = subject;
  return createPicture({ cni: plugin.title, network, facts, plan, traffic: plugin.traffic(objects), capacity });
}

function readGates(
  { featureGates = '' }: Question,
  plugins: readonly NetworkPlugin[],
): Readonly<Record<string, boolean>> {
  return parseFeatureGates(featureGates, Object.keys(allFeatureGates(plugins))).gates;
}

function toJsonSchema(schema: z.ZodObject): unknown {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
}

function once<T>(compute: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => {
    known ??= { value: compute() };
    return known.value;
  };
}
