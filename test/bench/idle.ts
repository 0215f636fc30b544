/**
 * `make bench-idle`: measures an idle process with N Networks of both types. Prints its memory, its CPU time, and its requests to the API
 * server in one minute by verb and resource. Defaults: N=1000, SECONDS=60. No figure makes it fail.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startControlPlane } from '../controlplane/index.ts';
import { kubeconfigOf } from '../controlplane/kubeconfig.ts';
import { countRequests, readAudit } from '../support/audit.ts';
import { connectByFile } from '../support/connect.ts';
import { controllerFlags } from '../support/controller-flags.ts';
import { installCRDs } from '../support/seed.ts';
import { createFleet } from './fleet.ts';
import { imageStart } from './image.ts';
import { startMeasured } from './process.ts';

const size = Number(process.env['N'] ?? 1000);
const seconds = Number(process.env['SECONDS'] ?? 60);
const image = imageStart();
const user = 'extension';
const print = (line: string): void => console.log(line);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const controlPlane = await startControlPlane({
  log: print,
  source: 'real',
  audit: true,
  users: [{ name: user, groups: ['system:masters'] }],
});
const folder = mkdtempSync(path.join(tmpdir(), 'netext-bench-'));
const saveFile = (name: string, text: string): string => {
  const file = path.join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
};
const { server, ca = '' } = controlPlane;
const kubeconfig = saveFile('extension', kubeconfigOf({ server, ca, token: controlPlane.tokenFor(user), user }));
const { client, close } = await connectByFile(saveFile('admin', controlPlane.kubeconfig), 'bench');

try {
  await installCRDs(client);
  const flags = [...(await controllerFlags('cilium')), '--types=calico,cilium'];
  const leases = ['--leader-election-namespace=default', '--heartbeat-namespace=default'];
  const command = [process.execPath, ...image.flags, 'dist/netext.js', 'controller', `--kubeconfig=${kubeconfig}`];
  const extension = startMeasured([...command, ...leases, ...flags], { ...process.env, ...image.env });
  await extension.until('Became leader');
  await pause(2_000);
  const before = extension.rss();
  for (const [type, count] of [
    ['calico', Math.ceil(size / 2)],
    ['cilium', Math.floor(size / 2)],
  ] as const) {
    const fleet = createFleet({ client, size: count, prefix: type, type });
    await fleet.prepare();
    await fleet.create();
    print(`${count} Networks of type ${type} are ready`);
  }
  const worked = extension.rss();
  // The last Events are written, and V8 returns memory to the system.
  await pause(10_000);
  const start = Date.now();
  const cpu = extension.cpuSeconds();
  await pause(seconds * 1000);
  const { requests } = readAudit(controlPlane.auditLog ?? '');
  const own = requests.filter((one) => one.user === user && one.at >= start);
  const mebibytes = (value: number): string => `${value.toFixed(0)} MiB`;
  print(`\nmemory (RSS) without Networks ${mebibytes(before)}, after ${size} new ones ${mebibytes(worked)},`);
  print(`after ${seconds} s of idling ${mebibytes(extension.rss())} (design: <= 130 MiB with 1,000)`);
  print(`CPU while idle ${(((extension.cpuSeconds() - cpu) / seconds) * 1000).toFixed(1)} ms per second`);
  print(`requests in ${seconds} s:`);
  for (const [key, count] of countRequests(own)) print(`  ${String(count).padStart(5)} ${key}`);
  await extension.stop();
} finally {
  await close();
  await controlPlane.stop();
  rmSync(folder, { recursive: true, force: true });
}
