/** Reads deviations.yaml: where this project differs from the Go extensions on purpose, and why. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { load } from 'js-yaml';
import type { Cni } from './cases.ts';
import type { Difference } from './differences.ts';

/** One entry. Texts except `reason`, `got` and `admission` are patterns, in which `*` stands for any characters. */
export interface Deviation {
  readonly cni: Cni;
  /** `<cni> <verdict>: <its text>`. */
  readonly reason: string;
  /** Name of the object, as `DaemonSet kube-system/calico-node`. */
  readonly object?: string;
  /** Path of the leaf; `missing` or `extra` for the whole object. */
  readonly path?: string;
  /** The only value that is accepted. */
  readonly got?: unknown;
  /** The cases that it holds for; all by default. */
  readonly case?: string;
  /** The recorded message of a refusal that this project does not share. */
  readonly accepts?: string;
  /** Name of a recorded admission request, whose response differs. */
  readonly admission?: string;
  /**
   * For tools that compare lists by position and images as shipped. This suite compares rules as sets, and renders with the images of the Go
   * extension, so it ignores the entry.
   */
  readonly leafwise?: true;
}

const file = path.join(import.meta.dirname, 'deviations.yaml');

/** Returns all entries for this suite. Throws for an entry without a reason, and for one that would allow nearly everything. */
export function readDeviations(): readonly Deviation[] {
  const deviations = load(readFileSync(file, 'utf8')) as readonly Deviation[];
  for (const one of deviations) {
    const isBroad =
      one.accepts === undefined && [one.object, one.path].some((text) => text === undefined || text === '*');
    const isVague = (one.reason ?? '').length < 20;
    // An accepted refusal is found by its case, since messages are not stored.
    const isAnywhere = one.accepts !== undefined && (one.admission ?? one.case) === undefined;
    if (isBroad || isVague || isAnywhere)
      throw new Error(
        `an entry needs a reason, and an object with a path, or a case with accepts: ${JSON.stringify(one)}`,
      );
  }
  return deviations.filter(({ leafwise }) => leafwise !== true);
}

/** Where a difference or a refusal was found. */
export interface Place {
  readonly cni: Cni;
  readonly case: string;
}

export interface DeviationList {
  /** The first entry that allows the difference. */
  forDifference(place: Place, difference: Difference): Deviation | undefined;
  /** The first entry that allows a case which the Go extension refused. */
  forRefusal(place: Place): Deviation | undefined;
  /** Entries that the other methods have not returned so far. */
  unused(): readonly Deviation[];
}

/** The entries of a CNI about rendered objects. Entries about the admission belong to test/unit/admission-recordings.test.ts. */
export function deviationList(cni: Cni): DeviationList {
  const entries = readDeviations().filter((one) => one.cni === cni && one.admission === undefined);
  const used = new Set<Deviation>();
  const first = (allows: (one: Deviation) => boolean): Deviation | undefined => {
    const found = entries.find(allows);
    if (found !== undefined) used.add(found);
    return found;
  };
  return {
    forDifference: (place, difference) => first((one) => isIn(one, place) && allows(one, difference)),
    forRefusal: (place) => first((one) => one.accepts !== undefined && isIn(one, place)),
    unused: () => entries.filter((one) => !used.has(one)),
  };
}

function isIn(deviation: Deviation, place: Place): boolean {
  return deviation.case === undefined || matches(deviation.case, place.case);
}

function allows({ object, path: leaf, got }: Deviation, difference: Difference): boolean {
  if (object === undefined || leaf === undefined) return false;
  if (!matches(object, difference.object) || !matches(leaf, difference.path)) return false;
  return got === undefined || JSON.stringify(got) === difference.actual;
}

/** Whether a text matches a pattern, in which `*` stands for any characters. */
export function matches(pattern: string, text: string): boolean {
  const expression = pattern.replaceAll(/[.+^${}()|[\]\\?]/g, String.raw`\$&`).replaceAll('*', '.*');
  return new RegExp(`^${expression}$`).test(text);
}
