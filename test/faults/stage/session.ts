import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { kubeconfigOf } from '../../controlplane/kubeconfig.ts';
import { freePorts } from '../../controlplane/ports.ts';
import { type LogFinding, logScanner } from '../invariants/logs.ts';
import { type Proxy, startProxy } from '../proxy/proxy.ts';
import { pathOf } from './api.ts';
import { jumpingClock } from './jumping-clock.ts';
import { type Program, startProgram } from './program.ts';
import type { Stage } from './stage.ts';

/** A controller process behind its own proxy. It sees only Networks with its label. */
export interface Session {
  readonly name: string;
  readonly proxy: Proxy;
  /** Label of the Networks of this session. */
  readonly label: { readonly key: string; readonly value: string };
  readonly namespace: string;
  program(): Program;
  /** Starts a new process after the present one has ended. */
  restart(): Promise<void>;
  /** File with the milliseconds by which the clocks of the process are ahead (with `jumping`). */
  readonly clockFile: string;
  /** Defects and secrets in the log so far. */
  readonly findings: readonly LogFinding[];
  close(): Promise<void>;
}

export interface SessionInput {
  readonly stage: Stage;
  readonly types: 'calico' | 'calico,cilium';
  /** Enables leader election within this group. */
  readonly election?: { readonly group: string };
  readonly nodeFlags?: readonly string[];
  readonly workers?: number;
  /** Makes the clocks of the process follow `clockFile`. */
  readonly jumping?: boolean;
  /** Uses the label of another session. */
  readonly shard?: string;
}

export const shardLabel = 'faults.test/session';

export async function startSession(input: SessionInput): Promise<Session> {
  const { stage } = input;
  const name = `session-${stage.next()}`;
  const shard = input.election?.group ?? input.shard ?? name;
  const namespace = shard;
  const { server: target, ca, token } = stage.controlPlane;
  const proxy = await startProxy({
    target,
    ca,
    writer: name,
    label: `${shardLabel}=${shard}`,
    onWrite: stage.onWrite,
  });
  await stage.api
    .create(pathOf('namespaces'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    .catch((error: unknown) => {
      if (!String(error).includes(' 409 ')) throw error;
    });
  const folder = path.join(stage.folder, name);
  mkdirSync(folder);
  const kubeconfig = path.join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigOf({ server: proxy.server, token, user: name }), { mode: 0o600 });
  const [port = 0] = await freePorts(1);
  const flags = flagsOf({ input, kubeconfig, namespace, port });
  const scanner = logScanner([...stage.canaries, token]);
  const clockFile = path.join(folder, 'clock');
  const nodeFlags = [...(input.nodeFlags ?? []), ...(input.jumping === true ? [jumpingClock(clockFile)] : [])];
  const start = (): Program => startProgram({ flags, nodeFlags, env: { NO_COLOR: '1' }, onLine: scanner.line });
  let program = start();
  // Events of plans must arrive by the watch, not by the initial list.
  await watches(proxy);
  return {
    name,
    proxy,
    label: { key: shardLabel, value: shard },
    namespace,
    program: () => program,
    async restart() {
      await program.exited;
      // A kubelet takes at least this long.
      await delay(200);
      program = start();
    },
    clockFile,
    findings: scanner.findings,
    async close() {
      await program.kill();
      await proxy.close();
    },
  };
}

/** Waits until the process watches Networks. A process that never does fails its plan. */
async function watches({ passages }: Proxy): Promise<void> {
  const end = performance.now() + 20_000;
  const isOpen = (): boolean =>
    passages.some(({ request }) => request.verb === 'watch' && request.resource === 'networks');
  while (!isOpen() && performance.now() < end) await delay(30);
  await delay(100);
}

interface FlagInput {
  readonly input: SessionInput;
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly port: number;
}

function flagsOf({ input, kubeconfig, namespace, port }: FlagInput): readonly string[] {
  const election =
    input.election === undefined
      ? ['--no-leader-election']
      : [`--leader-election-namespace=${namespace}`, `--leader-election-id=${input.election.group}`];
  return [
    `--kubeconfig=${kubeconfig}`,
    `--types=${input.types}`,
    '--log-level=debug',
    '--metrics-bind-address=127.0.0.1:0',
    '--health-bind-address=127.0.0.1:0',
    '--controllers=',
    `--max-concurrent-reconciles=${input.workers ?? 5}`,
    `--webhook-config-namespace=${namespace}`,
    '--webhook-config-mode=url',
    `--webhook-config-url=127.0.0.1:${port}`,
    '--webhook-config-server-host=127.0.0.1',
    `--webhook-config-server-port=${port}`,
    ...election,
  ];
}
