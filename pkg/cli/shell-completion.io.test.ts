import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { runInFolder } from '../../test/support/command-line.ts';
import { topicNames } from './explain-names.ts';

async function script(shell: string): Promise<string> {
  const { code, stdout } = await runInFolder({ argv: ['completion', shell] });
  assert.equal(code, 0);
  return stdout;
}

/** Returns the words that bash offers for the last one of a command line. */
async function complete(...words: readonly string[]): Promise<readonly string[]> {
  const line = ['netext', ...words].map((word) => `'${word}'`).join(' ');
  const input = `${await script('bash')}\nCOMP_WORDS=(${line})\nCOMP_CWORD=${words.length}\n_netext\nprintf '%s\\n' "\${COMPREPLY[@]}"\n`;
  const { stdout, status, stderr } = spawnSync('bash', ['--norc'], { input, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout.split('\n').filter((one) => one !== '');
}

test('bash completes commands, options and their values', async () => {
  assert.deepEqual(await complete('exp'), ['explain']);
  assert.deepEqual(await complete('render', '--tar'), ['--target']);
  assert.deepEqual(await complete('render', '--target', 's'), ['shoot', 'seed', 'status']);
  assert.deepEqual(await complete('explain', '-o', 'm'), ['markdown']);
  assert.deepEqual(await complete('completion', 'f'), ['fish']);
  assert.deepEqual(await complete('help', 'val'), ['validate']);
});

test('bash completes the names of all options and codes after explain', async () => {
  assert.deepEqual(await complete('explain', 'calico.overlay.e'), ['calico.overlay.enabled']);
  assert.deepEqual(await complete('explain', 'calico-vxlan-i'), ['calico-vxlan-ipam']);
  const offered = new Set(await complete('explain', 'c'));
  for (const name of topicNames().filter((one) => one.startsWith('c'))) assert.ok(offered.has(name), name);
});

test('words that are no name are left to the completion of files', async () => {
  assert.deepEqual(await complete('explain', 'my-shoot.y'), []);
  assert.match(await script('bash'), /^complete -o default -F _netext netext$/m);
});

test('the scripts for zsh and fish contain all names', async () => {
  const [zsh, fish] = [await script('zsh'), await script('fish')];
  assert.match(zsh, /bashcompinit/);
  for (const name of topicNames()) for (const text of [zsh, fish]) assert.ok(text.split(/[\s'"]/).includes(name), name);
  assert.match(fish, /^complete -c netext -n '__fish_seen_subcommand_from validate' -l output -s o -x -a 'text json'/m);
});
