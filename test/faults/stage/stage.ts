import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ControlPlane, skipWithoutRealControlPlane, startControlPlane } from '../../controlplane/index.ts';
import { connectByFile } from '../../support/connect.ts';
import { installCRDs } from '../../support/seed.ts';
import type { CommittedWrite } from '../proxy/faults.ts';
import { watchEtcd } from '../record/etcd.ts';
import { createRecorder, type Recorder } from '../record/recorder.ts';
import { type Api, createApi, pathOf } from './api.ts';
import { makeCanaries, shootUser } from './canaries.ts';

/** A control plane with a recorder of everything that is stored. */
export interface Stage {
  readonly controlPlane: ControlPlane;
  readonly api: Api;
  readonly recorder: Recorder;
  /** What must not be found in a log or a stored object. */
  readonly canaries: readonly string[];
  /** For files that processes read. */
  readonly folder: string;
  readonly onWrite: (write: CommittedWrite) => void;
  /** Numbers of namespaces, sessions and so on. */
  next(): number;
  stop(): Promise<void>;
}

/** Undefined, after a line that says SKIPPED, where no kube-apiserver can be had. */
export async function startStageOrSkip(log: (line: string) => void): Promise<Stage | undefined> {
  const skip = await skipWithoutRealControlPlane({ suite: 'faults', log });
  return skip === false ? startStage(() => undefined) : undefined;
}

export async function startStage(log: (line: string) => void): Promise<Stage> {
  const controlPlane = await startControlPlane({
    log,
    source: 'real',
    build: false,
    users: [{ name: shootUser, groups: ['system:masters'] }],
    // So that Secrets and ConfigMaps can be read in etcd.
    apiServerFlags: [
      '--storage-media-type=application/json',
      '--max-requests-inflight=2000',
      '--max-mutating-requests-inflight=1000',
    ],
  });
  if (controlPlane.etcd === undefined) throw new Error('this control plane has no etcd to record');
  const folder = mkdtempSync(path.join(tmpdir(), 'netext-faults-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const kubeconfig = path.join(folder, 'admin');
  writeFileSync(kubeconfig, controlPlane.kubeconfig, { mode: 0o600 });
  const connected = await connectByFile(kubeconfig, 'faults');
  await installCRDs(connected.client);
  await connected.close();
  const recorder = createRecorder();
  const watch = await watchEtcd({ etcd: controlPlane.etcd, onRevision: recorder.add });
  watch.ended.catch((error: unknown) => recorder.fail(error));
  const api = createApi(controlPlane);
  // What cilium reads in a running shoot.
  await api.create(pathOf('configmaps', 'kube-system'), {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cilium-config' },
    data: { ipam: 'kubernetes' },
  });
  let numbers = 0;
  return {
    controlPlane,
    api,
    recorder,
    canaries: makeCanaries(controlPlane),
    folder,
    onWrite: recorder.attribute,
    next: () => {
      numbers += 1;
      return numbers;
    },
    async stop() {
      watch.close();
      await api.close();
      await controlPlane.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
