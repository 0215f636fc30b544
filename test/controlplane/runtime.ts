/** The common interface of the two ways to run etcd and kube-apiserver. */
import path from 'node:path';
import type { Binaries } from './build.ts';
import { type Lifeline, startWithLifeline } from './lifeline.ts';
import type { InsideNetwork } from './types.ts';

/** Paths and addresses for the two programs and for this process. */
export interface Places {
  /** The folder of this control plane, from the view of the programs. */
  readonly folder: string;
  /** Listen address of both programs. */
  readonly host: string;
  /** URL of etcd for kube-apiserver. */
  readonly etcd: string;
  /** Host of the API server's URL for this process, which its self-signed certificate must include. */
  readonly serverHost: string;
}

export type ProgramName = 'etcd' | 'kube-apiserver';

export interface Ports {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
}

export interface Runtime {
  readonly places: Places;
  /** Access for other containers. */
  readonly inside?: InsideNetwork;
  /** Starts a program with its output in `<folder>/<program>.log` if possible. */
  run(program: ProgramName, flags: readonly string[]): Promise<Lifeline>;
  /** Removes remaining resources after all programs have stopped. */
  close(): Promise<void>;
}

/** Runs programs of this machine as child processes that end with this process. */
export function processRuntime(input: {
  readonly binaries: Binaries;
  readonly folder: string;
  readonly ports: Ports;
}): Runtime {
  const { binaries, folder, ports } = input;
  const files = { etcd: binaries.etcd, 'kube-apiserver': binaries.kubeApiServer };
  return {
    places: { folder, host: '127.0.0.1', etcd: `http://127.0.0.1:${ports.etcd}`, serverHost: '127.0.0.1' },
    run: async (program, flags) =>
      startWithLifeline({
        file: files[program],
        arguments: flags,
        logFile: path.join(folder, `${program}.log`),
        folder,
      }),
    close: async () => undefined,
  };
}
