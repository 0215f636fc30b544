/** Oracles that always pass would let everything through: each rule is shown something that breaks it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../support/cases.ts';
import { Violation } from '../engine/target.ts';
import { assertFindings, assertText } from './findings.ts';
import { assertManifest, kubeletExpansion, type ManifestInput } from './manifest.ts';
import { assertRate, assertReadable } from './mirror.ts';
import { nesting, readManifest } from './readers.ts';
import { assertReply, type ReviewReply } from './review.ts';

function assertBreaks(rule: string | undefined, run: () => unknown): void {
  if (rule === undefined) return void run();
  assert.throws(run, (error) => error instanceof Violation && error.rule === rule);
}

const configMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'node-local-dns-1', namespace: 'kube-system' },
  data: { Corefile: 'bind eth0', other: 'x' },
};
const request = { uid: 'u1', operation: 'CREATE', object: configMap };
const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request };

interface ReplyRow {
  readonly response?: object;
  readonly answer?: object;
  readonly reply?: ReviewReply;
  readonly body?: unknown;
  readonly path?: string;
  /** Undefined: nothing is wrong. */
  readonly rule?: string;
}

const patch = (...operations: readonly object[]): object => ({
  uid: 'u1',
  allowed: true,
  patchType: 'JSONPatch',
  patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
});
const corefile = { op: 'replace', path: '/data/Corefile', value: 'bind 0.0.0.0' };
const denial = (status: object): object => ({ uid: 'u1', allowed: false, status });

cases<ReplyRow>(
  {
    'review: a plain answer': { response: { uid: 'u1', allowed: true } },
    'review: a patch of the Corefile': { response: patch(corefile) },
    'review: a denial': { response: denial({ code: 403, message: 'no' }) },
    'review: a refusal of what is no review': {
      body: [],
      reply: { status: 400, text: 'the body is not an AdmissionReview' },
    },
    'review: another uid': { response: { uid: 'u2', allowed: true }, rule: 'response to another request' },
    'review: no verdict': { response: { uid: 'u1' }, rule: 'response without a verdict' },
    'review: another version': {
      answer: {
        apiVersion: 'admission.k8s.io/v1beta1',
        kind: 'AdmissionReview',
        response: { uid: 'u1', allowed: true },
      },
      rule: 'response of another kind or version',
    },
    'review: no review': { answer: {}, rule: 'response that is no AdmissionReview' },
    'review: no JSON': { reply: { status: 200, json: '{' }, rule: 'response that is no AdmissionReview' },
    'review: an internal error': { reply: { status: 500, text: 'x' }, rule: 'undocumented HTTP status' },
    'review: a review is unreadable': {
      reply: { status: 400, text: 'x' },
      rule: 'an AdmissionReview is refused as unreadable',
    },
    'review: an answer to anything': {
      body: {},
      response: { uid: 'u1', allowed: true },
      rule: 'answer to bytes that are no AdmissionReview',
    },
    'review: a refusal with an escape code': {
      body: {},
      reply: { status: 400, text: '\u001b' },
      rule: 'unsafe character: refusal',
    },
    'review: a large response': {
      response: { uid: 'u1', allowed: true, x: 'x'.repeat(300_000) },
      rule: 'large response',
    },
    'review: many warnings': {
      response: { uid: 'u1', allowed: true, warnings: Array(21).fill('x') },
      rule: 'too many warnings',
    },
    'review: a long warning': {
      response: { uid: 'u1', allowed: true, warnings: ['x'.repeat(300)] },
      rule: 'long text: warning',
    },
    'review: a warning of two lines': {
      response: { uid: 'u1', allowed: true, warnings: ['a\nb'] },
      rule: 'unsafe character: warning',
    },
    'review: a denial as an internal error': {
      response: denial({ code: 500, message: 'x' }),
      rule: 'denial with an undocumented code',
    },
    'review: a denial without words': { response: denial({ code: 403 }), rule: 'denial without a message' },
    'review: a denial with a control character': {
      response: denial({ code: 403, message: 'a\u0085' }),
      rule: 'unsafe character: message of a denial',
    },
    'review: many causes': {
      response: denial({
        code: 403,
        message: 'x',
        details: { causes: Array.from({ length: 60 }, () => ({ field: 'a' })) },
      }),
      rule: 'too many causes',
    },
    'review: a long cause': {
      response: denial({ code: 403, message: 'x', details: { causes: [{ message: 'x'.repeat(5_000) }] } }),
      rule: 'long text: message of a cause',
    },
    'review: a patch of another key': {
      response: patch({ ...corefile, path: '/data/other' }),
      rule: 'patch changes more than its webhook may',
    },
    'review: a patch of the name': {
      response: patch(corefile, { op: 'replace', path: '/metadata/name', value: 'x' }),
      rule: 'patch changes more than its webhook may',
    },
    'review: a patch of what is not there': {
      response: patch({ ...corefile, path: '/spec/x' }),
      rule: 'patch that does not apply',
    },
    'review: an empty patch': { response: patch(), rule: 'patch that is no list' },
    'review: a patch by the validator': {
      path: '/webhooks/validate',
      response: patch(corefile),
      rule: 'patch of a webhook that changes nothing',
    },
    'review: the mutator changes kube-proxy': {
      path: '/webhooks/mutate',
      body: { ...review, request: { ...request, object: { kind: 'Shoot', spec: {} } } },
      response: patch({ op: 'add', path: '/spec/kubernetes', value: { kubeProxy: { enabled: false } } }),
    },
    'review: the mutator changes something else': {
      path: '/webhooks/mutate',
      body: { ...review, request: { ...request, object: { kind: 'Shoot', spec: {} } } },
      response: patch({ op: 'add', path: '/spec/kubernetes', value: { kubeProxy: { enabled: false }, version: '1' } }),
      rule: 'patch changes more than its webhook may',
    },
  },
  ({ response, answer, reply, body = review, path = '/shoot', rule }) => {
    const sent = answer ?? { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response };
    const bytes = Buffer.from(JSON.stringify(body));
    assertBreaks(rule, () => assertReply({ path, bytes, reply: reply ?? { status: 200, json: JSON.stringify(sent) } }));
  },
);

