/**
 * etcd and kube-apiserver as containers, for machines with a container runtime but without Go. The folder of the control
 * plane is mounted, so certificates, tokens and the audit log are where the process runtime has them too.
 */
import type { Wait as WaitStrategies } from 'testcontainers';
import { readRecipe } from './recipe.ts';
import type { Ports, Runtime } from './runtime.ts';

/** Whether a container runtime answers, with words for the log. */
export interface ContainerRuntime {
  readonly available: boolean;
  readonly description: string;
}

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
    const message = error instanceof Error ? error.message : String(error);
    return { available: false, description: `no container runtime can run them (${message.split('\n')[0]})` };
  }
}

/** Runs the released images; rejects when they cannot be pulled. */
export async function startContainerRuntime(input: {
  readonly folder: string;
  readonly ports: Ports;
}): Promise<Runtime> {
  const { GenericContainer, Network, Wait, getContainerRuntimeClient } = await import('testcontainers');
  const network = await new Network().start();
  const images = releasedImages();
  const ports = { etcd: input.ports.etcd, 'kube-apiserver': input.ports.apiServer };
  return {
    places: {
      folder: mountPoint,
      host: '0.0.0.0',
      etcd: `http://etcd:${input.ports.etcd}`,
      // Listening on every address, the API server puts localhost into its certificate.
      serverHost: 'localhost',
    },
    run: async (program, flags) => {
      const port = ports[program];
      const container = await new GenericContainer(images[program])
        .withNetwork(network)
        .withNetworkAliases(program)
        .withBindMounts([{ source: input.folder, target: mountPoint, mode: 'rw' }])
        .withUser(`${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`)
        // The same number inside and outside: it stays the same when the container is replaced.
        .withExposedPorts({ container: port, host: port })
        .withEntrypoint([program])
        .withCommand([...flags])
        // Any HTTP answer will do, readiness is asked for later; the default strategy needs a shell in the image.
        .withWaitStrategy(
          program === 'etcd' ? answers(Wait.forHttp('/', port)) : answers(Wait.forHttp('/', port).usingTls()),
        )
        .start();
      return {
        exitCode: () => null,
        stop: async (signal = 'TERM') => {
          const client = await getContainerRuntimeClient();
          if (signal === 'KILL') await client.container.getById(container.getId()).kill();
          await container.stop({ timeout: 20_000, remove: true });
        },
      };
    },
    close: async () => {
      await network.stop();
    },
  };
}

function answers(strategy: HttpWaitStrategy): HttpWaitStrategy {
  return strategy.allowInsecure().forStatusCodeMatching(() => true);
}

type HttpWaitStrategy = ReturnType<typeof WaitStrategies.forHttp>;

const mountPoint = '/controlplane';

function releasedImages(): Readonly<Record<'etcd' | 'kube-apiserver', string>> {
  const { kubeApiServer } = readRecipe('container');
  return {
    // The image that kubeadm of this Kubernetes release runs; not every patch version of etcd has one.
    etcd: 'registry.k8s.io/etcd:3.6.8-0',
    'kube-apiserver': `registry.k8s.io/kube-apiserver:${kubeApiServer.version}`,
  };
}
