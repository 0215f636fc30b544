import { freePorts } from '../controlplane/ports.ts';
import type { ExampleType } from './seed.ts';

/**
 * Returns flags with which `netext controller` serves one type on this machine: unused ports, and for cilium a webhook with a URL, since no
 * Service routes to this process.
 */
export async function controllerFlags(type: ExampleType): Promise<readonly string[]> {
  const flags = [`--types=${type}`, '--metrics-bind-address=127.0.0.1:0', '--health-bind-address=127.0.0.1:0'];
  if (type === 'calico') return flags;
  // The port of the webhook must not be 0, since it is part of the published URL.
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
