import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ciliumCompatibility } from '../../../pkg/cilium/compatibility.ts';
import { ciliumVersion } from './programs.ts';

test('data plane tests run the release of Cilium whose sources were compared', () => {
  assert.equal(ciliumVersion(), `v${ciliumCompatibility.sources}`);
});
