/** With the values of the charts of the Go extensions, our charts render equivalent objects (test/parity/installation-view.ts). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeDifferences } from '../../parity/differences.ts';
import { installationDifferences, installationLeaves, uncoveredRights } from '../../parity/installation-view.ts';
import { type Installation, readInstallations } from '../../parity/installations.ts';
import { recordedInstallationLeaves } from '../../parity/reference/installations.ts';
import { readHashes } from '../../parity/stored-hashes.ts';
import { render, renderedObjects, skip } from './charts.ts';
import { listRights, type Right } from './rights.ts';

const hashes = { calico: readHashes('calico', 'installations'), cilium: readHashes('cilium', 'installations') };

for (const installation of readInstallations()) {
  const { type, name, missing } = installation;
  if (missing === undefined) test(`${type} ${name}`, { skip }, () => assertSame(installation));
  else
    test(`${type} ${name} is rejected`, { skip }, () => {
      assert.match(renderOurs(installation).error ?? 'no error', new RegExp(missing.join('[./]')));
    });
}

function renderOurs({ type, chart, namespace, release, kubeVersion, values }: Installation): ReturnType<typeof render> {
  return render(chart, { values: { ...values, types: [type] }, namespace, release, kubeVersion });
}

function assertSame(installation: Installation): void {
  const { type, name } = installation;
  const objects = renderedObjects(renderOurs(installation));
  const expected = hashes[type].get(name);
  assert.ok(expected !== undefined);
  const actual = installationLeaves(objects);
  const found = installationDifferences(expected, actual);
  const problems = describeDifferences(found, { actual, recorded: recordedInstallationLeaves(type, name) });
  assert.ok(problems.length === 0, problems.join('\n'));
  const extra = uncoveredRights(expected, listRights(objects)).filter((right) => !isNew(right));
  assert.deepEqual(extra, [], 'permissions that the Go extension did not have');
}

/**
 * Reports whether the permission is for a new feature: to register a webhook, and to read nodes and Felix configurations in self-hosted shoots,
 * and to remove objects in the garden of an admission for both types that does not hold its Lease any more.
 */
function isNew({ resource, verb, name = '' }: Right): boolean {
  if (resource === 'validatingwebhookconfigurations' && verb === 'delete')
    return name.startsWith('gardener-extension-admission-');
  if (resource === 'leases') return verb === 'get' && name === 'gardener-extension-admission-networking';
  // For option kubeAPIServerGlobalNetworkSet, which the recorded version of the Go extension does not have.
  if (resource === 'dnsrecords') return verb === 'list';
  if (resource === 'customresourcedefinitions') return name === 'felixconfigurations.crd.projectcalico.org';
  return ['mutatingwebhookconfigurations', 'nodes', 'felixconfigurations'].includes(resource) && verb !== 'watch';
}
