import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { cases } from '../../support/cases.ts';
import type { EventFault } from './faults.ts';
import { createStreamEditor, readLine } from './lines.ts';
import { concerns, isWrite, parseRequest, requestKind, withLabel } from './request.ts';

suite('requests', () => {
  const networks = '/apis/extensions.gardener.cloud/v1alpha1';
  cases<{
    readonly request: readonly [string, string];
    readonly kind: string;
    readonly write: boolean;
    readonly inN: boolean;
  }>(
    {
      get: { request: ['GET', `${networks}/namespaces/n/networks/x`], kind: 'GET networks', write: false, inN: true },
      'a status': {
        request: ['PATCH', `${networks}/namespaces/n/networks/x/status?fieldManager=a`],
        kind: 'PATCH networks/status',
        write: true,
        inN: true,
      },
      'a list of all namespaces': {
        request: ['GET', `${networks}/networks?limit=500`],
        kind: 'LIST networks',
        write: false,
        inN: false,
      },
      'a watch': {
        request: ['GET', `${networks}/networks?watch=true`],
        kind: 'WATCH networks',
        write: false,
        inN: false,
      },
      'the Cluster of the namespace': {
        request: ['GET', `${networks}/clusters/n`],
        kind: 'GET clusters',
        write: false,
        inN: true,
      },
      'the core group': {
        request: ['POST', '/api/v1/namespaces/n/secrets'],
        kind: 'POST secrets',
        write: true,
        inN: true,
      },
      'a namespace itself': {
        request: ['DELETE', '/api/v1/namespaces/n'],
        kind: 'DELETE namespaces',
        write: true,
        inN: false,
      },
      'no object': { request: ['GET', '/version'], kind: 'GET /version', write: false, inN: false },
    },
    ({ request: [method, url], kind, write, inN }) => {
      const request = parseRequest(method, url);
      assert.equal(requestKind(request), kind);
      assert.equal(isWrite(request), write);
      assert.equal(concerns(request, 'n'), inN);
    },
  );
});

test('a label is added to the selector that is there', () => {
  const selector = (url: string): string | null =>
    new URL(withLabel(url, 'a=b'), 'http://any').searchParams.get('labelSelector');
  assert.equal(selector('/x?limit=1'), 'a=b');
  assert.equal(selector('/x?labelSelector=c%3Dd'), 'c=d,a=b');
});

suite('faults of events', () => {
  const line = (text: string) => readLine('networks', text);
  const send = (text: string) => ({ do: 'send', text });
  cases<{ readonly fault: EventFault | undefined; readonly steps: readonly unknown[] }>(
    {
      none: { fault: undefined, steps: [send('first')] },
      drop: { fault: { act: 'drop' }, steps: [] },
      double: { fault: { act: 'double' }, steps: [send('first'), send('first')] },
      delay: { fault: { act: 'delay', ms: 5 }, steps: [{ do: 'wait', ms: 5 }, send('first')] },
      replace: { fault: { act: 'replace', text: 'null' }, steps: [send('null')] },
      'insert before': { fault: { act: 'insertBefore', text: 'x' }, steps: [send('x'), send('first')] },
      cut: { fault: { act: 'cut' }, steps: [{ do: 'sendPart', text: 'fi' }, { do: 'reset' }] },
      'reset before': { fault: { act: 'resetBefore' }, steps: [{ do: 'reset' }] },
      'close after': { fault: { act: 'closeAfter' }, steps: [send('first'), { do: 'close' }] },
    },
    ({ fault, steps }) => assert.deepEqual(createStreamEditor().edit(line('first'), fault), steps),
  );

  test('an event that is swapped comes after its successor', () => {
    const editor = createStreamEditor();
    assert.deepEqual(editor.edit(line('first'), { act: 'swap' }), []);
    assert.deepEqual(editor.edit(line('second'), undefined), [send('second'), send('first')]);
    assert.deepEqual(editor.edit(line('third'), undefined), [send('third')]);
  });

  test('an event is read as far as rules need it, and one that is no JSON is passed on', () => {
    const text = '{"type":"ADDED","object":{"metadata":{"namespace":"n","name":"x"}}}';
    assert.deepEqual(line(text), { resource: 'networks', type: 'ADDED', namespace: 'n', name: 'x', text });
    assert.equal(line('{').type, '?');
    assert.equal(line('null').type, '?');
  });
});
