import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import type { Resource } from '../../pkg/kubernetes/client/resource.ts';
import { createMissing } from '../support/seed.ts';

/** The permissions of one user: exactly those that the Helm chart grants to the controller. */
export interface Rights {
  /** Revokes the permissions on these resources. */
  take(...resources: readonly string[]): Promise<void>;
  /** Restores all permissions. */
  giveBack(): Promise<void>;
}

interface Rule {
  readonly for?: readonly string[];
  readonly resources: readonly string[];
}

interface RuleFile {
  readonly cluster: readonly Rule[];
  readonly namespace: readonly Rule[];
}

const roots = { group: 'rbac.authorization.k8s.io', version: 'v1' } as const;
/** Conditions of the granted rules in the chart with both types. */
const granted = {
  seed: ['calico', 'cilium'],
  'self-hosted shoot': ['calico', 'cilium', 'selfHostedCalico', 'selfHostedCilium'],
} as const;

/** Grants the permissions of the chart with both types; Leases and certificates are in `namespace`. */
export async function grant(input: {
  readonly client: KubeClient;
  readonly user: string;
  readonly namespace: string;
  /** Kind of cluster; default: a seed. */
  readonly place?: keyof typeof granted;
}): Promise<Rights> {
  const { client, user, namespace, place = 'seed' } = input;
  const ownRules = (rules: readonly Rule[]): readonly Rule[] => selectRules(rules, granted[place]);
  const file = new URL('../../charts/gardener-extension-networking/rbac.yaml', import.meta.url);
  const listed = load(readFileSync(file, 'utf8')) as RuleFile;
  const subjects = [{ apiGroup: roots.group, kind: 'User', name: user }];
  const roles = [
    { kind: 'ClusterRole', rules: ownRules(listed.cluster), where: {} },
    { kind: 'Role', rules: ownRules(listed.namespace), where: { namespace } },
  ].map(({ kind, rules, where }) => {
    const namespaced = kind === 'Role';
    const resource: Resource = { ...roots, plural: `${kind.toLowerCase()}s`, namespaced };
    const binding: Resource = { ...roots, plural: `${kind.toLowerCase()}bindings`, namespaced };
    const metadata = { ...where, name: user };
    const object = (of: string): KubeObject => ({ apiVersion: `${roots.group}/${roots.version}`, kind: of, metadata });
    return { resource, binding, rules, metadata, role: object(kind), roleBinding: object(`${kind}Binding`), kind };
  });
  for (const { resource, binding, rules, role, roleBinding, kind } of roles) {
    await createMissing({ client, resource, object: { ...role, rules } });
    const roleRef = { apiGroup: roots.group, kind, name: user };
    await createMissing({ client, resource: binding, object: { ...roleBinding, subjects, roleRef } });
  }

  async function set(without: readonly string[]): Promise<void> {
    for (const { resource, rules, metadata } of roles) {
      const left = rules.filter((rule) => !rule.resources.some((one) => without.includes(one)));
      await client.mergePatch({ resource, ...metadata, patch: { rules: left } });
    }
  }

  return { take: (...resources) => set(resources), giveBack: () => set([]) };
}

/** Returns the rules whose condition is true, without the condition, which is specific to the chart. */
function selectRules(rules: readonly Rule[], given: readonly string[]): readonly Rule[] {
  return rules
    .filter((rule) => rule.for === undefined || rule.for.some((one) => given.includes(one)))
    .map(
      (rule) =>
        Object.fromEntries(Object.entries(rule).filter(([key]) => key !== 'for' && key !== 'why')) as unknown as Rule,
    );
}
