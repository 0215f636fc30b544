import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient, ListInput } from '../../pkg/kubernetes/client/client.ts';
import { readManifests } from '../../pkg/managedresource/read.ts';
import type { Lookup } from '../../pkg/network/plugin.ts';
import { calicoCni } from '../../test/scenarios/support/cni.ts';
import { createFixtures } from '../../test/scenarios/support/fixtures.ts';
import { createContext } from '../../test/scenarios/support/runner.ts';
import { networkName } from '../../test/scenarios/support/scenario.ts';
import { startScenario } from '../../test/scenarios/support/seed.ts';
import { cases } from '../../test/support/cases.ts';
import { resources } from '../resources.ts';
import { createApiServerAddressReader } from './api-server-addresses.ts';
import { runNetwork } from './run.ts';

const labels = { 'gardener.cloud/role': 'controlplane', role: 'internal' };

/** As a list returns it, without a kind. */
function record(recordType: string, ...values: readonly string[]): KubeObject {
  const metadata = { name: 'bar-internal', namespace: 'shoot--foo--bar', labels };
  return { metadata, spec: { recordType, values } } as unknown as KubeObject;
}

async function resolve(host: string): Promise<readonly string[]> {
  if (host === 'lb.example.com') return ['192.0.2.7', '2001:db8::7'];
  if (host === 'empty.example.com') return [];
  throw new Error(`queryA ESERVFAIL ${host}`);
}

interface Given {
  readonly records?: readonly KubeObject[];
  readonly fails?: Error;
}

async function read({ records = [], fails }: Given): Promise<Lookup<readonly string[]>> {
  const client = {
    list: async (input: ListInput) => {
      if (fails !== undefined) throw fails;
      assert.equal(input.namespace, 'shoot--foo--bar');
      assert.equal(input.labelSelector, 'gardener.cloud/role=controlplane,role in (internal,external)');
      return { items: records };
    },
  };
  const reader = createApiServerAddressReader({ client: client as unknown as KubeClient, resolve });
  return reader({ namespace: 'shoot--foo--bar', signal: new AbortController().signal });
}

const unknown = (reason: string): Lookup<readonly string[]> => ({ available: false, reason });

cases<readonly [given: Given, addresses: Lookup<readonly string[]>]>(
  {
    'returns the addresses of records and of their host names, without duplicates': [
      { records: [record('A', '192.0.2.7', '192.0.2.1'), record('CNAME', 'lb.example.com')] },
      { available: true, value: ['192.0.2.7', '192.0.2.1', '2001:db8::7'] },
    ],
    'returns a reason without records': [{}, unknown('no DNSRecord of the API server has an address yet')],
    'returns a reason for a host name without addresses': [
      { records: [record('CNAME', 'empty.example.com')] },
      unknown('no DNSRecord of the API server has an address yet'),
    ],
    'returns a reason for a host name that cannot be resolved': [
      { records: [record('A', '192.0.2.1'), record('CNAME', 'other.example.com')] },
      unknown('queryA ESERVFAIL other.example.com'),
    ],
    'returns a reason for an invalid address': [
      { records: [record('A', 'x')] },
      unknown('DNSRecord shoot--foo--bar/bar-internal has the value "x", which is no IP address'),
    ],
  },
  async ([given, addresses]) => assert.deepEqual(await read(given), addresses),
);

test('rejects if the seed refuses the list, so that the status reports a missing permission', async () => {
  await assert.rejects(read({ fails: new Error('dnsrecords is forbidden') }), /^Error: dnsrecords is forbidden$/);
});

test('a Network waits for the DNSRecords of its API server, and is reconciled with their addresses', async () => {
  const { clusterObject, networkObject } = createFixtures(calicoCni);
  const config = { kubeAPIServerGlobalNetworkSet: { enabled: true } };
  const { world } = await startScenario({
    given: [
      { do: 'create', object: clusterObject() },
      { do: 'create', object: networkObject({ config }) },
    ],
    expected: { reason: undefined, results: [], writes: [], network: 'gone', objects: [] },
  });
  const { client, clock, namespace } = world;
  const run = async (): Promise<string> => {
    const { signal } = new AbortController();
    return (await runNetwork(createContext({ client, clock }), { key: `${namespace}/${networkName}`, signal })).result;
  };
  assert.equal(await run(), 'waiting');
  const spec = { type: 'x', secretRef: { name: 'x' }, name: 'api.example.com', recordType: 'A', values: ['192.0.2.1'] };
  const object = {
    apiVersion: 'extensions.gardener.cloud/v1alpha1',
    kind: 'DNSRecord',
    metadata: { name: 'bar-internal', namespace, labels },
    spec,
  };
  await client.create({ resource: resources.dnsRecords, object });
  assert.equal(await run(), 'succeeded');
  const { items } = await client.list({ resource: resources.secrets, namespace });
  const sets = readManifests(items).filter(({ kind }) => kind === 'GlobalNetworkSet');
  assert.deepEqual(
    sets.map((one) => one['spec']),
    [{ nets: ['192.0.2.1/32'] }],
  );
});
