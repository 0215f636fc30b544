import { describeObject } from '../gardener/objects.ts';
import type { Diagnostic } from '../network/diagnostics.ts';
import { errorsOf, warningsOf } from '../network/diagnostics.ts';
import { policyName } from '../networkpolicy/cluster.ts';
import { policyEffects } from '../networkpolicy/effects.ts';
import { findInvalidPolicies, findPolicyProblems } from '../networkpolicy/findings.ts';
import type { LocatedFinding } from '../yaml/documents.ts';
import { InputError, type InputProblem } from '../yaml/input.ts';
import type { PolicyAction, PolicyOptions } from './options.ts';
import { isPolicy } from './policy-cluster.ts';
import { explainFlow, type JudgedFlow, judgeFlows } from './policy-flow.ts';
import { type PolicyInput, readPolicyInput, withStoredStdin } from './policy-input.ts';
import {
  clusterMatrix,
  compareMatrices,
  type MatrixChange,
  matrixFlows,
  matrixMarkdown,
  matrixText,
} from './policy-matrix.ts';
import { painter, reportProblems } from './problems.ts';
import { count, findingText } from './report.ts';
import { exitCodes, oneLine, printable, type Terminal } from './terminal.ts';

export interface PolicyCommand {
  readonly action: PolicyAction;
  readonly options: PolicyOptions;
  /** The two files or folders of `diff`. */
  readonly compared: readonly string[];
}

/**
 * `netext policy`: judges the NetworkPolicies of the input. Returns the exit code: `findings` if a policy is invalid, the flow is denied, or a
 * change closes flows.
 */
export async function policy({ action, options, compared }: PolicyCommand, screens: Terminal): Promise<number> {
  const terminal = withStoredStdin(screens);
  switch (action) {
    case 'check':
      return check(options, terminal);
    case 'matrix':
      return matrix(options, terminal);
    case 'diff':
      return diff(options, compared, terminal);
  }
}

async function check(options: PolicyOptions, terminal: Terminal): Promise<number> {
  const { from, to } = options;
  if (from === undefined && to === undefined) return checkAll(options, terminal);
  if (from === undefined || to === undefined) throw new InputError([{ message: 'a flow needs both --from and --to' }]);
  const input = await readChecked(options, terminal);
  const flows = judgeFlows(input.cluster, { from, to });
  if (options.output === 'json') writeJson(terminal, { flows: flows.map(flowJson) });
  else for (const flow of flows) writeFlow(flow, input, terminal);
  return reportValidity(input, terminal) && flows.every(({ verdict }) => verdict.allowed)
    ? exitCodes.success
    : exitCodes.findings;
}

/** Reports policies that the API server would reject, on which a verdict must not rest. Returns whether there are none. */
function reportValidity(input: PolicyInput, { err }: Terminal): boolean {
  const found = findInvalidPolicies(input.cluster);
  reportProblems(
    found.map((one) => {
      const { file, line, column } = locate(one, input);
      return { file, line, column, message: `${one.object}: ${one.path}: ${one.message} [${one.code}]` };
    }),
    err,
  );
  return found.length === 0;
}

/** Reads the input; with a document that cannot be read, verdicts would be wrong. */
async function readChecked(options: PolicyOptions, terminal: Terminal): Promise<PolicyInput> {
  const input = await readPolicyInput(required(options), terminal);
  if (input.problems.length > 0) throw new InputError(input.problems);
  return input;
}

function required(options: PolicyOptions): PolicyOptions {
  if (options.file.length > 0) return options;
  throw new InputError([{ message: 'no input; specify a file, a folder, or - for standard input' }]);
}

function writeFlow(flow: JudgedFlow, { cluster }: PolicyInput, { out }: Terminal): void {
  const paint = painter(out);
  const { allowed } = flow.verdict;
  const mark = allowed ? paint('green', '✓') : paint('red', '✗');
  const target = flow.to.includes('/') || !flow.to.includes(':') ? flow.to : `[${flow.to}]`;
  const title = `${flow.from} → ${target}:${flow.port}/${flow.protocol}`;
  out.write(`${mark} ${paint('bold', oneLine(title))} is ${allowed ? 'allowed' : 'denied'}\n`);
  for (const line of explainFlow(flow, cluster.environment?.cni)) out.write(`${oneLine(line)}\n`);
}

function flowJson({ verdict, ...flow }: JudgedFlow): object {
  const end = ({
    allowed,
    reason,
    isolatedBy,
    allowedBy,
    dependsOnAddress,
  }: JudgedFlow['verdict']['egress']): object => ({
    allowed,
    reason,
    isolatedBy: isolatedBy.map(policyName),
    allowedBy: allowedBy.map(({ policy, ...match }) => ({ policy: policyName(policy), ...match })),
    ...(dependsOnAddress ? { dependsOnAddress } : {}),
  });
  return { ...flow, allowed: verdict.allowed, egress: end(verdict.egress), ingress: end(verdict.ingress) };
}

async function checkAll(options: PolicyOptions, terminal: Terminal): Promise<number> {
  const input = await readPolicyInput(required(options), terminal);
  const { cluster, problems } = input;
  if (cluster.policies.length === 0 && problems.length === 0)
    throw new InputError([{ message: 'the input has no NetworkPolicy' }]);
  const findings = findPolicyProblems(cluster).map((one) => locate(one, input));
  const isValid = errorsOf(findings).length === 0 && problems.length === 0;
  if (options.output === 'json') writeJson(terminal, checkJson(input, { findings, isValid }));
  else writeFindings(input, { findings, isValid, quiet: options.quiet === true }, terminal);
  return isValid ? exitCodes.success : exitCodes.findings;
}

