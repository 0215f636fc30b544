import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../../test/support/cases.ts';
import { plugins } from '../../plugins/index.ts';
import { planTools } from '../../plugins/tools.ts';
import { netextCommand } from './command.ts';
import { completions, describeField, readCursor } from './complete.ts';
import {
  assignmentsForEntry,
  changeForEntry,
  contextFields,
  contextTarget,
  parseEntry,
  readContext,
  usualAssignments,
} from './context.ts';
import { type Fix, fixesFor } from './fixes.ts';
import { createModel } from './model.ts';
import { findSecrets } from './secrets.ts';
import { decodeQuestion, encodeQuestion } from './share.ts';
import { applyChange } from './yaml-edit.ts';

const model = createModel({ plugins, tools: planTools() });

const shoot = (config: string, type = 'calico'): string => `apiVersion: core.gardener.cloud/v1beta1
kind: Shoot
metadata: { name: web, namespace: garden-dev }
spec:
  kubernetes:
    version: 1.34.3
  provider:
    type: local
    workers: [{ name: a, minimum: 2, maximum: 8 }]
  networking:
    type: ${type}
    nodes: 10.180.0.0/16
    pods: 100.96.0.0/11
    services: 100.64.0.0/13
    providerConfig:
${config}`;

function fixes(text: string): readonly { readonly code: string; readonly fixes: readonly Fix[] }[] {
  const { subjects } = model.answer({ text }).evaluation;
  return subjects.flatMap(({ findings }) => findings.map((one) => ({ code: one.code, fixes: fixesFor(text, one) })));
}

cases<{ readonly config: string; readonly label: string; readonly after: RegExp }>(
  {
    'renames a misspelled option': {
      config: '      overlay: { enabeld: true }\n',
      label: 'Rename to enabled',
      after: /overlay: \{ enabled: true \}/,
    },
    'removes an unknown option': {
      config: '      overlay:\n        enabeld: true\n      mtu: 1\n',
      label: 'Remove the field',
      after: /providerConfig:\n {6}mtu: 1/,
    },
    'uses the value that was meant': { config: '      backend: Bird\n', label: 'Use bird', after: /backend: bird\n/ },
    'uses a supported value': {
      config: '      serviceLoopPrevention: Deny\n',
      label: 'Use Reject',
      after: /serviceLoopPrevention: Reject\n/,
    },
    'writes a value as it is read': {
      config: '      overlay:\n        enabled: yes\n',
      label: 'Write true',
      after: /enabled: true\n/,
    },
    'removes an option without effect': {
      config: '      overlay:\n        enabled: true\n        createPodRoutes: true\n',
      label: 'Remove the field',
      after: /enabled: true\n$/,
    },
  },
  ({ config, label, after }) => {
    const text = shoot(config);
    const found = fixes(text)
      .flatMap((one) => one.fixes)
      .find((one) => one.label === label);
    assert.ok(found !== undefined, JSON.stringify(fixes(text)));
    assert.match(applyChange(text, found.change), after);
  },
);

test('every fix of a misspelled option or value leads to a text with fewer findings', () => {
  for (const config of [
    '      overlay: { enabeld: true }\n',
    '      backend: Bird\n',
    '      serviceLoopPrevention: Deny\n',
    '      ipv4:\n        pool: IPIP\n',
  ]) {
    const text = shoot(config);
    const before = fixes(text);
    for (const { change } of before.flatMap((one) => one.fixes))
      assert.ok(fixes(applyChange(text, change)).length < before.length, `${config}: ${change.insert}`);
  }
});

cases<{ readonly text: string; readonly labels: readonly string[] }>(
  'completion proposes',
  {
    'the fields of a Shoot': { text: 'kind: Shoot\nspec:\n  netw|', labels: ['networking', 'kubernetes', 'provider'] },
    'the fields of an item of a list': {
      text: 'kind: Shoot\nspec:\n  provider:\n    workers:\n    - name: a\n      max|',
      labels: ['maximum', 'maxSurge'],
    },
    'the fields behind a dash': {
      text: 'kind: Shoot\nspec:\n  provider:\n    workers:\n    - na|',
      labels: ['name', 'machine'],
    },
    'the options of Calico': { text: shoot('      |'), labels: ['overlay', 'typha', 'backend'] },
    'the options of Cilium': { text: shoot('      |', 'cilium'), labels: ['hubble', 'tunnel'] },
    'the options in a group': { text: shoot('      overlay:\n        |'), labels: ['enabled', 'createPodRoutes'] },
    'the values of an enumeration': { text: shoot('      backend: |'), labels: ['bird', 'none', 'vxlan'] },
    'the values of a boolean': { text: shoot('      overlay:\n        enabled: |'), labels: ['true', 'false'] },
    'the options of a NetworkConfig alone': {
      text: 'apiVersion: cilium.networking.extensions.gardener.cloud/v1alpha1\nkind: NetworkConfig\n|',
      labels: ['hubble'],
    },
    'the options in a Network': {
      text: 'kind: Network\nspec:\n  type: calico\n  providerConfig:\n    ty|',
      labels: ['typha'],
    },
    'booleans of a Shoot': {
      text: 'kind: Shoot\nspec:\n  kubernetes:\n    kubeProxy:\n      enabled: |',
      labels: ['true', 'false'],
    },
  },
  ({ text, labels }) => {
    const offset = text.indexOf('|');
    const found = completions(readCursor(text.replace('|', ''), offset), model.schemas).map(({ label }) => label);
    for (const label of labels) assert.ok(found.includes(label), `${label} in ${found.join(', ')}`);
  },
);

