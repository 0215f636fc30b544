import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandLine, containerEnv, type EnvVar } from './pod-template.ts';

const context = {
  fields: { 'spec.nodeName': 'node-1' },
  configMaps: { 'cilium-config': { debug: 'true' } },
  memory: 1024,
};

function env(...variables: readonly EnvVar[]): Readonly<Record<string, string>> {
  return containerEnv({ name: 'agent', env: variables }, context);
}

test('environment variables take their values from fields, ConfigMaps and the memory of the node', () => {
  const key = { name: 'cilium-config', key: 'debug' };
  const actual = env(
    { name: 'A', value: 'text' },
    { name: 'B', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
    { name: 'C', valueFrom: { configMapKeyRef: key } },
    { name: 'D', valueFrom: { resourceFieldRef: { resource: 'limits.memory' } } },
  );
  assert.deepEqual(actual, { A: 'text', B: 'node-1', C: 'true', D: '1024' });
});

test('a variable is left out if its key is missing and optional, and an error if it is not', () => {
  const key = { name: 'cilium-config', key: 'absent' };
  assert.deepEqual(env({ name: 'A', valueFrom: { configMapKeyRef: { ...key, optional: true } } }), {});
  assert.throws(() => env({ name: 'A', valueFrom: { configMapKeyRef: key } }), /environment variable A/);
});

test('an unsupported field is an error, not an empty value', () => {
  assert.throws(() => env({ name: 'A', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }), /status\.podIP/);
});

test('references in command and arguments are replaced', () => {
  const container = { name: 'operator', command: ['operator'], args: ['--debug=$(DEBUG)', '$(OTHER)'] };
  assert.deepEqual(commandLine(container, { DEBUG: 'true' }), ['operator', '--debug=true', '$(OTHER)']);
});
