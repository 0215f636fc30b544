import { type ChangeEffects, refusedEffects } from '../changes/effects.ts';
import { type ChangeResult, describeNetworkChange } from '../changes/networks.ts';
import { describeShootChange } from '../changes/shoots.ts';
import { apiServerTargets } from '../gardener/dns-record.ts';
import { apiServerAddresses } from '../network/api-server-addresses.ts';
import { errorsOf } from '../network/diagnostics.ts';
import { pluginFor, unsupportedType } from '../network/plan.ts';
import { plugins } from '../plugins/index.ts';
import type { LocatedFinding } from '../yaml/documents.ts';
import { reportEffects } from './diff-effects.ts';
import { type ReportedChange, toAnnotations, toMarkdown } from './diff-formats.ts';
import { reportObjects, shownChanges } from './diff-report.ts';
import type { Sides, SubjectPair } from './diff-sides.ts';
import { gardenerFindings } from './gardener-rules.ts';
import type { Input } from './input.ts';
import type { DiffOptions } from './options.ts';
import { painter, reportProblems } from './problems.ts';
import { findingText } from './report.ts';
import { exitCodes, printable, type Screen, type Terminal } from './terminal.ts';
import { unreadableFindings } from './unreadable.ts';

/** A subject before and after a change, and the result. */
interface Change {
  readonly pair: SubjectPair;
  readonly result: ChangeResult;
  /** The errors that refuse the change, or for which one side has no plan. */
  readonly findings: readonly LocatedFinding[];
}

/** Describes the changes between two sides of the input, and returns the exit code. */
export function diffSides(
  { pairs, problems }: Sides,
  { input, options, terminal }: { readonly input: Input; readonly options: DiffOptions; readonly terminal: Terminal },
): number {
  const changes = pairs.map((pair): Change => {
    const result = describeChange(pair, input);
    const errors = result.outcome === 'unknown' ? errorsOf(result.diagnostics) : result.effects.findings;
    const side = result.outcome === 'unknown' ? pair[result.side] : pair.new;
    return { pair, result, findings: errors.map((one) => side.locate(one)) };
  });
  const { out } = terminal;
  if (options.output === 'json') {
    const findings = unreadableFindings(problems);
    const report = { networks: changes.map(toJson), ...(findings.length === 0 ? {} : { findings }) };
    out.write(`${printable(JSON.stringify(report, undefined, 2))}\n`);
  } else {
    for (const change of changes)
      if (options.quiet !== true || !isHarmless(change)) print(change, { options, screen: out });
    reportProblems(problems, out);
  }
  return exitCode(changes, { failed: problems.length > 0, exact: options.exitCode === true });
}

/** Describes the change of a Shoot, or of a Network with its Cluster. */
function describeChange(
  { old, new: changed }: SubjectPair,
  { tools, featureGates }: Pick<Input, 'tools' | 'featureGates'>,
): ChangeResult {
  if (old.shoot !== undefined && changed.shoot !== undefined)
    return describeShootChange({ plugins, tools, old: old.shoot, new: changed.shoot, featureGates });
  const plugin = pluginFor(plugins, old.network.spec.type);
  if (plugin === undefined) {
    const diagnostics = [unsupportedType(old.network, plugins)];
    return { outcome: 'unknown', side: 'old', reason: 'refused', diagnostics };
  }
  const [before, after] = [old, changed].map(({ network, cluster }) => ({ network, cluster, featureGates }));
  const targets = apiServerTargets(changed.seedObjects);
  const found = targets.hosts.length > 0 ? undefined : apiServerAddresses(targets, []);
  const result = describeNetworkChange({
    plugin,
    tools,
    old: before as NonNullable<typeof before>,
    new: after as NonNullable<typeof after>,
    apiServerAddresses: found?.available === true ? found : undefined,
  });
  const errors = errorsOf(gardenerFindings({ sources: changed.sources, plugins }));
  const known = new Set(errorsOf(gardenerFindings({ sources: old.sources, plugins })).map(({ path }) => path));
  return withErrors(
    result,
    errors.filter(({ path }) => !known.has(path)),
  );
}

function withErrors(result: ChangeResult, findings: ChangeEffects['findings']): ChangeResult {
  if (findings.length === 0 || result.outcome === 'unknown') return result;
  return { ...result, effects: { ...result.effects, impact: 'refused', findings }, changes: [], dataPath: [] };
}

function print(change: Change, { options, screen }: { readonly options: DiffOptions; readonly screen: Screen }): void {
  const { pair, result, findings } = change;
  const { name } = pair.new;
  const effects = shownEffects(result);
  if (options.output === 'markdown') screen.write(toMarkdown(reported(change, effects)));
  else if (options.output === 'github') screen.write(toAnnotations(reported(change, effects)));
  else {
    const subject = result.outcome === 'unknown' ? pair[result.side] : pair.new;
    reportEffects({ name, effects, screen });
    for (const finding of findings) screen.write(findingText({ finding, subject, paint: painter(screen), screen }));
    if (options.objects === true && result.outcome === 'described')
      reportObjects({ found: { ...result, isNew: false }, screen });
  }
}

/** A configuration without a plan is shown like a refused change. */
function shownEffects(result: ChangeResult): ChangeEffects {
  if (result.outcome === 'described') return result.effects;
  const refused = refusedEffects(errorsOf(result.diagnostics), {});
  return { ...refused, summary: { ...refused.summary, text: describeUnknown(result) } };
}

function describeUnknown({ side, reason }: Extract<ChangeResult, { readonly outcome: 'unknown' }>): string {
  const which = side === 'old' ? 'configuration before the change' : 'configuration after the change';
  return reason === 'refused'
    ? `the ${which} is rejected, so that it cannot be the running one`
    : `the ${which} is valid, but the controller waits with it`;
}

function reported({ pair, findings }: Change, effects: ChangeEffects): ReportedChange {
  const { name } = pair.new;
  const path = pair.new.shoot === undefined ? 'spec.providerConfig' : 'spec.networking.providerConfig';
  const place = pair.new.locate({ code: '', severity: 'warning', object: name, path, message: '', remedy: '' });
  return { name, effects, findings, place };
}

/** The exit codes: those of kubectl diff on request, else whether the change needs a review. */
function exitCode(
  changes: readonly Change[],
  { failed, exact }: { readonly failed: boolean; readonly exact: boolean },
): number {
  if (!exact) return !failed && changes.every(isHarmless) ? exitCodes.success : exitCodes.findings;
  if (failed || changes.some(({ result }) => impactOf(result) === undefined || impactOf(result) === 'refused'))
    return exitCodes.usage;
  return changes.every(({ result }) => impactOf(result) === 'none') ? exitCodes.success : exitCodes.findings;
}

function isHarmless({ result }: Change): boolean {
  return ['none', 'no-restart', 'restart'].includes(impactOf(result) ?? '');
}

function impactOf(result: ChangeResult): ChangeEffects['impact'] | undefined {
  return result.outcome === 'described' ? result.effects.impact : undefined;
}

function toJson({ pair, result, findings }: Change): object {
  const object = pair.new.name;
  if (result.outcome === 'unknown')
    return { object, outcome: 'unknown', side: result.side, reason: result.reason, findings };
  const { effects, changes, dataPath } = result;
  return {
    object,
    outcome: effects.impact === 'refused' ? 'refused' : 'planned',
    ...effects,
    findings,
    objects: shownChanges(changes),
    values: dataPath,
  };
}
