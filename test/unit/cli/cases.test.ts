/**
 * Runs the command lines of testdata/<command>/<case>/cmd in-process, in the folder of the case, and compares their output with
 * stdout.golden and stderr.golden; a stream without a golden file must be empty. A cmd file contains
 *
 *     $ netext render -f input.yaml --target seed | objects
 *     exit 0
 *
 * `< file` is standard input; `| objects` reduces a large output to the names of its objects, `| images` to its images.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadAll } from 'js-yaml';
import { describeObject, isRecord, type KubeObject } from '../../../pkg/gardener/objects.ts';
import { runInFolder } from '../../support/command-line.ts';
import { assertNoStaleGoldens, golden } from '../../support/golden.ts';

const testdata = fileURLToPath(new URL('testdata', import.meta.url));
const commands = globSync('*/*/cmd', { cwd: testdata }).sort();

test('testdata contains cases', () => assert.ok(commands.length > 0));

for (const command of commands) {
  test(path.dirname(command), async () => {
    const folder = path.join(testdata, path.dirname(command));
    const { argv, stdin, filter, exit } = parseCommand(readFileSync(path.join(testdata, command), 'utf8'));
    const result = await runInFolder({ argv, folder, ...(stdin === undefined ? {} : { stdin }) });
    const stdout = filters[filter](result.stdout);
    for (const [name, text] of [
      ['stdout', stdout],
      ['stderr', result.stderr],
    ] as const) {
      if (text !== '') golden(path.join(folder, `${name}.golden`), text);
    }
    assert.equal(result.code, exit, result.stderr);
  });
}

test('has no stale golden files', () => assertNoStaleGoldens(testdata, '.golden'));

interface CommandCase {
  readonly argv: readonly string[];
  readonly stdin: string | undefined;
  readonly filter: keyof typeof filters;
  readonly exit: number;
}

function parseCommand(text: string): CommandCase {
  const match =
    /^\$ netext(?<args>[^<|\n]*)(?:< (?<stdin>\S+) ?)?(?:\| (?<filter>objects|images))?\nexit (?<exit>[0-3])\n$/.exec(
      text,
    );
  assert.ok(match?.groups !== undefined, `invalid cmd file: ${text}`);
  const { args = '', stdin, filter = 'all', exit } = match.groups;
  return {
    argv: args.split(' ').filter((arg) => arg !== ''),
    stdin,
    filter: filter as keyof typeof filters,
    exit: Number(exit),
  };
}

const filters = { all: (output: string) => output, objects, images };

function objects(output: string): string {
  const documents = loadAll(output).flatMap((one) => (isRecord(one) && one['kind'] === 'List' ? one['items'] : [one]));
  // The hash in the name of a Secret depends on its whole content.
  return documents.map((one) => `${describeObject(one as KubeObject).replace(/-[0-9a-f]{8}$/, '-<hash>')}\n`).join('');
}

function images(output: string): string {
  const found = Array.from(output.matchAll(/\bimage: (\S+)/g), ([, image]) => `${image}\n`);
  return [...new Set(found)].sort().join('');
}
