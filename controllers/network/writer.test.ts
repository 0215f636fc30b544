import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { annotations, networkFinalizer } from '../../pkg/gardener/constants.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient, PatchInput } from '../../pkg/kubernetes/client/client.ts';
import { ApiError } from '../../pkg/kubernetes/client/errors.ts';
import { notFound } from '../../test/doubles/server.ts';
import { cases } from '../../test/support/cases.ts';
import { resources } from '../resources.ts';
import { Outdated } from '../seed/outdated.ts';
import { createNetworkWriter, type NetworkWriter } from './writer.ts';

interface Given {
  readonly operation?: string;
  readonly finalizers?: readonly string[];
}

function network({ operation, finalizers }: Given): KubeObject {
  return {
    apiVersion: 'extensions.gardener.cloud/v1alpha1',
    kind: 'Network',
    metadata: {
      namespace: 'shoot--foo--bar',
      name: 'bar',
      resourceVersion: '7',
      ...(operation === undefined ? {} : { annotations: { [annotations.operation]: operation } }),
      ...(finalizers === undefined ? {} : { finalizers }),
    },
  };
}

/** Records every patch; the client responds with the given object. */
function recorder(respond: (patch: PatchInput) => KubeObject): {
  readonly client: KubeClient;
  readonly sent: PatchInput[];
} {
  const sent: PatchInput[] = [];
  const client = {
    mergePatch: async (input: PatchInput) => {
      sent.push(input);
      return respond(input);
    },
  } as unknown as KubeClient;
  return { client, sent };
}

const theirs = 'example.com/theirs';
const removed = { [annotations.operation]: null };

suite('the writer sends these metadata with the resourceVersion that was read', () => {
  interface Row extends Given {
    readonly act: (writer: NetworkWriter) => Promise<void>;
    /** The metadata of the patch beside the resourceVersion; undefined when nothing is sent. */
    readonly metadata: object | undefined;
  }
  const begin: Row['act'] = (writer) => writer.begin();
  const release: Row['act'] = (writer) => writer.release();
  const finish =
    (operation: 'reconcile' | 'restore' | 'migrate'): Row['act'] =>
    (writer) =>
      writer.finish(operation);

  cases<Row>(
    {
      'begin without an annotation: nothing': { act: begin, finalizers: [networkFinalizer], metadata: undefined },
      'begin for a new Network: finalizer and annotation': {
        act: begin,
        operation: 'reconcile',
        metadata: { annotations: removed, finalizers: [networkFinalizer] },
      },
      'begin beside finalizers of others: ours in addition': {
        act: begin,
        finalizers: [theirs],
        metadata: { finalizers: [theirs, networkFinalizer] },
      },
      'begin with annotations: these, the finalizer and the removal in one patch': {
        act: (writer) => writer.begin({ 'example.com/stamp': 'now' }),
        operation: 'reconcile',
        metadata: { annotations: { 'example.com/stamp': 'now', ...removed }, finalizers: [networkFinalizer] },
      },
      'begin with the annotation reconcile: its removal': {
        act: begin,
        operation: 'reconcile',
        finalizers: [networkFinalizer],
        metadata: { annotations: removed },
      },
      'begin with the annotation restore: nothing': {
        act: begin,
        operation: 'restore',
        finalizers: [networkFinalizer],
        metadata: undefined,
      },
      'begin with an unknown annotation: nothing': {
        act: begin,
        operation: 'keepalive',
        finalizers: [networkFinalizer],
        metadata: undefined,
      },
      'finish without an annotation: nothing': {
        act: finish('reconcile'),
        finalizers: [networkFinalizer],
        metadata: undefined,
      },
      'finish of reconcile: removal of the annotation': {
        act: finish('reconcile'),
        operation: 'reconcile',
        finalizers: [networkFinalizer],
        metadata: { annotations: removed },
      },
      'finish of restore: removal of the annotation': {
        act: finish('restore'),
        operation: 'restore',
        metadata: { annotations: removed },
      },
      'finish of restore with a later annotation reconcile: its removal': {
        act: finish('restore'),
        operation: 'reconcile',
        metadata: { annotations: removed },
      },
      'finish of reconcile with a later annotation restore: nothing': {
        act: finish('reconcile'),
        operation: 'restore',
        metadata: undefined,
      },
      'finish of migrate: removal of the annotation and all finalizers': {
        act: finish('migrate'),
        operation: 'migrate',
        finalizers: [networkFinalizer, theirs],
        metadata: { annotations: removed, finalizers: null },
      },
      'finish of migrate without finalizers: removal of the annotation': {
        act: finish('migrate'),
        operation: 'migrate',
        metadata: { annotations: removed },
      },
      'release: removal of our finalizer only': {
        act: release,
        operation: 'reconcile',
        finalizers: [theirs, networkFinalizer],
        metadata: { finalizers: [theirs] },
      },
      'release of the last finalizer: removal of the list': {
        act: release,
        finalizers: [networkFinalizer],
        metadata: { finalizers: null },
      },
      'release without our finalizer: nothing': { act: release, finalizers: [theirs], metadata: undefined },
      'status without a patch: nothing': { act: (writer) => writer.status(undefined), metadata: undefined },
    },
    async ({ act, metadata, ...given }) => {
      const { client, sent } = recorder(() => network(given));
      await act(createNetworkWriter(client, network(given)));
      const expected = metadata === undefined ? [] : [{ metadata: { ...metadata, resourceVersion: '7' } }];
      assert.deepEqual(
        sent.map(({ patch }) => patch),
        expected,
      );
    },
  );
});

