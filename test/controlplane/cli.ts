/**
 * `node test/controlplane/cli.ts build|start [--embedded|--real]`.
 *
 * build: ensures that kube-apiserver and etcd are in the cache, so that later starts take seconds. If they cannot be
 * obtained, it prints the reason and succeeds, since suites that need them are then SKIPPED; with --required it fails.
 * start: runs a control plane until Ctrl-C, and prints its address.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { errorMessage } from '../../pkg/gardener/errors.ts';
import { type ControlPlane, startControlPlane } from './index.ts';
import { findSource } from './sources.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { embedded: { type: 'boolean' }, real: { type: 'boolean' }, required: { type: 'boolean' } },
});

process.exitCode = await main(positionals[0]);

async function main(command: string | undefined): Promise<number> {
  switch (command) {
    case 'build':
      return build();
    case 'start':
      return start();
    default:
      log('usage: node test/controlplane/cli.ts build [--required] | start [--real | --embedded]');
      return 2;
  }
}

async function build(): Promise<number> {
  const { source, reason } = await findSource({ log, env: process.env, build: true });
  if (source !== undefined) {
    log(`kube-apiserver and etcd: ${source.origin}`);
    return 0;
  }
  log(`SKIPPED, no real API server for tests: ${reason}`);
  return values.required === true ? 1 : 0;
}

async function start(): Promise<number> {
  const interrupted = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        interrupted.abort(new Error(`stopped by ${signal}`));
        resolve();
      });
    }
  });
  const source = values.embedded === true ? 'embedded' : values.real === true ? 'real' : 'auto';
  let controlPlane: ControlPlane;
  try {
    controlPlane = await startControlPlane({ log, source, signal: interrupted.signal });
  } catch (error) {
    log(errorMessage(error));
    return 1;
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'controlplane-kubeconfig-'));
  // The handles of the control plane do not keep the event loop alive.
  const busy = setInterval(() => undefined, 3_600_000);
  try {
    const file = path.join(folder, 'kubeconfig');
    writeFileSync(file, controlPlane.kubeconfig, { mode: 0o600 });
    log(`kube-apiserver ${controlPlane.version} (${controlPlane.kind}) at ${controlPlane.server}, until Ctrl-C`);
    log(`export KUBECONFIG=${file}`);
    await stopped;
  } finally {
    clearInterval(busy);
    await controlPlane.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return 0;
}

function log(line: string): void {
  process.stdout.write(`${line}\n`);
}
