/** Ends of flows: a peer program in a network namespace. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { run } from '../arena/command.ts';
import { onNode } from '../arena/node.ts';
import type { Addresses } from '../arena/topology.ts';
import type { Attempt, Command, Outcome, Result } from './peer.ts';
import type { StreamInput, StreamResult } from './stream.ts';

export interface Host {
  readonly name: string;
  readonly addresses: Addresses;
  /** Sends one request and returns the reply or the error. */
  attempt(attempt: Attempt): Promise<Outcome>;
  /** Starts to send continuously; the result ends it. */
  stream(stream: StreamInput): Promise<() => Promise<StreamResult>>;
  /** Sends ICMP echo requests; returns true if one was answered. */
  ping(address: string): Promise<boolean>;
  stop(): Promise<void>;
}

export interface HostInput {
  readonly name: string;
  /** Network namespace. */
  readonly namespace: string;
  readonly addresses: Addresses;
  /** Cgroup of the processes, that of the node for pods. */
  readonly cgroup?: string;
}

/** The ports on which every peer listens. */
export const ports = { web: 8_080, dns: 53, coredns: 8_053, https: 443, kubelet: 10_250 } as const;

/** Starts the peer program; returns when it listens. */
export async function startHost(input: HostInput): Promise<Host> {
  const { name, namespace, addresses } = input;
  const script = path.join(import.meta.dirname, 'peer.ts');
  const node = [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    script,
    name,
    ...Object.values(ports).map(String),
  ];
  const enter =
    input.cgroup === undefined
      ? [`--net=/run/netns/${namespace}`, ...node]
      : onNode({ cgroup: input.cgroup }, namespace, node);
  const child = spawn('nsenter', [...enter], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => void child.once('close', () => resolve()));
  const waiting = new Map<number, (result: Result['result']) => void>();
  let ready: () => void = () => undefined;
  const listening = new Promise<void>((resolve) => {
    ready = resolve;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line === '"ready"') return ready();
    const { id, result } = JSON.parse(line) as Result;
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  await Promise.race([listening, ended.then(() => Promise.reject(new Error(`the peer ${name} ended`)))]);
  let count = 0;
  const send = async (make: (id: number) => Command): Promise<{ readonly id: number; readonly result: unknown }> => {
    count += 1;
    const id = count;
    child.stdin.write(`${JSON.stringify(make(id))}\n`);
    return { id, result: await new Promise((resolve) => waiting.set(id, resolve)) };
  };
  return {
    name,
    addresses,
    attempt: async (attempt) => (await send((id) => ({ id, attempt }))).result as Outcome,
    stream: async (stream) => {
      const { id: started } = await send((id) => ({ id, stream }));
      return async () => (await send((id) => ({ id, end: started }))).result as StreamResult;
    },
    ping: (address) => ping(namespace, address),
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function ping(namespace: string, address: string): Promise<boolean> {
  try {
    await run('nsenter', [`--net=/run/netns/${namespace}`, 'ping', '-c', '2', '-i', '0.2', '-W', '1', address]);
    return true;
  } catch {
    return false;
  }
}
