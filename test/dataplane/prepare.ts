import { existsSync } from 'node:fs';
import { errorMessage } from '../../pkg/gardener/errors.ts';
import { goVersion } from '../controlplane/build.ts';
import { findSource } from '../controlplane/sources.ts';
import { buildPrograms, programsFolder } from './cilium/programs.ts';
import { missingRequirements } from './requirements.ts';

/** Builds what is missing, if that is allowed. Returns the reason why nothing can run, undefined if everything is there. */
export async function prepare(input: {
  readonly build: boolean;
  readonly log: (line: string) => void;
}): Promise<string | undefined> {
  const missing = missingRequirements();
  if (missing.length > 0) return `missing: ${missing.join('; ')}`;
  const { source, reason } = await findSource({ log: input.log, env: process.env, build: input.build });
  if (source?.kind !== 'binaries') return reason === '' ? 'kube-apiserver is available in containers only' : reason;
  if (existsSync(programsFolder())) return undefined;
  if ((await goVersion(process.env)) === undefined)
    return `no Go toolchain to build Cilium with, and none in ${programsFolder()}`;
  if (!input.build)
    return `Cilium is not built: run \`make test-dataplane\` once, or set DATAPLANE_BUILD=1 (about 8 minutes on 2 cores)`;
  try {
    await buildPrograms(input.log);
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}
