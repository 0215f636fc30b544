import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import { createClient as createHttp } from '../../controlplane/client.ts';
import { type ControlPlane, startControlPlane } from '../../controlplane/index.ts';
import { type Cluster, connectCluster } from '../../installation/cluster.ts';
import { installKinds } from '../../installation/ground.ts';
import { type LocalPod, startLocalPod } from '../../installation/pod.ts';
import type { AuditedRequest } from '../../support/audit.ts';
import { listRights } from '../../unit/helm/rights.ts';
import { auditReader, type Granted } from './audit.ts';

/** A cluster with an audit log, whose roles can be reduced temporarily. */
export interface Ground {
  readonly cluster: Cluster;
  readonly version: string;
  /** Returns the requests of all users since the last call. */
  requests(): readonly AuditedRequest[];
  /** Starts the pod of a Deployment; `stop` kills the remaining ones. */
  start(deployment: KubeObject, nodeFlags?: readonly string[]): Promise<LocalPod>;
  /** Runs the work without a permission after its revocation is effective, and waits until it is effective again. */
  without<T>(right: Granted, work: () => Promise<T>): Promise<T>;
  /** Polls until the probe returns a value; fails with the output of all processes after a timeout. */
  eventually<T>(what: string, probe: () => Promise<T | undefined>): Promise<T>;
  stop(): Promise<void>;
}

export async function startGround(log: (line: string) => void): Promise<Ground> {
  const controlPlane = await startControlPlane({ log, source: 'real', build: false, audit: true });
  const folder = mkdtempSync(path.join(tmpdir(), 'netext-rbac-'));
  const kubeconfig = path.join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, controlPlane.kubeconfig, { mode: 0o600 });
  const cluster = await connectCluster(kubeconfig);
  const http = createHttp(controlPlane);
  const requests = auditReader(auditLogFile(controlPlane));
  const pods = new Set<LocalPod>();
  let count = 0;
  await installKinds(cluster);

  async function eventually<T>(what: string, probe: () => Promise<T | undefined>): Promise<T> {
    for (const end = Date.now() + 60_000; Date.now() < end; await delay(20)) {
      const found = await probe();
      if (found !== undefined) return found;
    }
    throw new Error(`timeout: ${what}\n${[...pods].map((one) => one.output().slice(-5_000)).join('\n')}`);
  }

  async function isAllowed(right: Granted): Promise<boolean> {
    const { user, verb, group, name, role, scope } = right;
    const [resource, subresource] = right.resource.split('/');
    const [, , namespace, account] = user.split(':');
    const resourceAttributes = {
      verb,
      group,
      resource,
      subresource,
      name,
      namespace: scope === 'cluster' ? '' : role.namespace,
    };
    const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user, groups, resourceAttributes },
    };
    const response = await http.call({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      body,
    });
    const { status } = JSON.parse(response.text) as { readonly status?: { readonly allowed: boolean } };
    if (status === undefined) throw new Error(`no review of ${account}: ${response.text}`);
    return status.allowed;
  }

  async function setRules({ role }: Granted, rules: unknown): Promise<void> {
    await cluster.client.mergePatch({ resource: roleResource(role.kind), ...role, patch: { rules } });
  }

  return {
    cluster,
    version: controlPlane.version,
    requests,
    async start(deployment, nodeFlags = []) {
      count += 1;
      const own = { folder: path.join(folder, String(count)), nodeFlags };
      const pod = await startLocalPod({ ...cluster, ...own, deployment, server: { url: cluster.url, ca: cluster.ca } });
      pods.add(pod);
      void pod.ended.then(() => pods.delete(pod));
      return pod;
    },
    async without(right, work) {
      const { rules } = await cluster.client.get({ resource: roleResource(right.role.kind), ...right.role });
      await setRules(right, smaller(rules, right));
      await eventually('the permission is revoked', async () => ((await isAllowed(right)) ? undefined : true));
      try {
        return await work();
      } finally {
        await setRules(right, rules);
        await eventually('the permission is granted', async () => ((await isAllowed(right)) ? true : undefined));
      }
    },
    eventually,
    async stop() {
      await Promise.all([...pods].map((pod) => pod.kill()));
      await Promise.all([http.close(), cluster.close()]);
      await controlPlane.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** Returns all permissions of the roles in the objects, each with the single subject of its binding. */
export function grantedBy(objects: readonly KubeObject[]): readonly Granted[] {
  return objects.flatMap((role) =>
    listRights([role]).map((right): Granted => {
      const { namespace, name } = role.metadata;
      return { ...right, user: findSubject(objects, role), role: { kind: role.kind, namespace, name } };
    }),
  );
}

function findSubject(objects: readonly KubeObject[], { kind, metadata }: KubeObject): string {
  const binding = objects.find((one) => {
    const reference = one['roleRef'] as { readonly kind: string; readonly name: string } | undefined;
    return one.kind === `${kind}Binding` && reference?.kind === kind && reference.name === metadata.name;
  });
  const subjects = (binding?.['subjects'] ?? []) as readonly {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
  }[];
  const [subject] = subjects;
  if (subject?.kind !== 'ServiceAccount' || subjects.length !== 1)
    throw new Error(`${kind} ${metadata.name} is bound to another number of ServiceAccounts than one`);
  return `system:serviceaccount:${subject.namespace}:${subject.name}`;
}

/** Returns all permissions except one, each in its own rule. */
function smaller(rules: unknown, right: Granted): readonly object[] {
  const role = { apiVersion: '', kind: right.role.kind, metadata: { name: right.role.name }, rules };
  return listRights([role])
    .filter(
      (one) =>
        !(
          one.verb === right.verb &&
          one.group === right.group &&
          one.resource === right.resource &&
          one.name === right.name
        ),
    )
    .map(({ group, resource, verb, name }) => ({
      apiGroups: [group],
      resources: [resource],
      verbs: [verb],
      ...(name === undefined ? {} : { resourceNames: [name] }),
    }));
}

function roleResource(kind: string): { group: string; version: string; plural: string; namespaced: boolean } {
  const plural = kind === 'ClusterRole' ? 'clusterroles' : 'roles';
  return { group: 'rbac.authorization.k8s.io', version: 'v1', plural, namespaced: kind === 'Role' };
}

function auditLogFile({ auditLog }: ControlPlane): string {
  if (auditLog === undefined) throw new Error('the control plane has no audit log');
  return auditLog;
}
