/** Two ways to run etcd and kube-apiserver, seen by real.ts as one. */
import path from 'node:path';
import type { Binaries } from './build.ts';
import { type Lifeline, startWithLifeline } from './lifeline.ts';
import type { InsideNetwork } from './types.ts';

/** Where things are, in the eyes of the two programs and of this process. */
export interface Places {
  /** The folder of this control plane as the programs see it. */
  readonly folder: string;
  /** Address that both programs listen on. */
  readonly host: string;
  /** URL of etcd for kube-apiserver. */
  readonly etcd: string;
  /** Host of the API server's URL for this process; its self-made certificate must name it. */
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
  /** For other containers. */
  readonly inside?: InsideNetwork;
  /** Starts a program whose output goes to `<folder>/<program>.log` where that is possible. */
  run(program: ProgramName, flags: readonly string[]): Promise<Lifeline>;
  /** Removes what `run` alone cannot, after all programs were stopped. */
  close(): Promise<void>;
}

/** Runs programs of this machine as child processes that end with this one. */
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
