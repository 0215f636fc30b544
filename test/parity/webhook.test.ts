/** The shoot webhook of cilium changes the objects of node-local-dns as the Go extension does. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { mutateNodeLocalDNS } from '../../pkg/cilium/nodelocaldns/node-local-dns.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { describeDifferences, leafDifferences } from './differences.ts';
import { recordedResponse } from './reference/webhook.ts';
import { readHashes } from './stored-hashes.ts';
import { readWebhookRequests, responseLeaves } from './webhook.ts';

/** Edits of our Corefile that undo what this project does differently on purpose: cilium 11 binds to the family of the shoot. */
const undone: Readonly<Record<string, (corefile: string) => string>> = {
  '06-configmap-ipv6': (corefile) => corefile.replaceAll('bind ::', 'bind 0.0.0.0'),
};

/** Cilium 11, too: `bind` and `health` are changed as directives only, not in other words or comments. */
const ownCorefile: Readonly<Record<string, string>> = {
  '15-configmap-odd-corefile': [
    '# bind 10.0.0.1 and health:1 in a comment',
    '.:53 {',
    '    bind 0.0.0.0 {',
    '    }',
    '    health',
    '    health :8080 {',
    '      lameduck 5s',
    '    }',
    '    rewrite name rebind.example.com foo',
    '    # bind 10.0.0.1 and health:1 in a comment',
    '}',
    '',
  ].join('\n'),
};

suite('cilium changes node-local-dns as the Go extension', () => {
  const hashes = readHashes('cilium', 'webhook');
  const requests = readWebhookRequests();

  for (const { name, object, crashed } of requests) {
    test(name, () => {
      const mutated = mutateNodeLocalDNS(object);
      const own = ownCorefile[name];
      if (crashed) assert.notEqual(mutated, object, 'changed, where the Go extension crashes');
      else if (own !== undefined) assert.equal(corefile(mutated), own);
      else assertRecorded(name, withCorefile(mutated, undone[name] ?? String));
    });
  }

  test('each exception is a request', () => {
    const names = requests.map(({ name }) => name);
    for (const name of [...Object.keys(undone), ...Object.keys(ownCorefile)]) assert.ok(names.includes(name), name);
  });

  function assertRecorded(name: string, object: KubeObject): void {
    const leaves = responseLeaves(object);
    const expected = hashes.get(name)?.get(object.kind);
    assert.ok(expected !== undefined);
    const found = leafDifferences({ object: object.kind, hashes: expected, leaves });
    const response = recordedResponse(name);
    const recorded = response === undefined ? undefined : new Map([[object.kind, responseLeaves(response)]]);
    const problems = describeDifferences(found, { actual: new Map([[object.kind, leaves]]), recorded });
    assert.ok(problems.length === 0, problems.join('\n'));
  }
});

function corefile({ data }: KubeObject): unknown {
  return isRecord(data) ? data['Corefile'] : undefined;
}

function withCorefile(object: KubeObject, edit: (text: string) => string): KubeObject {
  const text = corefile(object);
  return typeof text === 'string'
    ? { ...object, data: { ...(object['data'] as object), Corefile: edit(text) } }
    : object;
}
