/** First program of an arena: `node inside.ts class NAME` or `node inside.ts configs`. Prints what it measures as lines of JSON. */
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { shell } from './arena/command.ts';
import { workFolder } from './arena/node.ts';
import { findCalico } from './calico/programs.ts';
import { findCilium } from './cilium/programs.ts';
import { classes } from './classes/index.ts';
import { prepareArena } from './cluster.ts';
import { runOne } from './inside/class.ts';
import { type ConfigVerdict, checkGoldens } from './inside/configs.ts';
import { findKubeProxy } from './kube-proxy/programs.ts';
import type { Check, Programs } from './stage.ts';

const logFolder = path.join(import.meta.dirname, '../../.cache/dataplane/logs');

/** What this program prints, one object per line. */
export type Report =
  | { readonly check: Check }
  | { readonly verdict: ConfigVerdict }
  | { readonly log: string }
  | { readonly readyMs: number };

// Without `exit` open pipes to programs of the arena would keep this process.
process.exit(await main(process.argv.slice(2)));

async function main([command, name]: readonly string[]): Promise<number> {
  process.env['TMPDIR'] = path.join(workFolder, 'tmp');
  const programs: Programs = { cilium: findCilium, calico: findCalico, kubeProxy: findKubeProxy };
  let passed = true;
  try {
    await prepareArena(shell);
    if (command === 'configs') return (await checkGoldens(programs.cilium(), (verdict) => print({ verdict }))) ? 0 : 1;
    const one = classes.find((each) => each.name === name);
    if (one === undefined) throw new Error(`there is no class ${name}`);
    await runOne({
      one,
      programs,
      log: (log) => print({ log }),
      record: (check) => {
        passed &&= check.passed;
        print({ check });
      },
      ready: (readyMs) => print({ readyMs }),
    });
  } catch (error) {
    print({ log: errorText(error) });
    return 1;
  } finally {
    saveLogs(name ?? 'configs');
  }
  return passed ? 0 : 1;
}

/** Copies the logs of all containers to .cache/dataplane/logs, because they disappear with the arena. */
function saveLogs(name: string): void {
  const [source, target] = [path.join(workFolder, 'containers'), path.join(logFolder, name)];
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const file of readdirSync(source).filter((one) => one.endsWith('.log')))
    copyFileSync(path.join(source, file), path.join(target, file));
}

function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? (error.stack ?? error.message) : `${error.message}: ${errorText(error.cause)}`;
}

function print(report: Report): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
