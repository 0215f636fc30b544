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

/** A control plane with a recorder of all revisions. */
export interface Stage {
  readonly controlPlane: ControlPlane;
  readonly api: Api;
  readonly recorder: Recorder;
  /** Planted secrets, which must not occur in logs or objects of the controller. */
  readonly canaries: readonly string[];
  /** Temporary folder for files of processes. */
  readonly folder: string;
  readonly onWrite: (write: CommittedWrite) => void;
  /** Returns the next number for names. */
  next(): number;
  stop(): Promise<void>;
}

/** Starts a stage; logs SKIPPED and returns undefined if no kube-apiserver is available. */
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
    // Makes Secrets and ConfigMaps readable in etcd.
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
  // The ConfigMap that the controller reads in shoots with cilium.
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
