import assert from 'node:assert/strict';
import { cases } from '../../test/support/cases.ts';
import { applicableChecks } from './checks.ts';

const path = 'spec.providerConfig';
const dependencies: readonly string[] = [
  'ipv4',
  'mtu',
  'shoot: addresses',
  'shoot: families',
  'shoot: kubeProxy',
  'shoot: nodes',
  'shoot: pods',
];

/** Error paths, and the dependencies that they make invalid. */
const errorPaths: Readonly<Record<string, readonly [paths: readonly string[], ...invalid: readonly string[]]>> = {
  'without errors all checks apply': [[]],
  'an error about a field excludes its checks': [[`${path}.mtu`], 'mtu'],
  'an error about a member excludes the checks of its group': [[`${path}.ipv4.mode`], 'ipv4'],
  'an unknown member excludes the checks of its group': [[`${path}.ipv4.mod`], 'ipv4'],
  'an error about a list entry excludes the checks of the list': [[`${path}.ipv4[0]`], 'ipv4'],
  'an error about an unrelated field excludes no check': [[`${path}.debug`]],
  'an unknown field excludes all checks': [[`${path}.mut`], ...dependencies],
  'an unknown field with the prefix of a known one excludes all checks': [[`${path}.mtus`], ...dependencies],
  'an unknown field with a quoted name excludes all checks': [[`${path}["mtu\\n"]`], ...dependencies],
  'a wrong apiVersion excludes all checks': [[`${path}.apiVersion`], ...dependencies],
  'an error about the whole configuration excludes all checks': [[path], ...dependencies],
  'errors about families exclude the checks of families': [
    ['spec.ipFamilies', 'spec.ipFamilies[1]'],
    'shoot: families',
  ],
  'errors about pod ranges exclude the checks of pod ranges': [
    ['spec.podCIDR', 'spec.networking.pods', 'status.networking.pods[1]'],
    'shoot: pods',
  ],
  'errors about node ranges exclude the checks of node ranges': [
    ['spec.networking.nodes', 'status.networking.nodes[0]'],
    'shoot: nodes',
  ],
  'an error about kube-proxy excludes the checks of kube-proxy': [
    ['spec.kubernetes.kubeProxy.mode'],
    'shoot: kubeProxy',
  ],
  'an error about advertised addresses excludes their checks': [
    ['status.advertisedAddresses[0].url'],
    'shoot: addresses',
  ],
  'errors about names, Services and version exclude no check': [
    ['metadata.name', 'spec.serviceCIDR', 'spec.kubernetes.version'],
  ],
  'an error about an unlisted path excludes all checks': [['spec.something'], ...dependencies],
};

cases(errorPaths, ([paths, ...invalid]) => {
  const errors = paths.map(
    (one) => ({ code: 'c', severity: 'error', object: 'o', path: one, message: 'm', remedy: 'r' }) as const,
  );
  const checks = dependencies.map((one) => ({ dependsOn: [one] }));
  const applicable = applicableChecks([...checks, { dependsOn: ['debug-less', 'mtu'] }], {
    errors,
    path,
    fields: ['debug', 'ipv4', 'mtu'],
  });
  const excluded = checks.filter((check) => !applicable.includes(check)).map((check) => check.dependsOn[0]);
  assert.deepEqual(excluded, [...invalid].sort());
});
