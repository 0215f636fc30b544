/** Creates one of everything that classes create, and waits. */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { cgroupVariable } from '../arena.ts';
import { shell } from '../command.ts';

const cgroup = path.join(process.env[cgroupVariable] ?? '', 'node');
mkdirSync(cgroup);
await shell([
  'mount -t tmpfs tmpfs /run',
  'mkdir -p /run/netns /run/bpf',
  'mount -t bpf bpf /run/bpf',
  'ip netns add node',
  'ip link add node type veth peer name eth0 netns node',
]);
spawn('nsenter', ['--net=/run/netns/node', 'sh', '-c', `echo $$ > ${cgroup}/cgroup.procs; exec sleep 1000`]);
process.stdout.write('ready\n');
setInterval(() => undefined, 1_000);
