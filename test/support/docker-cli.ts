import { spawnSync } from 'node:child_process';

/** An engine, selected by environment variables of the docker command line such as DOCKER_HOST and DOCKER_CONTEXT. */
export interface Docker {
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Runs the docker command line and returns its output; throws an Error with its error output when it fails or takes too long. */
export function runDocker(docker: Docker, words: readonly string[], timeoutMs = 300_000): string {
  const run = spawnSync('docker', words, { env: { ...docker.env }, encoding: 'utf8', timeout: timeoutMs });
  if (run.error !== undefined || run.status !== 0) {
    const problem = run.error?.message ?? `ended with ${run.status ?? run.signal}`;
    throw new Error(`docker ${words.join(' ')}: ${problem}\n${run.stdout ?? ''}${run.stderr ?? ''}`.trimEnd());
  }
  return run.stdout.trim();
}
