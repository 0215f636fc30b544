import { isRecord } from '../../gardener/objects.ts';
import { usualAssignments } from '../model/context.ts';
import type { Question } from '../model/evaluate.ts';

/** An example of the menu. */
export interface Example {
  readonly id: string;
  readonly group: string;
  readonly title: string;
  readonly text: string;
}

/** The settings of the host of the page: config.js, a script with `netextPlayground = {…}`, since the page may request nothing. */
export interface HostConfig {
  /** An image vector, as for `--images`. */
  readonly images?: unknown;
  /** As for `--feature-gates`; the gates in effect for a question without any. */
  readonly featureGates?: string;
  /** The base address of the pages in messages. */
  readonly pages?: string;
  /** The text with which the page starts. */
  readonly start?: string;
}

declare global {
  var netextPlayground: unknown;
  var netextExamples: readonly Example[] | undefined;
}

/** Reads the settings leniently: members of another type count as absent. */
export function readHostConfig(value: unknown): HostConfig {
  if (!isRecord(value)) return {};
  const { images, featureGates, pages, start } = value;
  return {
    ...(images === undefined ? {} : { images }),
    ...(typeof featureGates === 'string' ? { featureGates } : {}),
    ...(typeof pages === 'string' ? { pages } : {}),
    ...(typeof start === 'string' ? { start } : {}),
  };
}

/** Returns the question for the text of an example, with a usual Shoot around a configuration alone. */
export function exampleQuestion(text: string): Question {
  const set = usualAssignments(text);
  return set.length === 0 ? { text } : { text, values: { set } };
}
