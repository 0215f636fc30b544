/**
 * Runs etcd and kube-apiserver as containers, for machines with a container runtime but without Go, and for tests whose other containers
 * connect to them. The folder of the control plane is mounted, so that certificates, tokens, logs and the audit log have the same place as
 * with the process runtime.
 */
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import type { StartedNetwork, StartedTestContainer } from 'testcontainers';
import { errorMessage } from '../../pkg/gardener/errors.ts';
import type { Lifeline } from './lifeline.ts';
import { readRecipe } from './recipe.ts';
import type { Ports, ProgramName, Runtime } from './runtime.ts';

/** Availability of a container runtime, with a description for the log. */
export interface ContainerRuntime {
  readonly available: boolean;
  readonly description: string;
}

/** The image of each program, which contains it in PATH. */
export type ProgramImages = Readonly<Record<ProgramName, string>>;

/**
 * Looks for Docker or a compatible runtime like testcontainers, and for the two images, without which the runtime is
 * useless. Without `pull` only local images count.
 */
export async function containerRuntime(pull: boolean): Promise<ContainerRuntime> {
  try {
    // Imported on demand: the import takes longer than finding binaries in the cache.
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

/** Runs `images`, by default the released ones, in a separate network; rejects if they cannot be pulled. */
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
      // The certificate of an API server that listens on all addresses includes localhost.
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
/** Name of the API server's Service in pods, which its self-signed certificate includes. */
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
    // The same port inside and outside, also after the container is replaced.
    .withExposedPorts({ container: port, host: port })
    .withEntrypoint([program])
    .withCommand([...input.flags])
    .withLogConsumer((lines) => lines.pipe(log))
    // Readiness is checked later, together with the process; the default strategy requires a shell in the image.
    .withWaitStrategy(Wait.forAll([]))
    .start();
  return toLifeline(container);
}

async function toLifeline(container: StartedTestContainer): Promise<Lifeline> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  const { container: containers } = await getContainerRuntimeClient();
  const handle = containers.getById(container.getId());
  let ended: number | null = null;
  const waitForEnd = async (): Promise<void> => {
    try {
      ended = ((await handle.wait()) as { readonly StatusCode: number }).StatusCode;
    } catch {
      // Removed by another program, so the exit code is unknown.
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
    // The image that kubeadm of this Kubernetes release uses; not every patch version of etcd has an image.
    etcd: 'registry.k8s.io/etcd:3.6.8-0',
    'kube-apiserver': `registry.k8s.io/kube-apiserver:${kubeApiServer.version}`,
  };
}
