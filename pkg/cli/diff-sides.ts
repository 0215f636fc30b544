import { apiVersions } from '../gardener/constants.ts';
import { describeObject, type KubeObject, recordOf } from '../gardener/objects.ts';
import { plugins } from '../plugins/index.ts';
import type { InputProblem } from '../yaml/input.ts';
import { InputError } from '../yaml/input.ts';
import { displayName } from './files.ts';
import type { Input } from './input.ts';
import type { UsedDocument } from './kinds.ts';
import type { DiffOptions } from './options.ts';
import { createShootValues } from './set-values.ts';
import { findSubjects, type Subject } from './subjects.ts';

/** A Shoot, Network or NetworkConfig before and after a change. */
export interface SubjectPair {
  readonly old: Subject;
  readonly new: Subject;
}

export interface Sides {
  readonly pairs: readonly SubjectPair[];
  /** Documents that cannot be read, and subjects without a counterpart. */
  readonly problems: readonly InputProblem[];
}

/**
 * Finds the subjects of the input before and after a change: those of `--old` and the others, or those of two files. Returns undefined if the
 * input is not of this form, so that the state is that in its ManagedResources. Throws InputError if no subject has a counterpart: a file that is
 * empty or missing must not turn the change into a new shoot.
 */
export function findSides(options: DiffOptions, input: Input): Sides | undefined {
  const split = splitDocuments(options, input);
  if (split === undefined) return undefined;
  const before = findSubjects(withContext(split.old, split.new), plugins);
  const after = findSubjects(withContext(split.new, split.old), plugins);
  const { pairs, problems } = matchSubjects({ old: before.subjects, new: after.subjects, documents: split });
  const all = [...input.unreadable, ...before.problems, ...after.problems, ...problems];
  if (pairs.length === 0) throw new InputError(all.length === 0 ? [{ message: noCounterpart }] : all);
  return { pairs, problems: all };
}

const noCounterpart = 'the files before and after the change have no Shoot, Network or NetworkConfig in common';

interface Split {
  readonly old: readonly UsedDocument[];
  readonly new: readonly UsedDocument[];
}

/** The values of `--set` are the change, so that only the objects after it get them. */
function splitDocuments(options: DiffOptions, input: Input): Split | undefined {
  const { file, old, pair } = options;
  const apply = createShootValues({ set: options.set ?? [] });
  const withSet = (documents: readonly UsedDocument[]): readonly UsedDocument[] => documents.map(apply);
  if (old !== undefined)
    return { old: input.old.map(createShootValues({ ...options, set: [] })), new: withSet(input.documents) };
  const [first, second] = file;
  if (pair !== true || first === undefined || second === undefined) return undefined;
  const split = splitAt(input.documents, displayName(first), first === second);
  const isState = input.documents.some(({ object }) => object.kind === 'ManagedResource');
  const kinds = [split.old, split.new].map((documents) => new Set(documents.map(subjectKind).filter(Boolean)));
  const isSameKind = [...(kinds[0] ?? [])].some((kind) => kinds[1]?.has(kind));
  if (isState) return undefined;
  if (isSameKind) return { ...split, new: withSet(split.new) };
  if ([split.old, split.new].some((documents) => documents.length === 0))
    throw new InputError(input.unreadable.length === 0 ? [{ message: noCounterpart }] : input.unreadable);
  return undefined;
}

/** Splits documents of two files or folders; a file that is given twice is read once, and is changed by `--set` alone. */
function splitAt(documents: readonly UsedDocument[], first: string, isSame: boolean): Split {
  if (isSame) return { old: documents, new: documents };
  const folder = `${first.replace(/\/$/, '')}/`;
  const isFirst = ({ file }: UsedDocument): boolean => file === first || file.startsWith(folder);
  return { old: documents.filter(isFirst), new: documents.filter((one) => !isFirst(one)) };
}

