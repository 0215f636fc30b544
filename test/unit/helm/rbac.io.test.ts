/** The permissions in the charts are those that the program uses. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { load } from 'js-yaml';
import type { NetworkPlugin } from '../../../pkg/network/plugin.ts';
import { plugins } from '../../../pkg/plugins/index.ts';
import { charts, render, renderedObjects, skip } from './charts.ts';
import { listRights, type Right } from './rights.ts';

const root = path.join(import.meta.dirname, '../../..');

interface ListedRule {
  readonly why: string;
  readonly for?: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const { cluster, namespace } = load(
  readFileSync(path.join(root, charts.controller.folder, 'rbac.yaml'), 'utf8'),
) as Readonly<Record<'cluster' | 'namespace', readonly ListedRule[]>>;

test('each permission has a reason, and no rule has a wildcard', () => {
  const lists = [charts.runtime, charts.application].map(
    ({ folder }) => load(readFileSync(path.join(root, folder, 'rbac.yaml'), 'utf8')) as readonly ListedRule[],
  );
  for (const rule of [...cluster, ...namespace, ...lists.flat()]) {
    assert.ok(rule.why.length > 10, JSON.stringify(rule));
    assert.ok(![...rule.resources, ...rule.verbs].includes('*'), JSON.stringify(rule));
  }
});

for (const plugin of plugins) {
  test(`monitoring objects of ${plugin.type} have the names in its plugin`, () => {
    for (const [kind, resource] of Object.entries(resources)) {
      const named = cluster.filter(
        (rule) =>
          rule.for?.includes(plugin.type) && rule.resources.includes(resource) && rule.resourceNames !== undefined,
      );
      assert.deepEqual(named.flatMap((rule) => rule.resourceNames ?? []).toSorted(), resourceNames(plugin, kind), kind);
      for (const rule of named) {
        const legacy = rule.resourceNames?.every((name) =>
          plugin.legacySeedObjectNames.some((one) => one.name === name),
        );
        assert.deepEqual(rule.verbs, legacy === true ? ['get', 'delete'] : ['get', 'update', 'delete']);
      }
    }
  });

  test(`an extension for ${plugin.type} alone has no permission for objects of other types`, { skip }, () => {
    const others = plugins.filter(({ type }) => type !== plugin.type);
    const granted = listRights(renderedObjects(render('controller', { values: { types: [plugin.type] } })));
    const foreign = others.flatMap((other) => Object.keys(resources).flatMap((kind) => resourceNames(other, kind)));
    assert.ok(foreign.length > 0);
    assert.deepEqual(
      granted.filter(({ name }) => name !== undefined && foreign.includes(name)),
      [],
    );
  });
}

test('both types together have the union of the permissions of each', { skip }, () => {
  const of = (...types: readonly string[]): readonly string[] =>
    listRights(renderedObjects(render('controller', { values: { types } })))
      .filter(({ name }) => name !== 'networking-cilium-leader-election')
      .map((right) => JSON.stringify(right));
  assert.deepEqual(of('calico', 'cilium').toSorted(), [...new Set([...of('calico'), ...of('cilium')])].sort());
});

for (const types of [['calico'], ['cilium'], ['calico', 'cilium']]) {
  test(`an extension for ${types.join(' and ')} has permission to write only the Lease in its arguments`, {
    skip,
  }, () => {
    const objects = renderedObjects(render('controller', { values: { types } }));
    const leaseArgument = /--leader-election-id=([\w-]+)/.exec(JSON.stringify(objects))?.[1];
    const leases = listRights(objects).filter(({ resource, verb }) => resource === 'leases' && verb === 'update');
    assert.deepEqual(leases, [
      { scope: 'namespace', group: 'coordination.k8s.io', resource: 'leases', verb: 'update', name: leaseArgument },
    ]);
  });
}

test('self-hosted shoots have the permissions of a seed, and those for webhook configurations and nodes', {
  skip,
}, () => {
  const of = (gardener: object): readonly string[] =>
    listRights(renderedObjects(render('controller', { values: { gardener } }))).map(describeRight);
  const [seed, selfHosted] = [of({ seed: { name: 'aws' } }), of({ selfHostedShootCluster: true })];
  assert.deepEqual(of({ selfHostedShootCluster: true, seed: { name: 'aws' } }), selfHosted);
  assert.deepEqual(
    selfHosted.filter((one) => !seed.includes(one)),
    [
      'create mutatingwebhookconfigurations',
      'get mutatingwebhookconfigurations gardener-extension-networking-cilium',
      'patch mutatingwebhookconfigurations gardener-extension-networking-cilium',
      'delete mutatingwebhookconfigurations gardener-extension-networking-cilium',
      'get configmaps cilium-config',
      'list nodes',
      'get customresourcedefinitions felixconfigurations.crd.projectcalico.org',
      'list felixconfigurations',
      'get namespaces',
    ],
  );
  assert.deepEqual(
    seed.filter((one) => !selfHosted.includes(one)),
    [],
  );
});

function describeRight({ verb, resource, name }: Right): string {
  return [verb, resource, ...(name === undefined ? [] : [name])].join(' ');
}

const resources: Readonly<Record<string, string>> = {
  ConfigMap: 'configmaps',
  ScrapeConfig: 'scrapeconfigs',
  PrometheusRule: 'prometheusrules',
};

function resourceNames(plugin: NetworkPlugin, kind: string): readonly string[] {
  const all = [...plugin.seedObjectNames, ...plugin.legacySeedObjectNames];
  return [...new Set(all.filter((one) => one.kind === kind).map(({ name }) => name))].sort();
}
