import { globSync } from 'node:fs';
import path from 'node:path';

export type SuiteName = 'core' | 'slow' | 'io' | 'integration';

/** A set of test files with the same requirements on the machine, selected by the endings of their names. */
export interface Suite {
  readonly name: SuiteName;
  /** Description for people. */
  readonly about: string;
  /** Arguments of node for each process. */
  readonly flags: readonly string[];
  /** True if a process runs several files, which share their imports. */
  readonly shared: boolean;
  /** Number of concurrent processes for a number of processors. */
  readonly processes: (processors: number) => number;
}

export const root: string = path.join(import.meta.dirname, '../..');

const guard = path.join(import.meta.dirname, 'core-guard.ts');
/** Readable files for core tests: the repository, and optional recordings of the Go extensions (test/parity). */
const readable = [`${root}/*`, path.join(root, '../shared/*')];

export const suites: Readonly<Record<SuiteName, Suite>> = {
  core: {
    name: 'core',
    about: 'pure functions: no processes, no network, no file writes',
    flags: [
      '--permission',
      ...readable.map((place) => `--allow-fs-read=${place}`),
      // Only `make golden` allows writes.
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

/** Returns the absolute paths of the test files of a suite, sorted. */
export function suiteFiles(suite: SuiteName): readonly string[] {
  return testFiles().filter((file) => findSuite(file) === suite);
}

/** Returns the suite of a test file by its name: io for `x.io.test.ts`, core for `x.test.ts`; undefined for those in test/e2e. */
export function findSuite(file: string): SuiteName | undefined {
  const mark = /\.(?<mark>io|slow|integration|e2e)\.test\.ts$/.exec(file)?.groups?.['mark'] ?? 'core';
  return mark === 'e2e' ? undefined : (mark as SuiteName);
}

function testFiles(): readonly string[] {
  const pattern = '{pkg,controllers,charts,hack,test}/**/*.test.ts';
  return globSync(pattern, { cwd: root })
    .map((file) => path.join(root, file))
    .sort();
}
