/** Shoots whose CNI and DNS decide about policies, as input of `netext policy`. */

export interface PolicyShoot {
  readonly name: string;
  readonly cni: 'calico' | 'cilium';
  readonly nodeLocalDNS: boolean;
  readonly overlay: boolean;
}

export const shoots: readonly PolicyShoot[] = [
  { name: 'Calico', cni: 'calico', nodeLocalDNS: false, overlay: false },
  { name: 'Calico, NodeLocalDNS, with overlay', cni: 'calico', nodeLocalDNS: true, overlay: true },
  { name: 'Calico, NodeLocalDNS, without overlay', cni: 'calico', nodeLocalDNS: true, overlay: false },
  { name: 'Cilium', cni: 'cilium', nodeLocalDNS: false, overlay: true },
  { name: 'Cilium, NodeLocalDNS', cni: 'cilium', nodeLocalDNS: true, overlay: true },
];

/** Returns the Shoot as JSON. `config` are further options of the CNI. */
export function shootText(
  { cni, nodeLocalDNS, overlay }: PolicyShoot,
  config: Readonly<Record<string, unknown>> = {},
): string {
  return JSON.stringify({
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'Shoot',
    metadata: { name: 'web', namespace: 'garden-dev', uid: '6a1e0f5c-0d4e-4a42-9c32-2f1f4a5c7d11' },
    spec: {
      provider: { type: 'metal', workers: [{ name: 'general', minimum: 2, maximum: 4 }] },
      kubernetes: { version: '1.34.2', kubeProxy: { enabled: cni === 'calico', mode: 'IPTables' } },
      networking: {
        type: cni,
        pods: '100.96.0.0/11',
        services: '100.64.0.0/13',
        nodes: '10.250.0.0/16',
        providerConfig: {
          apiVersion: `${cni}.networking.extensions.gardener.cloud/v1alpha1`,
          kind: 'NetworkConfig',
          overlay: { enabled: overlay },
          ...config,
        },
      },
      systemComponents: { nodeLocalDNS: { enabled: nodeLocalDNS } },
    },
    status: { advertisedAddresses: [{ name: 'external', url: 'https://192.0.2.7' }] },
  });
}