test('a field of a document does not depend on other documents', () => {
  const text = `${shoot('')}---\nkind: Network\nspec:\n  type: cilium\n  providerConfig:\n    `;
  assert.ok(completions(readCursor(text, text.length), model.schemas).some(({ label }) => label === 'hubble'));
});

test('a hover explains options with their descriptions and values', () => {
  const text = shoot('      backend: bird\n');
  const at = text.indexOf('backend');
  const found = describeField(readCursor(text, at), 'backend', model.schemas);
  assert.equal(found?.detail, 'bird | none | vxlan');
  assert.match(found?.info ?? '', /Routing daemon/);
  assert.equal(describeField(readCursor(text, at), 'nothing', model.schemas), undefined);
});

test('every field of the form is read from a Shoot, and written to where it is read', () => {
  const entries: Readonly<Record<string, string>> = {
    type: 'cilium',
    provider: 'aws',
    version: '1.33.1',
    families: 'IPv4, IPv6',
    pods: '10.0.0.0/12',
    services: '10.16.0.0/16',
    nodes: '10.32.0.0/16',
    kubeProxy: 'true',
    kubeProxyMode: 'NFTables',
    nodeLocalDNS: 'true',
    minimum: '3',
    maximum: '9',
    address: 'true',
    exists: 'true',
  };
  assert.deepEqual(
    Object.keys(entries),
    contextFields.map(({ id }) => id),
  );
  let text = shoot('      apiVersion: x\n');
  for (const field of contextFields) {
    const target = contextTarget(text);
    assert.equal(target?.kind, 'document');
    const change = changeForEntry({ text, target, field, value: parseEntry(field, entries[field.id] ?? '') });
    assert.ok(change !== undefined, field.id);
    text = applyChange(text, change);
  }
  const { first } = model.answer({ text }).evaluation;
  assert.deepEqual(readContext(first?.subject.shoot), entries);
});

test('the form writes to the Shoot in a Cluster, and to options without a Shoot', () => {
  const cluster = 'kind: Cluster\nmetadata: { name: a }\nspec:\n  shoot:\n    spec: {}\n';
  assert.deepEqual(contextTarget(`kind: Network\n---\n${cluster}`), {
    kind: 'document',
    document: 1,
    prefix: ['spec', 'shoot'],
  });
  assert.deepEqual(contextTarget('kind: NetworkConfig\n'), { kind: 'options' });
  assert.equal(contextTarget('a: ['), undefined);
  const field = contextFields.find(({ id }) => id === 'families') ?? assert.fail();
  const once = assignmentsForEntry([], { field, value: ['IPv4'] });
  assert.deepEqual(assignmentsForEntry(once, { field, value: ['IPv6', 'IPv4'] }), [
    'spec.networking.ipFamilies=["IPv6","IPv4"]',
  ]);
  assert.deepEqual(assignmentsForEntry(once, { field, value: undefined }), []);
});

test('a configuration alone has a plan in a usual Shoot, of both CNIs', () => {
  for (const type of ['calico', 'cilium']) {
    const text = `apiVersion: ${type}.networking.extensions.gardener.cloud/v1alpha1\nkind: NetworkConfig\n`;
    const answer = model.answer({ text, values: { set: usualAssignments(text) } });
    assert.deepEqual(answer.evaluation.problems, []);
    assert.ok(answer.objects().length >= 15, type);
    assert.equal(answer.picture()?.families.length, 1);
    assert.ok((answer.values()?.options.length ?? 0) > 20);
  }
  assert.deepEqual(usualAssignments(shoot('')), []);
});

