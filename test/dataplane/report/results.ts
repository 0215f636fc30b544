import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ClassResult, ConfigsResult } from '../session.ts';

/** Results of the last run, so that an interrupted one can be continued. */
export interface Results {
  readonly configs?: ConfigsResult;
  readonly classes: readonly ClassResult[];
}

const file = path.join(import.meta.dirname, '../../../.cache/dataplane/results.json');

/** Returns what passed or was skipped in the last run; nothing if there was none. */
export function readResults(): Results {
  try {
    const { configs, classes } = JSON.parse(readFileSync(file, 'utf8')) as Results;
    return {
      ...(configs?.passed === true && { configs }),
      classes: classes.filter(({ state }) => state !== 'failed'),
    };
  } catch {
    return { classes: [] };
  }
}

export function writeResults(results: Results): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(results, undefined, 2));
}
