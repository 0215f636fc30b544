import { type KubeObject, recordOf } from '../../gardener/objects.ts';

/**
 * Disables kube-proxy in a new Shoot, since Cilium replaces it (docs/design/gardener.md#shoot-admission). This overrides `enabled: true` as well,
 * which is Gardener's default and cannot be distinguished from a value of the user. Other fields of kubeProxy remain. Returns the same object if
 * kube-proxy is disabled already.
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
