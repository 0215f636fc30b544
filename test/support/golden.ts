/**
 * Golden files: `golden()` compares, `make golden` (UPDATE_GOLDENS=1) rewrites, `assertNoStaleGoldens()` fails for files that no
 * test claimed, so that a renamed case cannot leave its old golden behind.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const claimed = new Set<string>();
const updating = process.env['UPDATE_GOLDENS'] === '1';

/** Compares `actual` with the golden at `file` (absolute path), or rewrites it. */
export function golden(file: string, actual: string): void {
  claimed.add(file);
  if (updating) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, actual);
    return;
  }
  assert.ok(
    existsSync(file),
    `golden ${path.relative(process.cwd(), file)} is missing: run make golden, then look at git diff`,
  );
  assert.equal(
    actual,
    readFileSync(file, 'utf8'),
    `differs from ${path.relative(process.cwd(), file)} (make golden rewrites it)`,
  );
}

/** Fails for every file under `folder` that ends in `suffix` and was not claimed by `golden` in this process. */
export function assertNoStaleGoldens(folder: string, suffix: string): void {
  const stale = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((file) => file.endsWith(suffix) && !claimed.has(file));
  if (updating) for (const file of stale) rmSync(file);
  else assert.deepEqual(stale, [], 'left-over golden files: remove them or run make golden');
}
