import { retainStored } from '../changes/stored.ts';
import { apiVersions } from '../gardener/constants.ts';
import { describeObject, type KubeObject } from '../gardener/objects.ts';
import { deriveNetwork } from '../gardener/shoot-network.ts';
import { admitShoot } from '../network/admission.ts';
import { plugins } from '../plugins/index.ts';
import { InputError, type InputProblem } from '../yaml/input.ts';
import type { Assessment } from './completeness.ts';
import { acceptedShoot } from './completeness.ts';
import { applyMutatingWebhook } from './completion.ts';
import type { AssessedSubject } from './findings.ts';
import { gardenerFindings, withFindings } from './gardener-rules.ts';
import type { Input } from './input.ts';
import { rejectDuplicates, type Subject } from './subjects.ts';

/**
 * Returns the function that admits a Shoot of the input as the webhooks of `netext admission` would: a new one after the mutating webhook,
 * one in `--old` as an update; in addition with the warnings that the webhook omits for unchanged configurations. It returns undefined for
 * subjects that are not Shoots. Throws InputError for a Shoot in `--old` that the input lacks, since its name must be misspelt.
 */
export function createAdmission({
  subjects,
  old,
}: Pick<Input, 'subjects' | 'old'>): (subject: Subject) => AssessedSubject | undefined {
  const names = new Set(subjects.flatMap(({ shoot }) => (shoot === undefined ? [] : [shootKey(shoot)])));
  const problems = old
    .filter(({ object }) => !names.has(shootKey(object)))
    .map((document): InputProblem => {
      const message = `${describeObject(document.object)} does not match any Shoot in the input (-f): --old expects the stored Shoots of the same names`;
      return { file: document.file, ...document.position('metadata'), message };
    });
  if (problems.length > 0) throw new InputError(problems);
  rejectDuplicates(old);
  const stored = new Map(old.map(({ object }) => [shootKey(object), object]));
  return (subject) => {
    if (subject.shoot === undefined) return undefined;
    const before = stored.get(shootKey(subject.shoot));
    const wanted = before === undefined ? subject.shoot : retainStored(subject.shoot, before);
    const { shoot, fields } = applyMutatingWebhook({ plugins, shoot: wanted, exists: before !== undefined });
    const { allowed, diagnostics } = admitShoot({ plugins, shoot, old: before, alwaysWarn: true });
    const admitted: Assessment = allowed
      ? acceptedShoot(plugins, { shoot, diagnostics })
      : { outcome: 'refused', diagnostics };
    const findings = gardenerFindings({ sources: subject.sources, old: before, plugins });
    return {
      subject: { ...subject, ...(before && { cluster: deriveNetwork(shoot).cluster }), completed: fields },
      result: withFindings(admitted, { subject: subject.name, findings }),
    };
  };
}

/** Returns namespace and name of a Shoot; empty for other objects. */
function shootKey({ apiVersion, kind, metadata }: KubeObject): string {
  return apiVersion === apiVersions.core && kind === 'Shoot' ? `${metadata.namespace ?? ''}/${metadata.name}` : '';
}