const rules = { 'a-code': { severity: 'error', title: '', reason: '', remedy: '' } } as const;
const finding = {
  code: 'a-code',
  severity: 'error',
  object: 'Network a/b',
  path: 'spec',
  message: 'm',
  remedy: 'r',
} as const;

cases<{ readonly change: object; readonly rule?: string }>(
  {
    'finding: a plain one': { change: {} },
    'finding: already stored': { change: { severity: 'warning', message: 'already stored, not rejected: x' } },
    'finding: an unknown code': { change: { code: 'other' }, rule: 'finding with an unregistered code' },
    'finding: an inherited code': { change: { code: 'toString' }, rule: 'finding with an unregistered code' },
    'finding: another severity': {
      change: { severity: 'warning' },
      rule: 'finding with another severity than its rule',
    },
    'finding: a long message': { change: { message: 'x'.repeat(5_000) }, rule: 'long text: message' },
    'finding: a line break': { change: { path: 'a\nb' }, rule: 'unsafe character: path' },
    'finding: a lone surrogate': { change: { object: '\ud800' }, rule: 'unsafe character: object' },
  },
  ({ change, rule }) => assertBreaks(rule, () => assertFindings([{ ...finding, ...change }], rules)),
);

test('ten thousand findings are too many', () =>
  assertBreaks('too many findings', () =>
    assertFindings(
      Array.from({ length: 10_001 }, () => finding),
      rules,
    ),
  ));

test('supplementary characters are no lone surrogates', () => assertText('a', 'x🦄', 10));

