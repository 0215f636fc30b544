/**
 * etcd and kube-apiserver as containers, for machines with a container runtime but without Go, and for tests whose other containers
 * talk to them. The folder of the control plane is mounted, so certificates, tokens, logs and the audit log are where the process
 * runtime has them too.
 */
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import type { StartedNetwork, StartedTestContainer } from 'testcontainers';
import { errorMessage } from '../../pkg/gardener/errors.ts';
import type { Lifeline } from './lifeline.ts';
import { readRecipe } from './recipe.ts';
import type { Ports, ProgramName, Runtime } from './runtime.ts';

/** Whether a container runtime answers, with words for the log. */
export interface ContainerRuntime {
  readonly available: boolean;
  readonly description: string;
}

/** The image of each program; each has its program in its PATH. */
export type ProgramImages = Readonly<Record<ProgramName, string>>;

/**
 * Asks Docker or a compatible runtime, found as testcontainers does, and makes sure of the two images: a runtime that
 * cannot get them is of no use. Without `pull` only images that are there count.
 */
export async function containerRuntime(pull: boolean): Promise<ContainerRuntime> {
  try {
    // Loaded here only: importing it takes longer than finding binaries in the cache.
    const { getContainerRuntimeClient, ImageName } = await import('testcontainers');
    const { info, image: images } = await getContainerRuntimeClient();
    for (const name of Object.values(releasedImages())) {
      const image = ImageName.fromString(name);
      if (await images.exists(image)) continue;
      if (!pull) return { available: false, description: `image ${name} is not pulled yet` };
      await images.pull(image);
    }
    return { available: true, description: `containers (server version ${info.containerRuntime.serverVersion})` };
  } catch (error) {
    const message = errorMessage(error);
    return { available: false, description: `no container runtime can run them (${message.split('\n')[0]})` };
  }
}

/** Runs `images`, else the released ones, on a network of their own; rejects when they cannot be pulled. */
export async function startContainerRuntime(input: {
  readonly folder: string;
  readonly ports: Ports;
  readonly images?: ProgramImages;
}): Promise<Runtime> {
  const { Network } = await import('testcontainers');
  const { folder, ports, images = releasedImages() } = input;
  const network = await new Network().start();
  return {
    places: {
      folder: mountPoint,
      host: '0.0.0.0',
      etcd: `http://etcd:${ports.etcd}`,
      // Listening on every address, the API server puts localhost into its certificate.
      serverHost: 'localhost',
    },
    inside: { network, server: `https://${serviceName}:${ports.apiServer}` },
    run: (program, flags) => runProgram({ program, flags, folder, ports, network, image: images[program] }),
    close: async () => {
      await network.stop();
    },
  };
}

const mountPoint = '/controlplane';
/** The API server's Service as every pod knows it; the certificate that it makes for itself has the name. */
const serviceName = 'kubernetes.default.svc';

async function runProgram(input: {
  readonly program: ProgramName;
  readonly flags: readonly string[];
  readonly folder: string;
  readonly ports: Ports;
  readonly network: StartedNetwork;
  readonly image: string;
}): Promise<Lifeline> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const { program, folder } = input;
  const port = program === 'etcd' ? input.ports.etcd : input.ports.apiServer;
  const log = createWriteStream(path.join(folder, `${program}.log`), { flags: 'a', mode: 0o600 });
  const container = await new GenericContainer(input.image)
    .withNetwork(input.network)
    .withNetworkAliases(...(program === 'etcd' ? ['etcd'] : [serviceName]))
    .withBindMounts([{ source: folder, target: mountPoint, mode: 'rw' }])
    .withUser(`${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`)
    // The same number inside and outside: it stays the same when the container is replaced.
    .withExposedPorts({ container: port, host: port })
    .withEntrypoint([program])
    .withCommand([...input.flags])
    .withLogConsumer((lines) => lines.pipe(log))
    // Readiness is asked for later, together with whether it still runs; the default strategy needs a shell in the image.
    .withWaitStrategy(Wait.forAll([]))
    .start();
  return lifelineOf(container);
}

async function lifelineOf(container: StartedTestContainer): Promise<Lifeline> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  const { container: containers } = await getContainerRuntimeClient();
  const handle = containers.getById(container.getId());
  let ended: number | null = null;
  const waitForEnd = async (): Promise<void> => {
    try {
      ended = ((await handle.wait()) as { readonly StatusCode: number }).StatusCode;
    } catch {
      // Removed by somebody else: that it is gone is all there is to tell.
      ended = 128;
    }
  };
  const exited = waitForEnd();
  return {
    exitCode: () => ended,
    stop: async (signal = 'TERM') => {
      if (ended === null && signal === 'KILL') await handle.kill().catch(() => undefined);
      await container.stop({ timeout: 20_000, remove: true });
      await exited;
    },
  };
}

function releasedImages(): ProgramImages {
  const { kubeApiServer } = readRecipe('container');
  return {
    // The image that kubeadm of this Kubernetes release runs; not every patch version of etcd has one.
    etcd: 'registry.k8s.io/etcd:3.6.8-0',
    'kube-apiserver': `registry.k8s.io/kube-apiserver:${kubeApiServer.version}`,
  };
}
