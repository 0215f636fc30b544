/** What docs/usage and docs/operations show is what the program does: every command runs, every example for shoots is planned. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { planInput } from '../../pkg/cli/context.ts';
import { findingsOf } from '../../pkg/cli/report.ts';
import { exitCodes } from '../../pkg/cli/terminal.ts';
import { runInFolder } from '../../pkg/cli/testing/terminal.ts';
import { golden } from '../support/golden.ts';
import { type Block, blocksOf, type Outcome, type Page, readPages } from '../support/usage-docs.ts';
import { assertOther, examplesOf } from '../support/usage-shoots.ts';

const root = path.join(import.meta.dirname, '../..');
const pages = readPages(root, 'docs/usage');
const operations = readPages(root, 'docs/operations');
const words: Readonly<Record<string, Outcome>> = { refused: 'refused', waiting: 'waits' };

for (const page of pages) {
  for (const block of page.blocks.filter(({ language }) => language === 'yaml')) {
    const { outcome, codes } = block.claim;
    test(`${page.file}:${block.line} ${[outcome, ...codes].join(' ')}`, async () => {
      if (outcome === 'other') {
        assertOther(block.text);
        return;
      }
      for (const { cni, text } of examplesOf(block.text))
        assert.deepEqual(await verdictOn(text), { outcome, codes }, `${page.file}:${block.line} with ${cni}`);
    });
  }
}

for (const page of [...pages, ...operations]) {
  test(`${page.file} shows what its commands print`, async () => {
    golden(path.join(root, page.file), await withOutputs(page));
  });
}

test('there are examples of every outcome', () => {
  const shown = new Set(pages.flatMap(({ blocks }) => blocks.map(({ claim }) => claim.outcome)));
  assert.deepEqual([...shown].sort(), ['other', 'refused', 'valid', 'waits', 'warns']);
});

test('a claim that does not hold is noticed', async () => {
  const text =
    '<!-- netext: refused calico-kube-proxy-required -->\n```yaml\nspec: { networking: { type: calico } }\n```\n';
  const [block] = blocksOf('page.md', text);
  assert.deepEqual(block?.claim, { outcome: 'refused', codes: ['calico-kube-proxy-required'], file: undefined });
  const [example] = examplesOf(block.text);
  assert.deepEqual(await verdictOn(example?.text ?? ''), { outcome: 'valid', codes: [] });
});

for (const [what, text] of Object.entries({
  'a comment with an unknown word': '<!-- netext: fine -->\n```yaml\n```\n',
  'a comment with a space too little': '<!--netext: warns x-->\n```yaml\n```\n',
  'a block that is not closed': '```yaml\nspec: {}\n',
})) {
  test(`${what} is an error`, () => {
    assert.throws(() => blocksOf('page.md', text), /page\.md:\d/);
  });
}

/** What becomes of the only Network of an input. */
async function verdictOn(text: string): Promise<{ readonly outcome: Outcome; readonly codes: readonly string[] }> {
  const screen = { write: assert.fail, colour: false, width: undefined };
  const terminal = { stdin: assert.fail, readFile: async () => Buffer.from(text), out: screen, err: screen };
  const [planned, ...others] = await planInput({ file: ['shoot.yaml'], featureGates: [] }, terminal);
  assert.ok(planned !== undefined && others.length === 0, 'one Network is planned');
  const codes = [...new Set(findingsOf(planned).map(({ code }) => code))].sort();
  return { outcome: words[planned.result.outcome] ?? (codes.length === 0 ? 'valid' : 'warns'), codes };
}

/** The page as it should be: behind each `$ netext …` of a console block stands what it prints. */
async function withOutputs(page: Page): Promise<string> {
  const lines = page.text.split('\n');
  const parts: string[] = [];
  let next = 0;
  for (const block of page.blocks.filter(({ language }) => language === 'console')) {
    parts.push(...lines.slice(next, block.line), (await printed(page, block)).trimEnd());
    next = block.line + block.text.split('\n').length - 1;
  }
  return [...parts, ...lines.slice(next)].join('\n');
}

async function printed(page: Page, block: Block): Promise<string> {
  const commands = block.text.split('\n').filter((line) => line.startsWith('$ '));
  const place = `${page.file}:${block.line}`;
  assert.ok(commands.length > 0 && block.text.startsWith('$ '), `${place}: a console block starts with a command`);
  const files = Object.fromEntries(
    page.blocks.flatMap(({ claim, text }) => (claim.file === undefined ? [] : [[claim.file, text]])),
  );
  let text = '';
  for (const command of commands) {
    const [program, ...argv] = command.slice(2).split(' ');
    assert.equal(program, 'netext', `${place}: console blocks show netext alone, other commands stand in sh blocks`);
    const { code, stdout, stderr } = await runInFolder({ argv, folder: root, files });
    assert.ok(
      code === exitCodes.fine || code === exitCodes.findings,
      `${place}: ${command} ends with ${code}: ${stderr}`,
    );
    text += `${command}\n${stdout}${stderr}`;
  }
  return text;
}