/** Returns `Shoot` or `Network`, as which a NetworkConfig counts as well. */
function subjectKind({ object: { apiVersion, kind } }: UsedDocument): string | undefined {
  if (kind === 'Shoot' && apiVersion === apiVersions.core) return kind;
  return kind === 'Network' && apiVersion === apiVersions.extensions ? kind : undefined;
}

/** Adds the objects of the other side that a Network needs and this side lacks. */
function withContext(documents: readonly UsedDocument[], others: readonly UsedDocument[]): readonly UsedDocument[] {
  const names = new Set(documents.map(({ object }) => describeObject(object)));
  const missing = others.filter(
    ({ object }) => ['Cluster', 'DNSRecord'].includes(object.kind) && !names.has(describeObject(object)),
  );
  return missing.length === 0 ? documents : [...documents, ...missing];
}

interface Subjects {
  readonly old: readonly Subject[];
  readonly new: readonly Subject[];
  readonly documents: Split;
}

function matchSubjects(subjects: Subjects): Pick<Sides, 'pairs' | 'problems'> {
  const [onlyOld, onlyNew] = [subjects.old, subjects.new].map((list) => (list.length === 1 ? list[0] : undefined));
  if (onlyOld !== undefined && onlyNew !== undefined) {
    const single = matchSingle(onlyOld, onlyNew);
    if (single !== undefined) return { pairs: [single], problems: [] };
    const message = `${onlyOld.name} before the change and ${onlyNew.name} after it are different shoots`;
    return { pairs: [], problems: [{ ...placeOf(onlyNew), message }] };
  }
  const byName = new Map(subjects.old.map((one) => [one.name, one]));
  const names = new Set(subjects.new.map(({ name }) => name));
  const pairs = subjects.new.flatMap((one) => {
    const old = byName.get(one.name);
    return old === undefined ? [] : [{ old, new: one }];
  });
  const unmatched = (
    list: readonly Subject[],
    found: (name: string) => boolean,
    side: string,
  ): readonly InputProblem[] =>
    list
      .filter(({ name }) => !found(name))
      .map((one) => ({ ...placeOf(one), message: `${one.name} is missing among the objects ${side} the change` }));
  return {
    pairs,
    problems: [
      ...unmatched(subjects.new, (name) => byName.has(name), 'before'),
      ...unmatched(subjects.old, (name) => names.has(name), 'after'),
    ],
  };
}

/** Matches single objects: also a NetworkConfig, which replaces that of a Shoot, and a Shoot whose namespace is only assumed. */
function matchSingle(old: Subject, changed: Subject): SubjectPair | undefined {
  if (old.name === changed.name) return { old, new: changed };
  const [before, after] = [old.shoot, changed.shoot];
  if (before === undefined || after === undefined) return undefined;
  if (isConfig(changed))
    return { old, new: isConfig(old) ? changed : withConfig(changed, { shoot: before, config: after }) };
  const isAssumed = [old, changed].some(({ assumed }) => assumed.some(({ path }) => path === 'metadata.namespace'));
  return isAssumed && before.metadata.name === after.metadata.name ? { old, new: changed } : undefined;
}

/** A NetworkConfig alone is a Shoot with an assumed type. */
function isConfig({ assumed }: Subject): boolean {
  return assumed.some(({ path }) => path === 'spec.networking.type');
}

function withConfig(
  subject: Subject,
  { shoot, config }: { readonly shoot: KubeObject; readonly config: KubeObject },
): Subject {
  const spec = recordOf(shoot['spec']);
  const { type, providerConfig } = recordOf(recordOf(config['spec'])['networking']);
  const networking = { ...recordOf(spec['networking']), type, providerConfig };
  return { ...subject, shoot: { ...shoot, spec: { ...spec, networking } } };
}

function placeOf(subject: Subject): Pick<InputProblem, 'file' | 'line' | 'column'> {
  const { file, line, column } = subject.locate({
    code: '',
    severity: 'error',
    object: subject.name,
    path: 'metadata.name',
    message: '',
    remedy: '',
  });
  return { file, line, column };
}
