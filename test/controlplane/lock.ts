import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs `work` exclusively among the processes on this machine that use the same `folder`. A lock whose owner has ended is
 * taken over, so that an interrupted build does not block the next one.
 */
export async function withLock<Result>(
  lock: { readonly folder: string; readonly waiting: (owner: string) => void; readonly signal?: AbortSignal },
  work: () => Promise<Result>,
): Promise<Result> {
  let told = false;
  while (!acquire(lock.folder)) {
    const owner = readOwner(lock.folder);
    if (isStale(lock.folder, owner)) {
      removeStale(lock.folder);
      continue;
    }
    if (!told) lock.waiting(owner);
    told = true;
    await sleep(300, undefined, lock.signal === undefined ? {} : { signal: lock.signal });
  }
  try {
    return await work();
  } finally {
    rmSync(lock.folder, { recursive: true, force: true });
  }
}

function acquire(folder: string): boolean {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
  writeFileSync(path.join(folder, 'owner'), `${process.pid}@${os.hostname()}`);
  return true;
}

function readOwner(folder: string): string {
  try {
    return readFileSync(path.join(folder, 'owner'), 'utf8');
  } catch {
    return '';
  }
}

function isStale(folder: string, owner: string): boolean {
  const [pid, host] = owner.split('@');
  if (host === os.hostname()) return !isAlive(Number(pid));
  // Another machine with a shared home, or an owner that ended between the two steps of acquire.
  const unownedForLong = owner === '' ? 10_000 : 3_600_000;
  try {
    return Date.now() - statSync(folder).mtimeMs > unownedForLong;
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

function removeStale(folder: string): void {
  const aside = `${folder}.stale-${process.pid}`;
  try {
    // The rename lets one of several waiting processes win.
    renameSync(folder, aside);
  } catch {
    return;
  }
  rmSync(aside, { recursive: true, force: true });
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
