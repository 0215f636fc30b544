/** Examples in docs/usage and docs/operations are correct: commands print the shown output, and Shoots have the claimed outcome. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { sortedFindings } from '../../pkg/cli/findings.ts';
import { planInput } from '../../pkg/cli/input.ts';
import { exitCodes } from '../../pkg/cli/terminal.ts';
import { runInFolder } from '../support/command-line.ts';
import { golden } from '../support/golden.ts';
import { type Block, type Moment, type Outcome, type Page, parseBlocks, readPages } from '../support/usage-docs.ts';
import { assertOther, createExamples, type Example, stored } from '../support/usage-shoots.ts';

const root = path.join(import.meta.dirname, '../..');
const pages = readPages(root, 'docs/usage');
const operations = readPages(root, 'docs/operations');
const words: Readonly<Record<string, Outcome>> = { refused: 'refused', waiting: 'waits' };

for (const page of pages) {
  for (const block of page.blocks.filter(({ language }) => language === 'yaml')) {
    const { of, outcome, codes } = block.claim;
    test(`${page.file}:${block.line} ${[of, outcome, ...codes].join(' ')}`, async () => {
      if (outcome === 'other') {
        assertOther(block.text);
        return;
      }
      for (const example of createExamples(block.text)) {
        const { admission, controller } = await readVerdicts(example, of);
        const place = `${page.file}:${block.line} with ${example.cni}`;
        const silent = { outcome: 'valid', codes: [] };
        assert.deepEqual(admission, of === 'applied' ? silent : { outcome, codes }, `${place}: netext validate`);
        if (of === 'created') {
          assert.equal(controller.outcome, 'warns', `${place}: netext render of the stored Shoot`);
          assert.deepEqual(await planned(example.text), { outcome, codes }, `${place}: netext render of the new Shoot`);
        } else assert.deepEqual(controller, { outcome, codes }, `${place}: netext render`);
      }
    });
  }
}

for (const page of [...pages, ...operations]) {
  test(`${page.file} shows the output of its commands`, async () => {
    golden(path.join(root, page.file), await withOutputs(page));
  });
}

test('the pages have examples of every outcome', () => {
  const claims = pages.flatMap(({ blocks }) => blocks.map(({ claim }) => claim));
  const outcomesShown = new Set(claims.map(({ outcome }) => outcome));
  assert.deepEqual([...outcomesShown].sort(), ['other', 'refused', 'valid', 'waits', 'warns']);
  const momentsShown = new Set(claims.map(({ of }) => of));
  assert.deepEqual([...momentsShown].sort(), ['applied', 'created', 'new', 'stored', 'update']);
});

test('fails for a wrong claim', async () => {
  const text =
    '<!-- netext: refused calico-kube-proxy-required -->\n```yaml\nspec: { networking: { type: calico } }\n```\n';
  const [block] = parseBlocks('page.md', text);
  assert.deepEqual(block?.claim, {
    of: 'new',
    outcome: 'refused',
    codes: ['calico-kube-proxy-required'],
    file: undefined,
  });
  const [example] = createExamples(block.text);
  assert.ok(example !== undefined);
  const valid = { outcome: 'valid', codes: [] };
  assert.deepEqual(await readVerdicts(example, 'new'), { admission: valid, controller: valid });
});

test('the outcome depends on the moment', async () => {
  const [example] = createExamples(
    'spec: { kubernetes: { kubeProxy: { enabled: true } }, networking: { type: cilium, providerConfig: { egressGateway: { enabled: true } } } }',
  );
  assert.ok(example !== undefined);
  const readOutcomes = async (of: Moment) => {
    const { admission, controller } = await readVerdicts(example, of);
    return [admission.outcome, controller.outcome];
  };
  assert.deepEqual(await readOutcomes('new'), ['valid', 'valid']);
  assert.deepEqual(await readOutcomes('update'), ['refused', 'refused']);
  assert.deepEqual(await readOutcomes('stored'), ['warns', 'refused']);
});

for (const [what, text] of Object.entries({
  'a comment with an unknown word': '<!-- netext: fine -->\n```yaml\n```\n',
  'a comment with an unknown moment': '<!-- netext: later; warns x -->\n```yaml\n```\n',
  'a comment with a missing space': '<!--netext: warns x-->\n```yaml\n```\n',
  'a block that is not closed': '```yaml\nspec: {}\n',
})) {
  test(`${what} is an error`, () => {
    assert.throws(() => parseBlocks('page.md', text), /page\.md:\d/);
  });
}

interface Verdict {
  readonly outcome: Outcome;
  readonly codes: readonly string[];
}

/** Returns the results of `netext validate` and `netext render` for an example. */
async function readVerdicts(
  { text, base }: Example,
  of: Moment,
): Promise<{ readonly admission: Verdict; readonly controller: Verdict }> {
  if (of === 'created' || of === 'applied')
    return { admission: await validated({ text }), controller: await planned(stored(text)) };
  if (of === 'new') return { admission: await validated({ text }), controller: await planned(text) };
  assert.ok(base !== undefined, 'an update needs a fragment');
  const old = of === 'update' ? base : text;
  return { admission: await validated({ text, old }), controller: await planned(stored(text)) };
}

/** Returns the result of `netext validate`. */
async function validated({ text, old }: { readonly text: string; readonly old?: string }): Promise<Verdict> {
  const files = { 'shoot.yaml': text, 'old.yaml': old ?? '' };
  const argv = ['validate', '-o', 'json', '-f', 'shoot.yaml', ...(old === undefined ? [] : ['--old', 'old.yaml'])];
  const { code, stdout, stderr } = await runInFolder({ argv, files });
  assert.equal(stderr, '');
  const { findings } = JSON.parse(stdout) as { readonly findings: readonly { readonly code: string }[] };
  const codes = sortedCodes(findings);
  if (code === exitCodes.findings) return { outcome: 'refused', codes };
  assert.equal(code, exitCodes.success);
  return { outcome: codes.length === 0 ? 'valid' : 'warns', codes };
}

/** Returns the plan of the single Network in an input. */
async function planned(text: string): Promise<Verdict> {
  const screen = { write: assert.fail, colour: false, width: undefined };
  const readFile = async function* () {
    yield Buffer.from(text);
  };
  const listFolder = async () => undefined;
  const terminal = { stdin: assert.fail, readFile, listFolder, out: screen, err: screen };
  const {
    planned: [one, ...others],
  } = await planInput({ file: ['shoot.yaml'], featureGates: [] }, terminal);
  assert.ok(one !== undefined && others.length === 0, 'one Network is planned');
  const codes = sortedCodes(sortedFindings(one));
  return { outcome: words[one.result.outcome] ?? (codes.length === 0 ? 'valid' : 'warns'), codes };
}

function sortedCodes(findings: readonly { readonly code: string }[]): readonly string[] {
  return [...new Set(findings.map(({ code }) => code))].sort();
}

/** Returns the page with the current output of each `$ netext …` in its console blocks. */
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
      code === exitCodes.success || code === exitCodes.findings,
      `${place}: ${command} ends with ${code}: ${stderr}`,
    );
    text += `${command}\n${stdout}${stderr}`;
  }
  return text;
}
