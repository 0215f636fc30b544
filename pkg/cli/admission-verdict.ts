import { apiVersions } from '../gardener/constants.ts';
import { describeObject, type KubeObject } from '../gardener/objects.ts';
import { admitShoot } from '../network/admission.ts';
import { plugins } from '../plugins/index.ts';
import { InputError, type InputProblem } from '../yaml/input.ts';
import { completed } from './completion.ts';
import { type Input } from './input.ts';
import type { JudgedSubject } from './report.ts';
import { refuseTwins, type Subject } from './subjects.ts';

/**
 * What the webhooks of `netext admission` would say of the Shoots of the input: of new ones behind the mutating webhook, of those that
 * `--old` has, as changes, with the warnings that only somebody who asks has a use for. The function gives undefined for subjects that are no Shoots. Throws InputError for a Shoot in `--old`
 * that the input has not, since then a name is misspelt.
 */
export function admissionOf({ subjects, old }: Input): (subject: Subject) => JudgedSubject | undefined {
  const names = new Set(subjects.flatMap(({ shoot }) => (shoot === undefined ? [] : [keyOf(shoot)])));
  const problems = old
    .filter(({ object }) => !names.has(keyOf(object)))
    .map((document): InputProblem => {
      const message = `${describeObject(document.object)} is no Shoot of the input (-f): --old takes the stored Shoots of the same names`;
      return { file: document.file, ...document.position('metadata'), message };
    });
  if (problems.length > 0) throw new InputError(problems);
  refuseTwins(old);
  const stored = new Map(old.map(({ object }) => [keyOf(object), object]));
  return (subject) => {
    if (subject.shoot === undefined) return undefined;
    const before = stored.get(keyOf(subject.shoot));
    const { shoot, fields } = completed({ plugins, shoot: subject.shoot, exists: before !== undefined });
    const { allowed, diagnostics } = admitShoot({ plugins, shoot, old: before, asked: true });
    return {
      subject: { ...subject, completed: fields },
      result: { outcome: allowed ? 'planned' : 'refused', diagnostics },
    };
  };
}

function keyOf({ apiVersion, kind, metadata }: KubeObject): string {
  return apiVersion === apiVersions.core && kind === 'Shoot' ? `${metadata.namespace ?? ''}/${metadata.name}` : '';
}
