import type { Network } from '../gardener/network.ts';
import type { KubeObject } from '../gardener/objects.ts';
import { createManagedResourceRenderer } from '../managedresource/build.ts';
import type { ManagedResourcePlan, NetworkPlan, PlanResult } from '../network/plugin.ts';
import { canonicalJson } from '../templates/quote.ts';
import { printYaml } from '../yaml/print.ts';
import { type PlannedSubject, planInput } from './input.ts';
import type { RenderOptions, Target } from './options.ts';
import { count, findingsOf, reportSubject } from './report.ts';
import { exitCodes, type Terminal } from './terminal.ts';

/**
 * `netext render`: prints what the controller would write, for every Network of the input. Nothing is printed when one of them is
 * refused: half an answer would be taken for a whole one; only a refusal with a preview of what remains is shown, with its errors.
 * Findings go to the error stream. Gives the exit code.
 */
export async function render(options: RenderOptions, terminal: Terminal): Promise<number> {
  const planned = await planInput(options, terminal);
  for (const one of planned)
    if (findingsOf(one).length > 0 || one.subject.completed.length > 0) reportSubject(one, terminal.err);
  const bad = planned.filter(({ result }) => planIn(result) === undefined).length;
  if (bad > 0) {
    const which = planned.length === 1 ? '' : `, because of ${bad} of ${count(planned.length, 'Network')}`;
    terminal.err.write(`nothing is rendered${which}\n`);
    return exitCodes.findings;
  }
  const rendered = planned.map((one) => ({ name: one.subject.name, objects: objectsFor(one, options.target) }));
  terminal.out.write(options.output === 'json' ? jsonList(rendered) : yamlDocuments(rendered));
  return exitCodes.fine;
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
  const bundler = createManagedResourceRenderer();
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

interface Rendered {
  readonly name: string;
  readonly objects: readonly object[];
}

/** One List, one object per line. */
function jsonList(rendered: readonly Rendered[]): string {
  const items = rendered.flatMap(({ objects }) => objects.map((one) => canonicalJson(one)));
  return `{"apiVersion":"v1","kind":"List","items":[${items.join(',\n')}]}\n`;
}

/** With several Networks, a comment says whose objects follow. */
function yamlDocuments(rendered: readonly Rendered[]): string {
  return rendered
    .flatMap(({ name, objects }) =>
      objects.map((one, index) => {
        const comment = rendered.length > 1 && index === 0 ? `# ${name}\n` : '';
        return `${comment}${printYaml(one)}`;
      }),
    )
    .join('---\n');
}
