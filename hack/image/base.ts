/**
 * A base image out of what this machine has: for tests, and for places where no image can be pulled. What is shipped should have
 * a base that someone scans and updates, as the Dockerfile's default is.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Docker, runDocker } from '../../test/support/docker-cli.ts';

/**
 * Builds and tags an image of the Node that runs this and exactly the shared libraries that it loads. No shell, no CA
 * certificates (Node brings its own, and an API server's CA comes with its kubeconfig), no time zones.
 */
export function buildLocalBase(docker: Docker, tag: string): void {
  if (process.platform !== 'linux')
    throw new Error(
      `a base image out of this machine's Node needs Linux, this is ${process.platform}: name another BASE`,
    );
  const context = mkdtempSync(path.join(os.tmpdir(), 'netext-base-'));
  try {
    const root = path.join(context, 'root');
    copy(process.execPath, path.join(root, 'usr/bin/node'));
    for (const library of sharedLibraries(process.execPath)) copy(library, path.join(root, library));
    for (const [name, text] of Object.entries(etc)) write(path.join(root, 'etc', name), text);
    mkdirSync(path.join(root, 'tmp'));
    makeReadable(root);
    chmodSync(path.join(root, 'tmp'), 0o1777);
    writeFileSync(path.join(context, 'Dockerfile'), 'FROM scratch\nCOPY root /\nENV PATH=/usr/bin\nUSER 65532:65532\n');
    runDocker(docker, ['build', '--tag', tag, context]);
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

const etc = {
  passwd: 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n',
  group: 'root:x:0:\nnonroot:x:65532:\n',
  'nsswitch.conf': 'hosts: files dns\n',
} as const;

/** The files that `ldd` names, the dynamic loader among them; a static program has none. */
export function sharedLibraries(program: string): readonly string[] {
  const lines = execFileSync('ldd', [program], { encoding: 'utf8' }).split('\n');
  const missing = lines.filter((line) => line.includes('not found'));
  if (missing.length > 0) throw new Error(`${program} lacks libraries on this machine: ${missing.join('; ').trim()}`);
  return lines.flatMap((line) => /^\s*(?:\S+ => )?(\/\S+) \(/.exec(line)?.[1] ?? []);
}

/** Follows links. */
function copy(source: string, target: string): void {
  mkdirSync(path.dirname(target), { recursive: true });
  copyFileSync(source, target);
}

function write(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** The image's user is not the one who builds it, whose umask may be strict. */
function makeReadable(folder: string): void {
  for (const name of ['.', ...readdirSync(folder, { encoding: 'utf8', recursive: true })]) {
    const entry = path.join(folder, name);
    chmodSync(entry, statSync(entry).isDirectory() || !name.startsWith('etc/') ? 0o755 : 0o644);
  }
}
