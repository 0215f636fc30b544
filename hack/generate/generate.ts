/**
 * `make generate`: writes generated files, such as docs/reference, from the data that the product uses; with `--check` it only lists outdated
 * files and exits with code 1 if there are any.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedFiles } from './files.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const stale = Object.entries(generatedFiles()).filter(([file, content]) => {
  const target = path.join(root, file);
  return !existsSync(target) || readFileSync(target, 'utf8') !== content;
});

if (process.argv.includes('--check')) {
  for (const [file] of stale) console.error(`${file} is outdated: run make generate`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const [file, content] of stale) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), content);
    console.log(`wrote ${file}`);
  }
}