test('a change of the overlay has an effect, and another network type is refused', () => {
  const set = (enabled: boolean): string => shoot(`      overlay: { enabled: ${enabled} }\n`);
  const result = model.change({ text: set(true) }, { text: set(false) });
  assert.equal(result?.outcome, 'described');
  assert.ok(result?.outcome === 'described' && ['interruption', 'addresses'].includes(result.effects.impact));
  const same = model.change({ text: set(true) }, { text: set(true) });
  assert.ok(same?.outcome === 'described' && same.effects.impact === 'none');
  const other = model.change({ text: shoot('') }, { text: shoot('', 'cilium') });
  assert.ok(other?.outcome === 'described' && other.effects.impact === 'refused');
  assert.equal(model.change({ text: '' }, { text: set(true) }), undefined);
});

test('invalid options are problems, as on the command line', () => {
  const { evaluation } = model.answer({ text: shoot(''), featureGates: 'Nothing=true' });
  assert.match(evaluation.problems[0]?.message ?? '', /^--feature-gates: unknown feature gate "Nothing"/);
  assert.equal(evaluation.valid, false);
});

test('a text that is too large is not read', () => {
  const { evaluation } = model.answer({ text: '#'.repeat(1024 * 1024 + 1) });
  assert.deepEqual(evaluation.problems, [{ message: 'is larger than 1 MiB: use netext for it' }]);
});

test('no text makes the model throw', () => {
  const words = fc.constantFrom(
    'kind: Shoot\n',
    'spec:\n',
    '  networking:\n',
    '    type: cilium\n',
    '---\n',
    '{',
    '[',
    ': ',
    '"',
    '&a ',
    '*a ',
    '<<: *a\n',
    '\u2028',
    '- ',
    '\n',
    '    providerConfig: ',
    '!!x ',
  );
  fc.assert(
    fc.property(fc.array(words, { maxLength: 30 }), fc.nat(), (parts, at) => {
      const text = parts.join('');
      const answer = model.answer({ text });
      answer.objects();
      answer.picture();
      contextTarget(text);
      for (const { findings } of answer.evaluation.subjects) for (const one of findings) fixesFor(text, one);
      completions(readCursor(text, at % (text.length + 1)), model.schemas);
    }),
    { numRuns: 300 },
  );
});

test('a link holds the whole question', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), fc.array(fc.string()), (text, old, set) => {
      const question = { text, old, featureGates: 'A=true', values: { set } };
      const decoded = decodeQuestion(encodeQuestion(question));
      assert.equal(decoded?.text, text);
      assert.equal(decoded.old ?? '', old);
      assert.deepEqual(decoded.values?.set ?? [], set);
      assert.equal(decoded.featureGates, 'A=true');
    }),
  );
});

cases<{ readonly hash: string }>(
  'a link is rejected',
  {
    'of another version': { hash: `2${encodeQuestion({ text: 'a' }).slice(1)}` },
    'that is cut': { hash: encodeQuestion({ text: 'a'.repeat(100) }).slice(0, -6) },
    'that is no base64url': { hash: '1a+b' },
    'that is empty': { hash: '' },
    'whose text is larger than the limit': { hash: encodeQuestion({ text: 'a'.repeat(3 * 1024 * 1024) }) },
  },
  ({ hash }) => assert.equal(decodeQuestion(hash), undefined),
);

cases<{ readonly text: string; readonly lines: readonly number[] }>(
  'secrets are found:',
  {
    'a private key': { text: 'a: |\n  -----BEGIN RSA PRIVATE KEY-----\n', lines: [2] },
    'a password': { text: 'x: 1\npassword: hunter2\n', lines: [2] },
    'a token in a header': { text: 'token: "abcdefgh12345"\n', lines: [1] },
    'a JSON web token': { text: 'a: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.x\n', lines: [1] },
    'a key of a cloud': { text: 'id: AKIAIOSFODNN7EXAMPLE\n', lines: [1] },
    'a Secret': { text: 'apiVersion: v1\nkind: Secret\n', lines: [2] },
    'a key of a kubeconfig': { text: '    client-key-data: LS0tLS1CRUdJTiBSU0E=\n', lines: [1] },
    'not the name of a Secret': {
      text: 'secretBindingName: my-binding\nsecretRef: { name: x }\ntokens: 5\npassword: ""\n',
      lines: [],
    },
    'not a usual Shoot': { text: shoot('      typha: { enabled: true }\n'), lines: [] },
  },
  ({ text, lines }) =>
    assert.deepEqual(
      findSecrets(text).map(({ line }) => line),
      lines,
    ),
);

test('the command has the text, the options and the stored Shoot, quoted for a shell', () => {
  const command = netextCommand('validate', {
    text: "a: 'b'\nEOF\n",
    old: 'c: d',
    featureGates: 'A=true',
    values: { set: ['x.y=a b'] },
  });
  assert.equal(
    command,
    `cat > old.yaml <<'EOF'\nc: d\nEOF\n\nnetext validate -f - --old old.yaml --feature-gates A=true --set 'x.y=a b' <<'EOF_0'\na: 'b'\nEOF\nEOF_0\n`,
  );
});
