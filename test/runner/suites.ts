import { globSync } from 'node:fs';
import path from 'node:path';

export type SuiteName = 'core' | 'slow' | 'io' | 'integration';

/** A set of test files that need the same of the machine; the name of a file says which set it belongs to. */
export interface Suite {
  readonly name: SuiteName;
  /** For people. */
  readonly about: string;
  /** Arguments of node for each process. */
  readonly flags: readonly string[];
  /** Whether a process runs several files, which share what they import. */
  readonly shared: boolean;
  /** How many processes run side by side on a machine with so many processors. */
  readonly processes: (processors: number) => number;
}

export const root: string = path.join(import.meta.dirname, '../..');

const guard = path.join(import.meta.dirname, 'core-guard.ts');
/** What core tests may read: the tree, and recordings of the Go extensions where a developer has them (test/parity). */
const readable = [`${root}/*`, path.join(root, '../shared/*')];

export const suites: Readonly<Record<SuiteName, Suite>> = {
  core: {
    name: 'core',
    about: 'plain functions: no process, no network, no disk beyond the tree',
    flags: [
      '--permission',
      ...readable.map((place) => `--allow-fs-read=${place}`),
      // `make golden` alone lets them write.
      ...(process.env['UPDATE_GOLDENS'] === '1' ? [`--allow-fs-write=${root}/*`] : []),
      `--import=${guard}`,
      '--test-timeout=60000',
    ],
    shared: true,
    processes: (processors) => processors,
  },
  slow: {
    name: 'slow',
    about: 'long work in memory',
    flags: ['--test-timeout=300000'],
    shared: false,
    processes: (processors) => processors,
  },
  io: {
    name: 'io',
    about: 'processes, sockets and files of this machine',
    flags: ['--test-timeout=300000'],
    shared: false,
    processes: (processors) => processors,
  },
  integration: {
    name: 'integration',
    about: 'a real kube-apiserver',
    flags: ['--test-timeout=900000'],
    shared: false,
    // Most of their time is spent waiting for leases, timeouts and API servers.
    processes: (processors) => processors + 2,
  },
};

/** The test files of a suite, absolute, in a fixed order. */
export function filesOf(suite: SuiteName): readonly string[] {
  return testFiles().filter((file) => suiteOf(file) === suite);
}

/** The suite of a test file by its name: `x.io.test.ts` is of io, `x.test.ts` of core. Undefined for those in containers (test/e2e). */
export function suiteOf(file: string): SuiteName | undefined {
  const mark = /\.(?<mark>io|slow|integration|e2e)\.test\.ts$/.exec(file)?.groups?.['mark'] ?? 'core';
  return mark === 'e2e' ? undefined : (mark as SuiteName);
}

function testFiles(): readonly string[] {
  const pattern = '{pkg,controllers,charts,hack,test}/**/*.test.ts';
  return globSync(pattern, { cwd: root })
    .map((file) => path.join(root, file))
    .sort();
}
