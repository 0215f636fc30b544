/**
 * Golden files: `golden()` compares them, `make golden` (UPDATE_GOLDENS=1) rewrites them, and `assertNoStaleGoldens()` fails for files
 * without a test, for example of a renamed case.
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

/** Fails for files in `folder` whose names end in `suffix` and which `golden` did not compare in this process. */
export function assertNoStaleGoldens(folder: string, suffix: string): void {
  const stale = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((file) => file.endsWith(suffix) && !claimed.has(file));
  if (updating) for (const file of stale) rmSync(file);
  else assert.deepEqual(stale, [], 'stale golden files: remove them or run make golden');
}
