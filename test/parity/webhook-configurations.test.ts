/** The admission of cilium registers its webhooks as the Go extension does. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { describeDifferences, differences } from './differences.ts';
import { recordedConfigurations } from './reference/webhook-configurations.ts';
import { readHashes } from './stored-hashes.ts';
import { addresses, configurationLeaves, renderedConfigurations } from './webhook-configurations.ts';

suite('webhook configurations of cilium equal those of the Go extension', () => {
  const hashes = readHashes('cilium', 'webhook-configurations');
  assert.deepEqual([...hashes.keys()], Object.keys(addresses));

  for (const [mode, address] of Object.entries(addresses)) {
    test(`reached by ${mode}`, () => {
      const actual = configurationLeaves(renderedConfigurations(address));
      const found = differences(hashes.get(mode) ?? new Map(), actual);
      const recorded = configurationLeaves(recordedConfigurations(mode));
      const problems = describeDifferences(found, { actual, recorded });
      assert.ok(problems.length === 0, problems.join('\n'));
    });
  }

  test('defaults of the API server are spelled out, so that a stored configuration equals a rendered one', () => {
    for (const configuration of Object.values(addresses).flatMap(renderedConfigurations)) {
      const webhooks = configuration['webhooks'] as readonly {
        readonly namespaceSelector: unknown;
        readonly reinvocationPolicy?: string;
        readonly rules: readonly { readonly scope: string }[];
      }[];
      const reinvocation = configuration.kind === 'MutatingWebhookConfiguration' ? 'Never' : undefined;
      assert.deepEqual(
        webhooks.map(({ namespaceSelector, reinvocationPolicy }) => [namespaceSelector, reinvocationPolicy]),
        [[{}, reinvocation]],
      );
      for (const { scope } of webhooks.flatMap(({ rules }) => rules)) assert.equal(scope, '*');
    }
  });
});
