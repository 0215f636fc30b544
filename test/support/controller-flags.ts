import { freePorts } from '../controlplane/ports.ts';
import type { ExampleType } from './seed.ts';

/**
 * Flags of `netext controller` to serve one type on this machine: ports that nobody else has, and for cilium a webhook that is reached by
 * address, since no Service leads to this process.
 */
export async function controllerFlags(type: ExampleType): Promise<readonly string[]> {
  const flags = [`--types=${type}`, '--metrics-bind-address=127.0.0.1:0', '--health-bind-address=127.0.0.1:0'];
  if (type === 'calico') return flags;
  // The flag of the webhook takes no 0: its address is part of what shoots are told.
  const [port = 0] = await freePorts(1);
  return [
    ...flags,
    '--webhook-config-mode=url',
    `--webhook-config-url=127.0.0.1:${port}`,
    '--webhook-config-namespace=default',
    '--webhook-config-server-host=127.0.0.1',
    `--webhook-config-server-port=${port}`,
  ];
}
