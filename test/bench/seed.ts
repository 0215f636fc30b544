/** The control plane of a bench: a real API server whose audit log separates the requests of the extension from those of the bench. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { startControlPlane } from '../controlplane/index.ts';
import { kubeconfigOf } from '../controlplane/kubeconfig.ts';
import type { ControlPlaneOptions } from '../controlplane/types.ts';
import { countRequests, readAudit } from '../support/audit.ts';
import { connectByFile } from '../support/connect.ts';
import { controllerFlags } from '../support/controller-flags.ts';
import { type ExampleType, installCRDs } from '../support/seed.ts';
import { imageStart } from './image.ts';
import { type MeasuredProcess, startMeasured } from './process.ts';
import type { Variant } from './variants.ts';

export interface BenchSeed {
  readonly client: KubeClient;
  /** Counts the requests of the extension since the last call, by `verb resource`; without Leases and Events. */
  requests(): Promise<ReadonlyMap<string, number>>;
  /** Excludes all requests so far from the next count, without reading them. */
  skipRequests(): void;
  startExtension(variant: Variant, types: readonly ExampleType[]): Promise<MeasuredProcess>;
  /** Kills the API server, and starts it again after the pause. */
  interruptApiServer(pauseMs: number): Promise<void>;
  stop(): Promise<void>;
}

export interface BenchSeedOptions extends Pick<ControlPlaneOptions, 'etcdFlags' | 'apiServerFlags'> {
  readonly print: (line: string) => void;
}

const user = 'extension';

export async function startBenchSeed({ print, ...options }: BenchSeedOptions): Promise<BenchSeed> {
  const users = [{ name: user, groups: ['system:masters'] }];
  const controlPlane = await startControlPlane({ ...options, log: print, source: 'real', audit: true, users });
  const folder = mkdtempSync(path.join(tmpdir(), 'netext-bench-'));
  const saveFile = (name: string, text: string): string => {
    const file = path.join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const { server, ca = '', auditLog = '' } = controlPlane;
  const kubeconfig = saveFile('extension', kubeconfigOf({ server, ca, token: controlPlane.tokenFor(user), user }));
  const { client, close } = await connectByFile(saveFile('admin', controlPlane.kubeconfig), 'bench');
  let position = 0;

  await installCRDs(client);
  return {
    client,
    async requests() {
      // A request is logged when its response is complete, which is shortly after the client has it.
      await new Promise((resolve) => setTimeout(resolve, 200));
      const { requests, end } = readAudit(auditLog, position);
      position = end;
      return countRequests(requests.filter((one) => one.user === user && !background.has(one.resource)));
    },
    skipRequests() {
      position = statSync(auditLog).size;
    },
    async startExtension({ bundle, flags }, types) {
      const type = types.includes('cilium') ? 'cilium' : 'calico';
      const command = [process.execPath, ...flags, bundle, 'controller', `--kubeconfig=${kubeconfig}`];
      const leases = ['--leader-election-namespace=default', '--heartbeat-namespace=default'];
      const own = [...(await controllerFlags(type)), `--types=${types.join()}`];
      return startMeasured([...command, ...leases, ...own], { ...process.env, ...imageStart().env });
    },
    async interruptApiServer(pauseMs) {
      await controlPlane.stopApiServer({ kill: true });
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      await controlPlane.startApiServer();
    },
    async stop() {
      await close();
      await controlPlane.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const background: ReadonlySet<string> = new Set(['leases', 'events']);