/** Finds the position of a finding in the document of its object. */
function locate(finding: Diagnostic, { documents, cluster }: PolicyInput): LocatedFinding {
  const document =
    documents.find(
      ({ object }) =>
        isPolicy(object) &&
        cluster.policies.some((one) => one.object === object && policyName(one.policy) === finding.object),
    ) ?? documents.find(({ object }) => describeObject(object) === finding.object);
  const position = document?.position(finding.path) ?? { line: 1, column: 1 };
  return { ...finding, file: document?.file ?? '', ...position };
}

interface Checked {
  readonly findings: readonly LocatedFinding[];
  readonly isValid: boolean;
}

function checkJson({ cluster, problems, shoot }: PolicyInput, { findings, isValid }: Checked): object {
  const { environment, policies, pods } = cluster;
  return {
    valid: isValid,
    findings,
    ...(problems.length === 0 ? {} : { problems: problems.map(({ source: _source, ...one }: InputProblem) => one) }),
    checked: { NetworkPolicy: policies.length, Pod: pods.length },
    ...(shoot === undefined ? {} : { shoot }),
    ...(environment === undefined ? {} : { cni: environment.cni, effects: policyEffects(environment) }),
  };
}

function writeFindings(input: PolicyInput, checked: Checked & { readonly quiet: boolean }, { out }: Terminal): void {
  const { cluster, documents, problems, shoot } = input;
  const { findings, isValid, quiet } = checked;
  const paint = painter(out);
  const shown = quiet ? errorsOf(findings) : findings;
  const words = [
    ...(errorsOf(findings).length === 0 ? [] : [count(errorsOf(findings).length, 'error')]),
    ...(warningsOf(findings).length === 0 ? [] : [count(warningsOf(findings).length, 'warning')]),
  ];
  const by = shoot === undefined ? '' : ` by ${cluster.environment?.cni ?? 'the text of the API'} of ${shoot}`;
  const subject = `${count(cluster.policies.length, 'NetworkPolicy', 'NetworkPolicies')} and ${count(cluster.pods.length, 'pod')}`;
  const mark = isValid ? paint('green', '✓') : paint('red', '✗');
  if (!quiet || !isValid)
    out.write(`${mark} ${oneLine(`${subject} checked${by}`)}${words.length === 0 ? '' : `: ${words.join(', ')}`}\n`);
  const sourceLine = (file: string, line: number) => documents.find((one) => one.file === file)?.line(line);
  for (const finding of shown as readonly LocatedFinding[])
    out.write(findingText({ finding, subject: { name: '', sourceLine }, paint, screen: out }));
  reportProblems(problems, out);
}

async function matrix(options: PolicyOptions, terminal: Terminal): Promise<number> {
  const input = await readChecked(options, terminal);
  if (input.cluster.pods.length === 0) throw new InputError([{ message: 'the input has no pod and no workload' }]);
  const found = clusterMatrix(input.cluster);
  if (options.output === 'json') writeJson(terminal, { flows: [...matrixFlows(found)] });
  else terminal.out.write(printable(options.output === 'markdown' ? matrixMarkdown(found) : matrixText(found)));
  return reportValidity(input, terminal) ? exitCodes.success : exitCodes.findings;
}

async function diff(options: PolicyOptions, compared: readonly string[], terminal: Terminal): Promise<number> {
  const [old, current, ...others] = compared;
  if (old === undefined || current === undefined || others.length > 0)
    throw new InputError([
      { message: 'diff compares two files or folders of policies; add workloads and the Shoot with -f' },
    ]);
  const read = (name: string) => readChecked({ ...options, file: [...options.file, name] }, terminal);
  const [before, after] = [await read(old), await read(current)];
  const change = compareMatrices(clusterMatrix(before.cluster), clusterMatrix(after.cluster));
  if (options.output === 'json') writeJson(terminal, change);
  else writeChange(change, options, terminal);
  return reportValidity(after, terminal) && change.closed.length === 0 ? exitCodes.success : exitCodes.findings;
}

function writeChange({ opened, closed }: MatrixChange, { output, quiet }: PolicyOptions, { out }: Terminal): void {
  const paint = painter(out);
  if (output === 'markdown') {
    const rows = [...closed, ...opened].map(
      ({ from, to, port, allowed }) => `| ${allowed ? 'opens' : 'closes'} | ${from} | ${to} | ${port} |\n`,
    );
    out.write(printable(`| change | from | to | port |\n| --- | --- | --- | --- |\n${rows.join('')}`));
    return;
  }
  for (const { from, to, port } of closed)
    out.write(`${paint('red', '-')} ${oneLine(`${from} → ${to} ${port}`)} closes\n`);
  for (const { from, to, port } of opened)
    out.write(`${paint('green', '+')} ${oneLine(`${from} → ${to} ${port}`)} opens\n`);
  if (quiet !== true) out.write(`${count(closed.length, 'flow')} closed, ${count(opened.length, 'flow')} opened\n`);
}

function writeJson({ out }: Terminal, value: object): void {
  out.write(`${printable(JSON.stringify(value, undefined, 2))}\n`);
}
