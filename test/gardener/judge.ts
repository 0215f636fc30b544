/** Verdicts about Shoots: those of the program with Gardener's functions, and those of this project, in a common form. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { gardenerFindings, withFindings } from '../../pkg/cli/gardener-rules.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { admitShoot } from '../../pkg/network/admission.ts';
import { errorsOf } from '../../pkg/network/diagnostics.ts';
import { plugins } from '../../pkg/plugins/index.ts';

/** A Shoot, and the stored one for an update. */
export interface ShootCase {
  readonly shoot: KubeObject;
  readonly old?: KubeObject;
}

/** One line per error about the network, `path type`, sorted and without duplicates; types are those of Kubernetes' field errors. */
export type Verdict = readonly string[];

/** Returns the verdicts of Gardener, in the order of the cases. */
export async function gardenerVerdicts(program: string, cases: readonly ShootCase[]): Promise<readonly Verdict[]> {
  const child = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
  const output = text(child.stdout);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  child.stdin.end(cases.map((one) => `${JSON.stringify(one)}\n`).join(''));
  const code = await ended;
  if (code !== 0) throw new Error(`${program} exited with code ${code}`);
  const lines = (await output).trimEnd().split('\n');
  return lines.map((line) => readVerdict(JSON.parse(line) as ProgramVerdict));
}

/** Returns the verdict of the offline commands. */
export function ownVerdict({ shoot, old }: ShootCase): Verdict {
  const findings = gardenerFindings({ sources: { shoot }, old, plugins });
  const admitted = admitShoot({ plugins, shoot, old });
  const subject = `Shoot ${shoot.metadata.namespace}/${shoot.metadata.name}`;
  const outcome = admitted.allowed ? 'planned' : 'refused';
  const result = withFindings({ outcome, diagnostics: admitted.diagnostics }, { subject, findings });
  const ofGardener = errorsOf(result.diagnostics).filter(({ code }) => /^(gardener|network|shoot)-/.test(code));
  if (ofGardener.some(({ code }) => code === 'gardener-wrong-type')) return undecodable;
  return normalize(
    ofGardener.map(({ code, path, message }) =>
      code === 'gardener-unknown-field' ? `${path} Unknown` : `${path} ${types.get(message.split(':')[0] ?? '')}`,
    ),
  );
}

/** For an object that cannot be decoded, of which Go names the first wrong value only. */
const undecodable: Verdict = ['undecodable'];

const types: ReadonlyMap<string, string> = new Map([
  ['Invalid value', 'FieldValueInvalid'],
  ['Unsupported value', 'FieldValueNotSupported'],
  ['Duplicate value', 'FieldValueDuplicate'],
  ['Required value', 'FieldValueRequired'],
  ['Forbidden', 'FieldValueForbidden'],
  ['Too long', 'FieldValueTooLong'],
]);

/** The fields that this project judges. */
const judged =
  /^metadata\.(name|namespace) FieldValue|^spec\.(networking(\.(type|providerConfig|pods|services|nodes|ipFamilies(\[\d+\])?))?|kubernetes\.kubeControllerManager\.nodeCIDRMaskSize(IPv6)?|kubernetes\.kubeProxy(\.mode)?|provider\.workers(\[\d+\]\.(name|minimum|maximum|maxSurge|maxUnavailable|updateStrategy))?) FieldValue/;

interface ProgramVerdict {
  readonly strict?: readonly string[];
  readonly decoding?: string;
  readonly errors?: readonly { readonly type: string; readonly field: string; readonly detail: string }[];
}

function readVerdict({ strict = [], decoding, errors = [] }: ProgramVerdict): Verdict {
  if (decoding !== undefined) return undecodable;
  const unknown = strict.map((one) => `${/^unknown field "(.*)"$/.exec(one)?.[1] ?? one} Unknown`);
  return normalize([
    ...unknown,
    ...errors.map(({ type, field }) => `${field} ${type}`).filter((one) => judged.test(one)),
  ]);
}

/** Sorts the lines, without duplicates and without those that follow from others. */
function normalize(lines: readonly string[]): Verdict {
  const all = new Set(lines);
  return [...all].filter((line) => !followsFrom(line, all)).sort();
}

function followsFrom(line: string, all: ReadonlySet<string>): boolean {
  // Gardener does not examine ranges of faulty families.
  if (/^spec\.networking\.(pods|services|nodes) /.test(line))
    return [...all].some((one) => one.startsWith('spec.networking.ipFamilies['));
  // A negative maximum is less than any minimum.
  if (line.endsWith('.maximum FieldValueForbidden')) return all.has(line.replace('Forbidden', 'Invalid'));
  // An invalid surge counts as none.
  if (line.endsWith('.maxUnavailable FieldValueInvalid')) return all.has(line.replace('maxUnavailable', 'maxSurge'));
  if (!line.includes('nodeCIDRMaskSize')) return false;
  // The masks of a Shoot with workers have defaults, so that Gardener also reports a change of them.
  if (all.has('spec.provider.workers FieldValueForbidden')) return true;
  // A forbidden mask needs no addresses.
  return line.endsWith('Invalid') && all.has(line.replace('Invalid', 'Forbidden'));
}
