import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import { allFeatureGates, defaultFeatureGates, parseFeatureGates } from './feature-gates.ts';
import type { FeatureGate } from './plugin.ts';

const gates = ['NonPrivilegedCalicoNode', 'SeamlessOverlaySwitch'];

cases<{
  readonly text: string;
  readonly gates?: Readonly<Record<string, boolean>>;
  readonly problems?: readonly string[];
}>(
  {
    'accepts an empty string': { text: '' },
    'accepts commas and blanks only': { text: ' , ,' },
    'enables one gate': { text: 'SeamlessOverlaySwitch=true', gates: { SeamlessOverlaySwitch: true } },
    'parses several gates, with blanks as in component-base': {
      text: ' SeamlessOverlaySwitch = true , NonPrivilegedCalicoNode=F ',
      gates: { SeamlessOverlaySwitch: true, NonPrivilegedCalicoNode: false },
    },
    'the last of two values of a gate wins': {
      text: 'SeamlessOverlaySwitch=1,SeamlessOverlaySwitch=0',
      gates: { SeamlessOverlaySwitch: false },
    },
    'rejects a misspelled name with a suggestion': {
      text: 'SeamlesOverlaySwitch=true',
      problems: ['unknown feature gate "SeamlesOverlaySwitch", did you mean SeamlessOverlaySwitch?'],
    },
    'rejects an unknown name with the known names': {
      text: 'AllAlpha=true',
      problems: ['unknown feature gate "AllAlpha", known are NonPrivilegedCalicoNode, SeamlessOverlaySwitch'],
    },
    'rejects a gate without a value': {
      text: 'SeamlessOverlaySwitch',
      problems: ['feature gate SeamlessOverlaySwitch needs =true or =false, got "SeamlessOverlaySwitch"'],
    },
    'rejects an empty value': {
      text: 'SeamlessOverlaySwitch=',
      problems: ['feature gate SeamlessOverlaySwitch needs =true or =false, got "SeamlessOverlaySwitch="'],
    },
    'rejects a value that is not a boolean of Go': {
      text: 'SeamlessOverlaySwitch=yes',
      problems: ['feature gate SeamlessOverlaySwitch needs =true or =false, got "SeamlessOverlaySwitch=yes"'],
    },
    'rejects a second equals sign': {
      text: 'SeamlessOverlaySwitch=true=true',
      problems: ['feature gate SeamlessOverlaySwitch needs =true or =false, got "SeamlessOverlaySwitch=true=true"'],
    },
    'rejects a value without a name': {
      text: '=true',
      problems: ['unknown feature gate "", known are NonPrivilegedCalicoNode, SeamlessOverlaySwitch'],
    },
    'rejects keys of the prototype': {
      text: '__proto__=true,constructor=true',
      problems: [
        'unknown feature gate "__proto__", known are NonPrivilegedCalicoNode, SeamlessOverlaySwitch',
        'unknown feature gate "constructor", known are NonPrivilegedCalicoNode, SeamlessOverlaySwitch',
      ],
    },
    'escapes a hostile name in the message': {
      text: '\u009bx\u2028y=true',
      problems: ['unknown feature gate "\\u009bx\\u2028y", known are NonPrivilegedCalicoNode, SeamlessOverlaySwitch'],
    },
    'returns all problems at once, and the valid gates': {
      text: 'x,SeamlessOverlaySwitch=2,NonPrivilegedCalicoNode=true',
      gates: { NonPrivilegedCalicoNode: true },
      problems: [
        'unknown feature gate "x", known are NonPrivilegedCalicoNode, SeamlessOverlaySwitch',
        'feature gate SeamlessOverlaySwitch needs =true or =false, got "SeamlessOverlaySwitch=2"',
      ],
    },
  },
  ({ text, gates: expected = {}, problems = [] }) => {
    assert.deepEqual(parseFeatureGates(text, gates), { gates: expected, problems });
  },
);

test('accepts the values of strconv.ParseBool', () => {
  const read = (value: string) =>
    parseFeatureGates(`SeamlessOverlaySwitch=${value}`, gates).gates['SeamlessOverlaySwitch'];
  assert.deepEqual(
    ['1', 't', 'T', 'true', 'TRUE', 'True'].map(read),
    Array.from({ length: 6 }, () => true),
  );
  assert.deepEqual(
    ['0', 'f', 'F', 'false', 'FALSE', 'False'].map(read),
    Array.from({ length: 6 }, () => false),
  );
  assert.deepEqual(
    ['on', 'tRUE', '2', '"true"'].map(read),
    Array.from({ length: 4 }, () => undefined),
  );
});

test('property: parsing never throws, and returns known gates only', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^(SeamlessOverlaySwitch|x)(=(true|0|x))?(,.*)?$/));
  fc.assert(
    fc.property(text, (any) => {
      for (const name of Object.keys(parseFeatureGates(any, gates).gates)) assert.ok(gates.includes(name));
    }),
  );
});

const on: FeatureGate = { stage: 'GA', default: true, about: 'always' };
const off: FeatureGate = { stage: 'Alpha', default: false, about: 'perhaps' };

test('returns the gates of all plugins', () => {
  const plugins = [{ featureGates: { One: on } }, { featureGates: {} }, { featureGates: { Two: off } }];
  assert.deepEqual(allFeatureGates(plugins), { One: on, Two: off });
  assert.deepEqual(defaultFeatureGates(plugins), { One: true, Two: false });
  assert.deepEqual(allFeatureGates([]), {});
});
