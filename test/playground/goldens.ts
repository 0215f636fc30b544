/** Inputs of the repository for which the playground must agree with the command line. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readPages } from '../support/usage-docs.ts';
import { createExamples } from '../support/usage-shoots.ts';

export const root: string = path.join(import.meta.dirname, '../..');

export interface GoldenInput {
  /** Path of the file, with the line of an example on a page. */
  readonly name: string;
  readonly text: string;
}

/** Returns the inputs of all goldens of plans, all examples of docs/usage, and the files of example/. */
export function readGoldenInputs(): readonly GoldenInput[] {
  const files = globSync('{pkg/*/testdata/plan/*/input.yaml,example/{2,3}*.yaml,test/unit/cli/testdata/**/*.yaml}', {
    cwd: root,
  });
  const plain = files.sort().map((file) => ({ name: file, text: readFileSync(path.join(root, file), 'utf8') }));
  const examples = readPages(root, 'docs/usage').flatMap(({ file, blocks }) =>
    blocks
      .filter(({ language, claim }) => language === 'yaml' && claim.outcome !== 'other')
      .flatMap(({ line, text }) =>
        createExamples(text).flatMap((one) => [
          { name: `${file}:${line} ${one.cni}`, text: one.text },
          // Also as written, if it can be read without the Shoot around it.
          { name: `${file}:${line} as written`, text },
        ]),
      ),
  );
  return [...plain, ...examples];
}
