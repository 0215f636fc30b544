/**
 * Builds a base image from files of this machine, for tests and for environments without access to a registry. Released images should use a
 * base that is scanned and updated, such as the default of the Dockerfile.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Docker, runDocker } from '../../test/support/docker-cli.ts';

/**
 * Builds and tags an image with the running Node binary and exactly the shared libraries that it loads: no shell, no time zones, and no CA
 * certificates, since Node contains its own and a kubeconfig contains the CA of the API server.
 */
export function buildLocalBase(docker: Docker, tag: string): void {
  if (process.platform !== 'linux')
    throw new Error(`BASE=local requires Linux, this machine has ${process.platform}: specify another BASE`);
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

/** Returns the files that `ldd` lists, including the dynamic loader; a static program has none. */
export function sharedLibraries(program: string): readonly string[] {
  const lines = execFileSync('ldd', [program], { encoding: 'utf8' }).split('\n');
  const missing = lines.filter((line) => line.includes('not found'));
  if (missing.length > 0) throw new Error(`missing libraries of ${program}: ${missing.join('; ').trim()}`);
  return lines.flatMap((line) => /^\s*(?:\S+ => )?(\/\S+) \(/.exec(line)?.[1] ?? []);
}

/** Copies a file, following symbolic links. */
function copy(source: string, target: string): void {
  mkdirSync(path.dirname(target), { recursive: true });
  copyFileSync(source, target);
}

function write(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Sets permissions independent of the umask, since the user of the image is not the one who builds it. */
function makeReadable(folder: string): void {
  for (const name of ['.', ...readdirSync(folder, { encoding: 'utf8', recursive: true })]) {
    const entry = path.join(folder, name);
    chmodSync(entry, statSync(entry).isDirectory() || !name.startsWith('etc/') ? 0o755 : 0o644);
  }
}
