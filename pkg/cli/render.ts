import type { Network } from '../gardener/network.ts';
import type { KubeObject } from '../gardener/objects.ts';
import { createManagedResourceRenderer } from '../managedresource/build.ts';
import { plannedObjects } from '../network/plan.ts';
import type { ManagedResourcePlan, NetworkPlan } from '../network/plugin.ts';
import { canonicalJson } from '../templates/quote.ts';
import { printYaml } from '../yaml/print.ts';
import type { OfflineResult } from './completeness.ts';
import { sortedFindings } from './findings.ts';
import { type PlannedSubject, planInput } from './input.ts';
import type { RenderOptions, Target } from './options.ts';
import { reportProblems } from './problems.ts';
import { count, reportSubject } from './report.ts';
import { exitCodes, type Terminal } from './terminal.ts';

/**
 * `netext render`: prints the objects that the controller would write, for every Network of the input. If one of them is rejected, it prints
 * none, since a partial output could be mistaken for a complete one. Findings go to the error stream. Returns the exit code: `success`
 * also for Shoots without workers, which have no network.
 */
export async function render(options: RenderOptions, terminal: Terminal): Promise<number> {
  const { planned, problems } = await planInput(options, terminal);
  for (const one of planned) {
    const { outcome } = one.result;
    if (outcome !== 'planned' || (options.quiet !== true && hasNotes(one))) reportSubject(one, terminal.err);
  }
  reportProblems(problems, terminal.err);
  const failed = planned.filter(({ result }) => hasNoPlan(result)).length;
  if (failed > 0 || problems.length > 0) {
    terminal.err.write(`no objects printed${describeFailure({ planned, failed, problems: problems.length })}\n`);
    return exitCodes.findings;
  }
  const rendered = planned.map((one) => ({ name: one.subject.name, objects: objectsFor(one, options.target) }));
  terminal.out.write(options.output === 'json' ? jsonList(rendered) : yamlDocuments(rendered));
  return exitCodes.success;
}

/** A shoot without nodes has no network, so that nothing is missing in the output. */
function hasNoPlan({ outcome }: OfflineResult): boolean {
  return outcome !== 'planned' && outcome !== 'workerless';
}

/** Returns the numbers behind a failure; empty for a single object, whose report says all. */
function describeFailure(input: {
  readonly planned: readonly PlannedSubject[];
  readonly failed: number;
  readonly problems: number;
}): string {
  const { planned, failed, problems } = input;
  const kinds = [...new Set(planned.map(({ subject }) => subject.name.replace(/ .*$/s, '')))];
  const all = count(planned.length, kinds.length === 1 ? (kinds[0] ?? '') : 'object');
  const parts = [
    ...(failed === 0 || planned.length === 1 ? [] : [`${failed} of ${all} cannot be rendered`]),
    ...(problems === 0 ? [] : [`${count(problems, 'document')} unreadable`]),
  ];
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`;
}

function hasNotes({ subject, result }: PlannedSubject): boolean {
  const { completed, assumed } = subject;
  return completed.length > 0 || assumed.length > 0 || sortedFindings({ subject, result }).length > 0;
}

function objectsFor({ subject, result }: PlannedSubject, target: Target): readonly object[] {
  const plan = plannedResult(result);
  if (plan === undefined) return [];
  const { namespace } = subject.network.metadata;
  switch (target) {
    case 'shoot':
      return managedResources(plan).flatMap(plannedObjects);
    case 'seed':
      return seedObjects(plan, namespace);
    case 'status':
      return [statusObject(subject.network, plan)];
  }
}

function seedObjects(plan: NetworkPlan, namespace: string): readonly KubeObject[] {
  const renderResource = createManagedResourceRenderer();
  const rendered = managedResources(plan).map((one) => renderResource({ plan: one, namespace }));
  return [...rendered.flatMap((one) => [one.secret(), one.managedResource]), ...plan.seedObjects];
}

function managedResources({ managedResource, webhookResource }: NetworkPlan): readonly ManagedResourcePlan[] {
  return webhookResource === undefined ? [managedResource] : [managedResource, webhookResource];
}

function plannedResult(result: OfflineResult): NetworkPlan | undefined {
  return result.outcome === 'planned' ? result.plan : undefined;
}

function statusObject({ apiVersion, kind, metadata }: Network, { status }: NetworkPlan): object {
  return { apiVersion, kind, metadata: { name: metadata.name, namespace: metadata.namespace }, status };
}

interface Rendered {
  readonly name: string;
  readonly objects: readonly object[];
}

/** Prints a List with one object per line. */
function jsonList(rendered: readonly Rendered[]): string {
  const items = rendered.flatMap(({ objects }) => objects.map((one) => canonicalJson(one)));
  return `{"apiVersion":"v1","kind":"List","items":[${items.join(',\n')}]}\n`;
}

/** Prints YAML documents; with several Networks, a comment before the objects of each one. */
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
