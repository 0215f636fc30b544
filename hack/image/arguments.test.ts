import assert from 'node:assert/strict';
import { cases } from '../../test/support/cases.ts';
import { buildArguments, dockerPlatform, type Platform, readPlatform } from './arguments.ts';

cases<{ readonly base?: string; readonly platform?: Platform; readonly more: readonly string[] }>(
  'buildArguments for',
  {
    'the defaults': { more: [] },
    'another platform': { platform: 'linux/arm64', more: ['--platform', 'linux/arm64', '--no-cache'] },
    'another base': { base: 'node:24-slim', more: [] },
    'another base and platform': {
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
  readonly expected?: Platform | undefined;
  readonly message?: RegExp;
}

cases<Row>(
  'readPlatform parses or rejects',
  {
    'an empty text': { text: '', base: 'local', expected: undefined },
    'the platform of the machine': { text: 'linux/amd64', expected: 'linux/amd64' },
    'the platform of the machine with the local base': {
      text: 'linux/arm64',
      base: 'local',
      arch: 'arm64',
      expected: 'linux/arm64',
    },
    'a foreign platform': { text: 'linux/arm64', expected: 'linux/arm64' },
    'a foreign platform with a specified base': { text: 'linux/arm64', base: 'node:24-slim', expected: 'linux/arm64' },
    'a foreign platform with the local base': {
      text: 'linux/arm64',
      base: 'local',
      message:
        /^PLATFORM=linux\/arm64 and BASE=local: the local base contains the Node of this machine \(linux\/amd64\); specify a base/,
    },
    'an unsupported architecture of the machine': {
      text: 'linux/amd64',
      base: 'local',
      arch: 's390x',
      message: /of this machine \(s390x\)/,
    },
    'an unknown platform': {
      text: 'arm64',
      message: /^PLATFORM=arm64: the image supports linux\/amd64 and linux\/arm64 only$/,
    },
  },
  ({ text, base, arch = 'x64', expected, message }) => {
    const read = (): Platform | undefined => readPlatform(text, { base, arch });
    if (message === undefined) assert.equal(read(), expected);
    else assert.throws(read, (error: Error) => message.test(error.message));
  },
);

cases<{ readonly arch: string; readonly platform: Platform | undefined }>(
  'dockerPlatform of',
  {
    'x86-64': { arch: 'x64', platform: 'linux/amd64' },
    arm64: { arch: 'arm64', platform: 'linux/arm64' },
    'an unsupported architecture': { arch: 'ppc64', platform: undefined },
  },
  ({ arch, platform }) => assert.equal(dockerPlatform(arch), platform),
);
