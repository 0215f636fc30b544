import { recordOf } from '../../../pkg/gardener/objects.ts';
import { type DataPathClass, shoot } from './class.ts';

/** Labels that change with every rollout or name one pod, as controllers of Kubernetes set them. */
const rollout = (id: string) => ({
  'pod-template-hash': `hash${id}`,
  'controller-revision-hash': `revision${id}`,
  'apps.kubernetes.io/pod-index': id,
  'batch.kubernetes.io/job-completion-index': id,
  'batch.kubernetes.io/controller-uid': `uid${id}`,
});

/** Labels of rollouts must not make identities, because every identity costs memory in all agents. */
export const identities: DataPathClass = {
  name: 'identities',
  about: 'labels that make identities of pods',
  families: ['ipv4'],
  documents: shoot({}),
  kernelOptions: ['CONFIG_VXLAN'],
  nodes: 1,
  async run(stage) {
    const { client } = stage.cluster.api;
    const one = await stage.pod('one', 0, { labels: { app: 'web', ...rollout('1') } });
    const two = await stage.pod('two', 0, { labels: { app: 'web', ...rollout('2') } });
    await stage.reaches('pods of two rollouts', { from: one, to: two }, { by: 'two' });
    const resource = { group: 'cilium.io', version: 'v2', plural: 'ciliumidentities', namespaced: false };
    const { items } = await client.list({ resource });
    const web = items.map((item) => recordOf(item['security-labels'])).filter((labels) => labels['k8s:app'] === 'web');
    stage.compare('identities of pods that differ in labels of their rollout', '1', String(web.length));
    const own = [...new Set(web.flatMap((labels) => Object.keys(labels)))].sort();
    stage.compare(
      'labels that make the identity',
      'k8s:app k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name k8s:io.cilium.k8s.policy.cluster k8s:io.cilium.k8s.policy.serviceaccount k8s:io.kubernetes.pod.namespace',
      own.join(' '),
    );
  },
};