cases<{ readonly text: string; readonly rule?: string }>(
  {
    'manifest text: two documents': { text: '{"a":1}\n---\n{"b":"x\\u0085"}\n' },
    'manifest text: a key given twice': { text: '{"a":1,"a":2}\n', rule: 'key given twice' },
    'manifest text: a key given twice in different notation': {
      text: '{"a":1,"\\u0061":2}\n',
      rule: 'key given twice',
    },
    'manifest text: a raw separator': {
      text: '{"a":"\u2028"}\n',
      rule: 'manifest with characters that readers disagree about',
    },
    'manifest text: several lines': { text: '{"a":1,\n"b":2}\n', rule: 'document of several lines' },
    'manifest text: YAML': { text: 'a: 1\n', rule: 'document that is no JSON object' },
    'manifest text: a number out of range': { text: '{"a":1e999}\n', rule: 'number out of range' },
  },
  ({ text, rule }) => assertBreaks(rule, () => readManifest(text)),
);

const env = (value: string, more: readonly object[] = []): object => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'calico-node', namespace: 'kube-system' },
  spec: {
    template: {
      spec: { containers: [{ name: 'calico-node', args: ['-a'], env: [{ name: 'METHOD', value }, ...more] }] },
    },
  },
});
const slot = (text: string) => ({
  object: 'DaemonSet calico-node',
  place: ['spec', 'template', 'spec', 'containers', 'calico-node', 'env', 'METHOD', 'value'],
  text,
});
const manifest: ManifestInput = {
  objects: [env('my text')],
  twin: [env('eth0')],
  slots: [slot('my text')],
  twinSlots: [slot('eth0')],
  charts: 'calico',
  texts: ['my text'],
};
const bgpRole = { kind: 'Role', metadata: { name: 'cilium-bgp-secrets', namespace: 'cilium-bgp-secrets' } };
const bgpObjects = [{ kind: 'Namespace', metadata: { name: 'cilium-bgp-secrets' } }, bgpRole];
const bgp = { charts: 'cilium', objects: bgpObjects, twin: bgpObjects, slots: [], twinSlots: [], texts: [] };
const args = (...list: readonly string[]): object =>
  JSON.parse(JSON.stringify(env('my text')).replace('["-a"]', JSON.stringify(list))) as object;

cases<{ readonly change: Partial<ManifestInput>; readonly rule?: string }>(
  {
    'manifest: the text in its slot': { change: {} },
    'manifest: another text in the slot': {
      change: { objects: [env('my txt')] },
      rule: 'slot that does not hold its text',
    },
    'manifest: a reference that the kubelet expands': {
      change: { objects: [env('$(PATH) text')], slots: [slot('$(PATH) text')], texts: [] },
      rule: 'slot that does not hold its text',
    },
    'manifest: a reference that is escaped': {
      change: { objects: [env('$$(PATH) text')], slots: [slot('$(PATH) text')], texts: [] },
    },
    'manifest: no slot': {
      change: { slots: [{ ...slot('x'), place: ['spec', 'x'] }] },
      rule: 'slot that does not exist',
    },
    'manifest: a variable more': {
      change: { objects: [env('my text', [{ name: 'PWN', value: '1' }])] },
      rule: 'a text of the user changes more than its place',
    },
    'manifest: an argument more': {
      change: { objects: [args('-a', '-b')] },
      rule: 'a text of the user changes more than its place',
    },
    'manifest: the text also in an argument': {
      change: { objects: [args('my text')], twin: [args('my text')], twinSlots: manifest.slots, texts: [] },
      rule: 'text of the user in a command line',
    },
    'manifest: the text also elsewhere': {
      change: {
        objects: [env('my text', [{ name: 'X', value: 'is my text' }])],
        twin: [env('eth0', [{ name: 'X', value: 'is my text' }])],
      },
      rule: 'text of the user outside of its slots',
    },
    'manifest: an object more': {
      change: { objects: [env('my text')], twin: [env('eth0'), env('eth0')] },
      rule: 'a text of the user adds or removes an object',
    },
    'manifest: an object twice': {
      change: { objects: [env('my text'), env('my text')], twin: [env('eth0'), env('eth0')] },
      rule: 'object given twice',
    },
    'manifest: an object of no template': {
      change: { objects: [{ kind: 'Secret', metadata: { name: 'x' } }] },
      rule: 'object that no template announces',
    },
    'manifest: a foreign namespace': {
      change: { objects: [{ kind: 'DaemonSet', metadata: { name: 'calico-node', namespace: 'default' } }] },
      rule: 'object in a foreign namespace',
    },
    'manifest: a namespace that the manifest does not create': {
      change: { ...bgp, objects: [bgpRole], twin: [bgpRole] },
      rule: 'object in a foreign namespace',
    },
    'manifest: a namespace that the manifest creates': { change: bgp },
    'manifest: a name twice in a list': {
      change: {
        objects: [env('my text', [{ name: 'METHOD', value: 'b' }])],
        twin: [env('eth0', [{ name: 'METHOD', value: 'b' }])],
      },
      rule: 'name given twice in a list',
    },
    'manifest: a checksum of nothing': {
      change: {
        objects: [{ ...env('my text'), 'checksum/configmap-a': 'x' }],
        twin: [{ ...env('eth0'), 'checksum/configmap-a': 'y' }],
      },
      rule: 'checksum of no ConfigMap',
    },
  },
  ({ change, rule }) => assertBreaks(rule, () => assertManifest({ ...manifest, ...change })),
);

