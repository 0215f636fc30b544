import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Child {
  readonly ended: Promise<number>;
  stop(): void;
}

/** Starts `netext controller` from source as a separate process and prints its output with a prefix. */
export function startController(input: {
  readonly kubeconfig: string;
  readonly args: readonly string[];
  readonly say: (line: string) => void;
}): Child {
  const main = fileURLToPath(new URL('../../controllers/netext.ts', import.meta.url));
  const args = [
    '--disable-warning=ExperimentalWarning',
    main,
    'controller',
    `--kubeconfig=${input.kubeconfig}`,
    ...input.args,
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => input.say(`  controller | ${line}`));
  // A separate process group, so that Ctrl-C reaches this process only, which stops the controller before the control plane.
  process.once('exit', () => child.kill('SIGKILL'));
  return {
    ended: new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1))),
    stop: () => void child.kill('SIGTERM'),
  };
}
