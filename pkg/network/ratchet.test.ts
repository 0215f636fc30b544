import assert from 'node:assert/strict';
import { cases } from '../../test/support/cases.ts';
import type { KubeObject } from '../gardener/objects.ts';
import type { Diagnostic } from './diagnostics.ts';
import { isStored } from './ratchet.ts';

const shootOf = (spec: unknown): KubeObject => ({
  apiVersion: 'core.gardener.cloud/v1beta1',
  kind: 'Shoot',
  metadata: { name: 'web' },
  spec,
});

const finding = (path: string, message = 'Invalid value', code = 'config-invalid-value'): Diagnostic => ({
  code,
  severity: 'error',
  object: 'Shoot garden-dev/web',
  path,
  message,
  remedy: '',
});

interface Row {
  readonly before: unknown;
  readonly now: unknown;
  readonly stored: Diagnostic;
  readonly found: Diagnostic;
  readonly same: boolean;
}

cases<Row>(
  {
    'the same finding about the same value': {
      before: { mtu: -1 },
      now: { mtu: -1 },
      stored: finding('spec.mtu'),
      found: finding('spec.mtu'),
      same: true,
    },
    'another value with the same message, which shows only the beginning': {
      before: { mtu: `${'9'.repeat(100)}a` },
      now: { mtu: `${'9'.repeat(100)}b` },
      stored: finding('spec.mtu'),
      found: finding('spec.mtu'),
      same: false,
    },
    'another message about the same value, because something beside it changed': {
      before: { mtu: -1 },
      now: { mtu: -1 },
      stored: finding('spec.mtu', 'Forbidden: together with a'),
      found: finding('spec.mtu', 'Forbidden: together with a, b'),
      same: false,
    },
    'another rule': {
      before: { mtu: -1 },
      now: { mtu: -1 },
      stored: finding('spec.mtu'),
      found: finding('spec.mtu', 'Invalid value', 'config-wrong-type'),
      same: false,
    },
    'another field': {
      before: { a: 1, b: 1 },
      now: { a: 1, b: 1 },
      stored: finding('spec.a'),
      found: finding('spec.b'),
      same: false,
    },
    'an entry that moved in its list': {
      before: { devices: ['a/b'] },
      now: { devices: ['eth0', 'a/b'] },
      stored: finding('spec.devices[0]'),
      found: finding('spec.devices[1]'),
      same: true,
    },
    'another entry of the list': {
      before: { devices: ['a/b'] },
      now: { devices: ['a/b', 'a/c'] },
      stored: finding('spec.devices[0]'),
      found: finding('spec.devices[1]'),
      same: false,
    },
    'a value that is not there': {
      before: {},
      now: { other: true },
      stored: finding('spec.overlay.enabled'),
      found: finding('spec.overlay.enabled'),
      same: true,
    },
    'a key that is no plain name, with the same value': {
      before: { 'a "key"': 1 },
      now: { 'a "key"': 1 },
      stored: finding('spec["a \\"key\\""]'),
      found: finding('spec["a \\"key\\""]'),
      same: true,
    },
    'a key that is no plain name, with another value': {
      before: { 'a "key"': 1 },
      now: { 'a "key"': 2 },
      stored: finding('spec["a \\"key\\""]'),
      found: finding('spec["a \\"key\\""]'),
      same: false,
    },
    'names that every object inherits are no values': {
      before: { constructor: 1 },
      now: {},
      stored: finding('spec.constructor'),
      found: finding('spec.constructor'),
      same: false,
    },
  },
  ({ before, now, stored, found, same }) =>
    assert.equal(
      isStored({ finding: found, shoot: shootOf(now), before: { shoot: shootOf(before), findings: [stored] } }),
      same,
    ),
);
