import assert from 'node:assert/strict';
import { cases } from '../../test/support/cases.ts';
import { buildArguments, type Platform, platformOf, readPlatform } from './arguments.ts';

cases<{ readonly base?: string; readonly platform?: Platform; readonly more: readonly string[] }>(
  {
    'as the Dockerfile says': { more: [] },
    'for another processor': { platform: 'linux/arm64', more: ['--platform', 'linux/arm64', '--no-cache'] },
    'on another base': { base: 'node:24-slim', more: [] },
    'on another base for another processor': {
      base: 'node:24-slim',
      platform: 'linux/amd64',
      more: ['--platform', 'linux/amd64', '--no-cache'],
    },
  },
  ({ base, platform, more }) => {
    const input = { image: 'netext:test', base, platform, version: '0.1.0', revision: 'abc', folder: '/src' };
    const args = ['--build-arg', 'VERSION=0.1.0', '--build-arg', 'REVISION=abc'];
    const ofBase = base === undefined ? [] : ['--build-arg', `BASE=${base}`];
    assert.deepEqual(buildArguments(input), ['build', '--tag', 'netext:test', ...more, ...args, ...ofBase, '/src']);
  },
);

interface Row {
  readonly text: string;
  readonly base?: string;
  readonly arch?: string;
  readonly gives?: Platform | undefined;
  readonly says?: RegExp;
}

cases<Row>(
  {
    'nothing is the own platform': { text: '', base: 'local', gives: undefined },
    'the own platform': { text: 'linux/amd64', gives: 'linux/amd64' },
    'the own platform on the own Node': { text: 'linux/arm64', base: 'local', arch: 'arm64', gives: 'linux/arm64' },
    'a foreign platform': { text: 'linux/arm64', gives: 'linux/arm64' },
    'a foreign platform on a named base': { text: 'linux/arm64', base: 'node:24-slim', gives: 'linux/arm64' },
    'a foreign platform on the own Node': {
      text: 'linux/arm64',
      base: 'local',
      says: /^PLATFORM=linux\/arm64 and BASE=local: that base is the Node of this machine, which is linux\/amd64; name a base/,
    },
    'on a processor that the image is not made for': {
      text: 'linux/amd64',
      base: 'local',
      arch: 's390x',
      says: /which is s390x/,
    },
    'an unknown platform': {
      text: 'arm64',
      says: /^PLATFORM=arm64: the image is made for linux\/amd64 and linux\/arm64$/,
    },
  },
  ({ text, base, arch = 'x64', gives, says }) => {
    const read = (): Platform | undefined => readPlatform(text, { base, arch });
    if (says === undefined) assert.equal(read(), gives);
    else assert.throws(read, (error: Error) => says.test(error.message));
  },
);

cases<{ readonly arch: string; readonly platform: Platform | undefined }>(
  {
    'x86-64': { arch: 'x64', platform: 'linux/amd64' },
    arm64: { arch: 'arm64', platform: 'linux/arm64' },
    'another one': { arch: 'ppc64', platform: undefined },
  },
  ({ arch, platform }) => assert.equal(platformOf(arch), platform),
);
