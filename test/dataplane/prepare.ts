import { existsSync } from 'node:fs';
import { errorMessage } from '../../pkg/gardener/errors.ts';
import { goVersion } from '../controlplane/build.ts';
import { findSource } from '../controlplane/sources.ts';
import { calicoSet } from './calico/programs.ts';
import { ciliumSet } from './cilium/programs.ts';
import { type DataPathClass, hasKubeProxy } from './classes/class.ts';
import { cniOf } from './cni/rendering.ts';
import { kubeProxySet } from './kube-proxy/programs.ts';
import { buildPrograms, type ProgramSet, programsFolder } from './programs/program-set.ts';
import { missingRequirements } from './requirements.ts';

/** Sets of programs by name. */
const sets = { cilium: ciliumSet, calico: calicoSet, 'kube-proxy': kubeProxySet } as const;

export type SetName = keyof typeof sets;

/** Returns the sets of programs that a class runs. */
export function requiredSets({ documents, startsKubeProxy = false }: DataPathClass): readonly SetName[] {
  return [cniOf(documents), ...(startsKubeProxy || hasKubeProxy(documents) ? (['kube-proxy'] as const) : [])];
}

interface Preparation {
  /** Whether missing programs may be built. */
  readonly build: boolean;
  readonly log: (line: string) => void;
}

/** Returns the reason why nothing can run on this machine; undefined if it can. Builds the control plane if that is allowed. */
export async function prepareMachine({ build, log }: Preparation): Promise<string | undefined> {
  const missing = missingRequirements();
  if (missing.length > 0) return `missing: ${missing.join('; ')}`;
  const { source, reason } = await findSource({ log, env: process.env, build });
  if (source?.kind === 'binaries') return undefined;
  return reason === '' ? 'kube-apiserver is available in containers only' : reason;
}

/** Builds sets that are missing, if that is allowed. Returns the reasons why sets cannot be used, by name; empty if all are there. */
export async function prepareSets(
  names: Iterable<SetName>,
  preparation: Preparation,
): Promise<ReadonlyMap<SetName, string>> {
  const unavailable = new Map<SetName, string>();
  for (const name of new Set(names)) {
    const reason = await prepareSet(sets[name](), preparation);
    if (reason !== undefined) unavailable.set(name, reason);
  }
  return unavailable;
}

async function prepareSet(set: ProgramSet, { build, log }: Preparation): Promise<string | undefined> {
  const folder = programsFolder(set);
  if (existsSync(folder)) return undefined;
  if ((await goVersion(process.env)) === undefined)
    return `no Go toolchain to build ${set.title} with, and none in ${folder}`;
  if (!build)
    return `${set.title} is not built: run \`make test-dataplane\` once, or set DATAPLANE_BUILD=1 (${set.time} on 2 cores)`;
  try {
    await buildPrograms(set, log);
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}
