/** Reads the pages of docs/usage as tests need them: code blocks with what a page claims of them, and anchors. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface Page {
  /** Below the project's root. */
  readonly file: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

export interface Block {
  readonly language: string;
  readonly text: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
  readonly claim: Claim;
}

/** Without a comment a page claims that the example is valid as a new Shoot, without a finding. */
export interface Claim {
  readonly of: Moment;
  readonly outcome: Outcome;
  /** The diagnostics that it causes, sorted. */
  readonly codes: readonly string[];
  /** Under which name command lines on the page find it. */
  readonly file: string | undefined;
}

/** `other` is an object that Kubernetes or the CNI reads, not this extension. */
export const outcomes = ['valid', 'warns', 'refused', 'waits', 'other'] as const;
export type Outcome = (typeof outcomes)[number];

/**
 * When something is said of a Shoot. `new`: as it is created, behind the mutating webhook. `update`: as a running Shoot is changed to it. `stored`:
 * it is so already, and something else changes. `applied`: by the controller, where the admission has nothing to say yet.
 */
export const moments = ['new', 'update', 'stored', 'applied'] as const;
export type Moment = (typeof moments)[number];

export function readPages(root: string, folder: string): readonly Page[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => readPage(root, path.posix.join(folder, name)));
}

export function readPage(root: string, file: string): Page {
  const text = readFileSync(path.join(root, file), 'utf8');
  return { file, text, blocks: parseBlocks(file, text) };
}

/** Fenced code at the start of a line. Throws for a fence that is never closed, and for a comment to the tests that says nothing known. */
export function parseBlocks(file: string, text: string): readonly Block[] {
  const lines = text.split('\n');
  const blocks: Block[] = [];
  let open: { readonly language: string; readonly line: number } | undefined;
  for (const [index, line] of lines.entries()) {
    const fence = /^```(.*)$/.exec(line)?.[1];
    if (fence === undefined) continue;
    if (open === undefined) {
      open = { language: fence.trim(), line: index + 1 };
      continue;
    }
    const content = lines.slice(open.line, index).map((one) => `${one}\n`);
    const above = lines[open.line - 2] ?? '';
    blocks.push({ ...open, text: content.join(''), claim: parseClaim(`${file}:${open.line}`, above) });
    open = undefined;
  }
  if (open !== undefined) throw new Error(`${file}:${open.line}: the code block is not closed`);
  return blocks;
}

/** Texts outside of code blocks. */
export function readProse(page: Page): string {
  let inside = false;
  return page.text
    .split('\n')
    .filter((line) => {
      const fence = line.startsWith('```');
      if (fence) inside = !inside;
      return !inside && !fence;
    })
    .join('\n');
}

/** The anchors that GitHub gives to headings, and those set by hand. */
export function pageAnchors(page: Page): ReadonlySet<string> {
  const prose = readProse(page);
  const headings = Array.from(prose.matchAll(/^#{1,6} (.+)$/gm), ([, title = '']) => slug(title));
  const set = Array.from(prose.matchAll(/<a id="([^"]+)">/g), ([, id = '']) => id);
  return new Set([...headings, ...set]);
}

/** Targets of inline links, with the line that they stand in. */
export function pageLinks(page: Page): readonly string[] {
  return Array.from(readProse(page).matchAll(/\]\(([^)\s]+)\)/g), ([, target = '']) => target);
}

function slug(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

function parseClaim(place: string, above: string): Claim {
  const comment = /^<!-- netext: (.+) -->$/.exec(above)?.[1];
  if (comment === undefined) {
    if (above.includes('netext:')) throw new Error(`${place}: the comment above cannot be read: ${above}`);
    return { of: 'new', outcome: 'valid', codes: [], file: undefined };
  }
  const [, file, when = 'new', rest = ''] = /^(?:file (\S+); )?(?:(\w+); )?(.*)$/.exec(comment) ?? [];
  const of = moments.find((one) => one === when);
  if (of === undefined) throw new Error(`${place}: unknown moment ${when}, known are ${moments.join(', ')}`);
  const [word = '', ...codes] = rest.split(/,? /);
  const outcome = outcomes.find((one) => one === word);
  if (outcome === undefined) throw new Error(`${place}: unknown outcome ${word}, known are ${outcomes.join(', ')}`);
  return { of, outcome, codes: codes.sort(), file };
}
