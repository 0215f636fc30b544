import { dump } from 'js-yaml';
import type { Network } from '../gardener/network.ts';
import type { KubeObject } from '../gardener/objects.ts';
import { createBundler } from '../managedresource/build.ts';
import type { ManagedResourcePlan, NetworkPlan, PlanResult } from '../network/plugin.ts';
import { canonicalJson } from '../templates/quote.ts';
import { type PlannedSubject, type PlanOptions, planInput, type Terminal } from './context.ts';
import { reportFindings } from './report.ts';

export const targets = ['shoot', 'seed', 'status'] as const;
export type Target = (typeof targets)[number];

export interface RenderOptions extends PlanOptions {
  readonly output: 'yaml' | 'json';
  readonly target: Target;
}

/**
 * `netext render`: prints what the controller would write, for every Network of the input. Nothing is printed when one of them is
 * refused: half an answer would be taken for a whole one; only a plan that previews what remains is shown, with its errors. Findings go
 * to the error stream. Gives the exit code.
 */
export async function render(options: RenderOptions, terminal: Terminal): Promise<number> {
  const { planned, files } = await planInput(options, terminal);
  reportFindings({ planned, files, terminal });
  if (planned.some(({ result }) => planIn(result) === undefined)) return 1;
  const objects = planned.flatMap((one) => objectsFor(one, options.target));
  terminal.out(options.output === 'json' ? jsonList(objects) : yamlDocuments(objects));
  return 0;
}

function objectsFor({ subject, result }: PlannedSubject, target: Target): readonly object[] {
  const plan = planIn(result);
  if (plan === undefined) return [];
  const { namespace } = subject.network.metadata;
  switch (target) {
    case 'shoot':
      return resourcesOf(plan).flatMap(({ parts }) => parts.flatMap((part) => part.objects.map((one) => one.object)));
    case 'seed':
      return seedObjects(plan, namespace);
    case 'status':
      return [statusObject(subject.network, plan)];
  }
}

function seedObjects(plan: NetworkPlan, namespace: string): readonly KubeObject[] {
  const bundler = createBundler();
  const bundles = resourcesOf(plan).map((one) => bundler({ plan: one, namespace }));
  return [...bundles.flatMap((bundle) => [bundle.secret(), bundle.managedResource]), ...plan.seedObjects];
}

function resourcesOf({ managedResource, webhookResource }: NetworkPlan): readonly ManagedResourcePlan[] {
  return webhookResource === undefined ? [managedResource] : [managedResource, webhookResource];
}

/** What would be applied; of a refused Network what remains without the refused option, when that is meaningful. */
function planIn(result: PlanResult): NetworkPlan | undefined {
  if (result.outcome === 'planned') return result.plan;
  return result.outcome === 'refused' ? result.preview : undefined;
}

function statusObject({ apiVersion, kind, metadata }: Network, { status }: NetworkPlan): object {
  return { apiVersion, kind, metadata: { name: metadata.name, namespace: metadata.namespace }, status };
}

function jsonList(objects: readonly object[]): string {
  return `{"apiVersion":"v1","kind":"List","items":[${objects.map((one) => canonicalJson(one)).join(',\n')}]}\n`;
}

function yamlDocuments(objects: readonly object[]): string {
  return objects.map((one) => dump(one, { noRefs: true, lineWidth: -1 })).join('---\n');
}
