/** The playground has the verdict of the command line for every golden of the repository. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../../pkg/gardener/objects.ts';
import { createEvaluator, type Evaluation, fileName, shootObjects } from '../../pkg/playground/model/evaluate.ts';
import { plugins } from '../../pkg/plugins/index.ts';
import { planTools } from '../../pkg/plugins/tools.ts';
import { canonicalJson } from '../../pkg/templates/quote.ts';
import { runInFolder } from '../support/command-line.ts';
import { readGoldenInputs } from './goldens.ts';

const evaluate = createEvaluator({ plugins, tools: planTools() });
const inputs = readGoldenInputs();

test('there are goldens of plans, examples of pages, and files for the command line', () => {
  for (const part of ['pkg/calico', 'pkg/cilium', 'docs/usage', 'example/', 'test/unit/cli'])
    assert.ok(inputs.filter(({ name }) => name.startsWith(part)).length > 1, part);
  assert.ok(inputs.length > 250, String(inputs.length));
});

for (const { name, text } of inputs)
  test(`the playground agrees with netext validate and netext render: ${name}`, async () => {
    const evaluation = evaluate({ text });
    const [page, command] = [summarize(evaluation), await commandLine(text)];
    assert.deepEqual({ ...page, objects: page.objects?.length }, { ...command, objects: command.objects?.length });
    assert.ok(isDeepStrictEqual(page.objects, command.objects), 'objects differ');
  });

interface Verdict {
  readonly valid: boolean;
  readonly findings: readonly object[];
  /** Canonical JSON of each object. */
  readonly objects: readonly string[] | undefined;
}

function summarize({ valid, subjects, problems, first }: Evaluation): Verdict {
  const planned = subjects.every(({ plan }) => plan.outcome === 'planned' || plan.outcome === 'workerless');
  return {
    valid,
    findings: subjects.flatMap(({ findings }) => findings),
    objects:
      planned && problems.length === 0 && subjects.length === 1 && first !== undefined
        ? first.plan === undefined
          ? []
          : shootObjects(first.plan).map((one) => canonicalJson(one))
        : undefined,
  };
}

/** Returns the verdict of the commands; objects only for an input with one Network, which is all that the page shows. */
async function commandLine(text: string): Promise<Verdict> {
  const files = { [fileName]: text };
  const validated = await runInFolder({ argv: ['validate', '-o', 'json', '-f', fileName], files });
  if (validated.stdout === '') return { valid: false, findings: [], objects: undefined };
  const { valid, findings, checked } = JSON.parse(validated.stdout) as {
    readonly valid: boolean;
    readonly findings: readonly { readonly code: string }[];
    readonly checked: Readonly<Record<string, { readonly total: number }>>;
  };
  const rendered = await runInFolder({ argv: ['render', '-o', 'json', '-f', fileName], files });
  const list: unknown = rendered.code === 0 ? JSON.parse(rendered.stdout) : undefined;
  const count = Object.values(checked).reduce((sum, { total }) => sum + total, 0);
  return {
    valid,
    findings: findings.filter(({ code }) => code !== 'unreadable-document' && code !== 'unusable-input'),
    objects:
      count === 1 && isRecord(list)
        ? (list['items'] as readonly unknown[]).map((one) => canonicalJson(one))
        : undefined,
  };
}