cases<readonly [before: string, after: string]>(
  {
    'kubelet: a reference': ['a$(B)c', 'a<value of B>c'],
    'kubelet: an escaped reference': ['a$$(B)c', 'a$(B)c'],
    'kubelet: no reference': ['a$b$(1)$(', 'a$b$(1)$('],
    'kubelet: two dollar signs': ['$$', '$'],
  },
  ([before, after]) => assert.equal(kubeletExpansion(before), after),
);

const line = (object: object, type = 'ADDED'): Buffer => Buffer.from(JSON.stringify({ type, object }));
const named = { metadata: { namespace: 'n', name: 'a', resourceVersion: '5' } };
const event = { key: 'n/a', resourceVersion: '5', source: 'watch' } as const;

cases<{
  readonly lines: readonly Buffer[];
  readonly lists?: readonly Buffer[];
  readonly rule?: string;
  readonly source?: 'initial';
}>(
  {
    'mirror: an event that was sent': { lines: [line(named)] },
    'mirror: an item that was listed': {
      lines: [],
      lists: [Buffer.from(JSON.stringify({ items: [named] }))],
      source: 'initial',
    },
    'mirror: an event that was not sent': { lines: [], rule: 'event believed that cannot be read' },
    'mirror: an event of an unknown type': { lines: [line(named, 'GONE')], rule: 'event believed that cannot be read' },
    'mirror: an event with another version': {
      lines: [line({ metadata: { ...named.metadata, resourceVersion: '6' } })],
      rule: 'event believed that cannot be read',
    },
    'mirror: an event in bytes that are no UTF-8': {
      lines: [Buffer.concat([line(named).subarray(0, -2), Buffer.from(',"x":"\xff"}}', 'latin1')])],
      rule: 'event believed that cannot be read',
    },
    'mirror: an item that was only watched': {
      lines: [line(named)],
      source: 'initial',
      rule: 'item of a list believed that cannot be read',
    },
  },
  ({ lines, lists = [], source, rule }) =>
    assertBreaks(rule, () => assertReadable([{ ...event, source: source ?? 'watch' }], { lines, lists })),
);

test('a hundred requests in a minute are too many, spread over two they are not', () => {
  const requests = (everyMs: number) =>
    Array.from({ length: 150 }, (_, index) => ({ at: index * everyMs, kind: 'watch' }));
  assertRate(requests(700), 100);
  assertBreaks('too many requests: watch', () => assertRate(requests(500), 100));
});

test('nesting counts brackets outside of strings', () => {
  assert.equal(nesting(Buffer.from('{"a":[[1],"[[[\\"[["]}')), 3);
  assert.equal(nesting(Buffer.from('1')), 0);
});
