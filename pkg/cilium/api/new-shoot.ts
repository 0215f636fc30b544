import { type KubeObject, recordOf } from '../../gardener/objects.ts';

/**
 * A new Shoot with kube-proxy off, since Cilium replaces it (docs/design/gardener.md#shoot-admission). An explicit `enabled: true` is overruled, too: Gardener writes
 * it into every Shoot before anybody else sees it, so nobody can tell it from a wish. Everything else of kubeProxy stays. The same
 * object when it is off already.
 */
export function withoutKubeProxy(shoot: KubeObject): KubeObject {
  const spec = recordOf(shoot['spec']);
  const kubernetes = recordOf(spec['kubernetes']);
  const kubeProxy = recordOf(kubernetes['kubeProxy']);
  if (kubeProxy['enabled'] === false) return shoot;
  return {
    ...shoot,
    spec: { ...spec, kubernetes: { ...kubernetes, kubeProxy: { ...kubeProxy, enabled: false } } },
  };
}
