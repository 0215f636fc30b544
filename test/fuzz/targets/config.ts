import { networkConfigSchema as calicoSchema } from '../../../pkg/calico/api/config.ts';
import { networkConfigSchema as ciliumSchema } from '../../../pkg/cilium/api/config.ts';
import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import { admitShoot } from '../../../pkg/network/admission.ts';
import { decodeConfig } from '../../../pkg/network/decode.ts';
import { type Diagnostic, errorsOf, networkRules } from '../../../pkg/network/diagnostics.ts';
import { planNetwork } from '../../../pkg/network/plan.ts';
import type { PlanResult, PlanTools } from '../../../pkg/network/plugin.ts';
import { plugins } from '../../../pkg/plugins/index.ts';
import { planTools } from '../../support/planning.ts';
import { type FuzzTarget, must } from '../engine/target.ts';
import { assertFindings } from '../oracles/findings.ts';
import { nesting } from '../oracles/readers.ts';
import { generateCase, mutateCase, type NetworkCase, readCase } from './network-case.ts';

/** providerConfig and what surrounds it, through decoding, checks, plan and admission of both CNIs. */
export const configTarget: FuzzTarget = {
  name: 'config',
  seeds: [],
  mostCpuMs: (bytes) => 300 + bytes / 1024,
  generate: (dice) => generateCase(dice, dice.pick([0, 0.1, 0.3, 1])),
  mutate: mutateCase,
  check: checkConfig,
};

const tools = planTools();

function checkConfig(bytes: Uint8Array): void {
  const given = readCase(bytes);
  const again = readCase(bytes);
  if (given === undefined || again === undefined) return;
  assertDecoding(given, again);
  const { plugin, input } = given;
  const isShallow = nesting(bytes) <= deepest;
  const before = isShallow ? JSON.stringify(input) : '';
  const rules = { ...networkRules, ...plugin.rules };
  const decoded = plugin.decode(input);
  const found = plugin.check(decoded);
  assertFindings(found, rules);
  assertFindings(plugin.checkNew?.(decoded) ?? [], rules);
  plugin.queries(decoded, input);
  const { result, renderings } = planCounting(given);
  assertFindings(result.diagnostics, rules);
  assertOutcome(result, { found, renderings });
  const second = planCounting(again).result;
  must(describeResult(result) === describeResult(second), 'plan depends on more than its input', () =>
    describeResult(second),
  );
  // Reviews and files that are nested deeper are refused before anything judges them; Networks are not.
  if (!isShallow) return;
  must(JSON.stringify(input) === before, 'plan changed its input', () => before);
  assertAdmission(given, result);
}

const deepest = 200;

function assertDecoding(one: NetworkCase, other: NetworkCase): void {
  const decode = ({ plugin, config }: NetworkCase): string => {
    const common = { raw: config, apiVersion: 'a/v1', kind: 'A', object: 'Network a/b', path: 'spec.providerConfig' };
    return JSON.stringify(
      plugin.type === 'calico'
        ? decodeConfig({ ...common, schema: calicoSchema })
        : decodeConfig({ ...common, schema: ciliumSchema }),
    );
  };
  must(decode(one) === decode(other), 'decoding twice differs', () => decode(other));
}

interface Counted {
  readonly result: PlanResult;
  readonly renderings: number;
}

function planCounting({ plugin, input }: NetworkCase): Counted {
  let renderings = 0;
  const counting: PlanTools = {
    ...tools,
    charts: {
      ...tools.charts,
      render: (name, view) => {
        renderings += 1;
        return tools.charts.render(name, view);
      },
    },
  };
  const result = planNetwork(plugin, input, counting);
  return { result, renderings };
}

interface OutcomeContext {
  readonly renderings: number;
  /** By `check`. */
  readonly found: readonly Diagnostic[];
}

const outcomes = ['planned', 'postponed', 'refused', 'waiting'] as const;

function assertOutcome(result: PlanResult, { renderings, found }: OutcomeContext): void {
  const { outcome, diagnostics } = result;
  must(outcomes.includes(outcome), 'unknown outcome', () => outcome);
  const errors = errorsOf(diagnostics);
  const shown = JSON.stringify(errors);
  if (outcome === 'planned' || outcome === 'postponed') {
    must(errors.length === 0, 'planned with errors', () => shown);
    must(errorsOf(found).length === 0, 'planned although check has errors', () => JSON.stringify(errorsOf(found)));
    return;
  }
  must(!('plan' in result), 'a plan that must not be applied', () => outcome);
  if (outcome === 'waiting') return;
  must(errors.length > 0, 'refused without an error', () => shown);
  must(renderings === 0, 'refused configuration was rendered', () => `${renderings} renderings, ${shown}`);
}

/** Everything that a result says, without the function members of renderings. */
function describeResult(result: PlanResult): string {
  if (result.outcome !== 'planned') return JSON.stringify(result);
  const { managedResource, ...rest } = result.plan;
  const parts = managedResource.parts.map(({ key, objects }) => [key, objects.map(({ json }) => json)]);
  return JSON.stringify([result.diagnostics, managedResource.name, parts, rest]);
}

const rulesOfAll = Object.assign({}, networkRules, ...plugins.map(({ rules }) => rules)) as typeof networkRules;

function assertAdmission({ shoot, input, plugin }: NetworkCase, { outcome, diagnostics }: PlanResult): void {
  const object = shoot as KubeObject;
  const verdict = admitShoot({ plugins, shoot: object });
  assertFindings(verdict.diagnostics, rulesOfAll);
  const errors = errorsOf(verdict.diagnostics);
  must(verdict.allowed === (errors.length === 0), 'verdict does not follow from its findings', () =>
    JSON.stringify(errors),
  );
  const unchanged = admitShoot({ plugins, shoot: object, old: structuredClone(object), alwaysWarn: true });
  assertFindings(unchanged.diagnostics, rulesOfAll);
  must(unchanged.allowed, 'an unchanged Shoot is refused', () => JSON.stringify(unchanged.diagnostics));
  const ofConfig = errorsOf(diagnostics).filter(({ path }) => path.startsWith('spec.providerConfig'));
  const judged = isJudged(shoot);
  must(
    outcome !== 'refused' || ofConfig.length === 0 || !judged || !verdict.allowed,
    'admitted although the controller refuses the configuration',
    () => JSON.stringify({ ofConfig, verdict, plugin: plugin.type, families: input.network.spec.ipFamilies }),
  );
}

/** Shoots without workers and those in deletion are accepted whatever they hold. */
function isJudged({ spec, metadata }: NetworkCase['shoot']): boolean {
  const { provider } = spec as { readonly provider?: unknown };
  const workers = (provider as { readonly workers?: unknown } | null | undefined)?.workers;
  const deleting = (metadata as { readonly deletionTimestamp?: unknown }).deletionTimestamp !== undefined;
  return !deleting && Array.isArray(workers) && workers.length > 0;
}
