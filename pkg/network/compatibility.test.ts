import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import type { ImageSource } from '../gardener/imagevector.ts';
import { unverifiedImages } from './compatibility.ts';

const compatibility = { version: '4.7.2', images: ['node'], companions: { cpa: 'v1.10.3', plugins: 'v1.60.0-dev' } };
const digest = `sha256:${'0'.repeat(64)}`;

suite('unverified images', () => {
  cases<{ readonly image: ImageSource; readonly tag?: string; readonly verified?: string }>(
    {
      'another patch release is not reported': { image: { name: 'node', tag: 'v4.7.9' } },
      'another minor version is reported': {
        image: { name: 'node', tag: 'v4.8.0' },
        tag: 'v4.8.0',
        verified: 'v4.7.2',
      },
      'another major version is reported': {
        image: { name: 'node', tag: '5.7.0' },
        tag: '5.7.0',
        verified: 'v4.7.2',
      },
      'a minor version that begins with the same digits is reported': {
        image: { name: 'node', tag: 'v4.70.0' },
        tag: 'v4.70.0',
        verified: 'v4.7.2',
      },
      'a tag with a digest is compared': {
        image: { name: 'node', tag: `v4.6.1@${digest}` },
        tag: 'v4.6.1',
        verified: 'v4.7.2',
      },
      'the tag of a reference is compared': {
        image: { name: 'node', ref: `registry:5000/calico/node:v4.6.1@${digest}` },
        tag: 'v4.6.1',
        verified: 'v4.7.2',
      },
      'a companion is compared with its own version': {
        image: { name: 'cpa', tag: 'v1.11.0' },
        tag: 'v1.11.0',
        verified: 'v1.10.3',
      },
      'the suffix of a version does not count': { image: { name: 'plugins', tag: 'v1.60.4' } },
      'a digest alone is not compared': { image: { name: 'node', tag: digest } },
      'a reference without a tag is not compared': {
        image: { name: 'node', ref: `registry:5000/calico/node@${digest}` },
      },
      'a tag that is no version is not compared': { image: { name: 'node', tag: 'latest' } },
      'an image of another CNI is not compared': { image: { name: 'agent', tag: 'v1.0.0' } },
    },
    ({ image, tag, verified }) => {
      const { name } = image;
      const expected = tag === undefined ? [] : [{ name, tag, verified }];
      assert.deepEqual(unverifiedImages(compatibility, [image]), expected);
    },
  );
});