test('the writer patches the status subresource with the resourceVersion of the last response', async () => {
  const next = { ...network({}), metadata: { ...network({}).metadata, resourceVersion: '8' } };
  const { client, sent } = recorder(() => next);
  const writer = createNetworkWriter(client, network({}));
  await writer.status({ ipFamilies: ['IPv4'] });
  assert.equal(writer.network, next);
  await writer.begin();
  assert.deepEqual(
    sent.map(({ resource, namespace, name, subresource, patch }) => [
      resource.plural,
      namespace,
      name,
      subresource,
      patch,
    ]),
    [
      [
        'networks',
        'shoot--foo--bar',
        'bar',
        'status',
        { status: { ipFamilies: ['IPv4'] }, metadata: { resourceVersion: '7' } },
      ],
      [
        'networks',
        'shoot--foo--bar',
        'bar',
        undefined,
        { metadata: { finalizers: [networkFinalizer], resourceVersion: '8' } },
      ],
    ],
  );
});

suite('the writer throws Outdated for a Network that changed or is gone', () => {
  const failure = (code: number, reason?: string): ApiError => {
    const status = reason === undefined ? undefined : { kind: 'Status', reason };
    return new ApiError({ verb: 'patch', path: '/x', code, status, now: 0 });
  };
  const { namespace, name } = network({}).metadata;
  const missing = notFound({ verb: 'patch', resource: resources.networks, namespace, name });
  cases<{ readonly refusal: ApiError; readonly outdated: boolean }>(
    {
      Conflict: { refusal: failure(409, 'Conflict'), outdated: true },
      NotFound: { refusal: missing, outdated: true },
      'not for the 409 of a proxy': { refusal: failure(409), outdated: false },
      'not for the 404 of a proxy': { refusal: failure(404), outdated: false },
      'not for Forbidden': { refusal: failure(403), outdated: false },
      'not for an internal error': { refusal: failure(500), outdated: false },
    },
    async ({ refusal, outdated }) => {
      const { client } = recorder(() => {
        throw refusal;
      });
      const writer = createNetworkWriter(client, network({}));
      await assert.rejects(writer.begin(), (error) =>
        outdated ? error instanceof Outdated && error.cause === refusal : error === refusal,
      );
    },
  );
});
