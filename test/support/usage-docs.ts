/** Parses pages of docs/usage: code blocks with the claims of their comments, anchors and links. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface Page {
  /** Path relative to the root of the project. */
  readonly file: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

export interface Block {
  readonly language: string;
  readonly text: string;
  /** Line of the opening fence, counted from 1. */
  readonly line: number;
  readonly claim: Claim;
}

/** The claim of a page about an example. Without a comment: it is valid as a new Shoot, without findings. */
export interface Claim {
  readonly of: Moment;
  readonly outcome: Outcome;
  /** Sorted codes of its diagnostics. */
  readonly codes: readonly string[];
  /** Name of the file in command lines on the page. */
  readonly file: string | undefined;
}

/** `other`: an object for Kubernetes or the CNI, which this extension does not read. */
export const outcomes = ['valid', 'warns', 'refused', 'waits', 'other'] as const;
export type Outcome = (typeof outcomes)[number];

/**
 * The moment of a claim about a Shoot. `new`: at its creation, after the mutating webhook. `update`: when a running Shoot is changed to it.
 * `stored`: when something else of the Shoot changes. `applied`: in the controller, for rules that the admission does not check. `created`: in
 * the admission and offline commands, which reject in new Shoots what the controller warns about in stored ones.
 */
export const moments = ['new', 'update', 'stored', 'applied', 'created'] as const;
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

/** Returns the fenced code blocks. Throws for an unclosed block and for an unknown claim. */
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

/** Returns the text outside of code blocks. */
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

/** Returns the anchors that GitHub generates for headings, and explicit ones. */
export function pageAnchors(page: Page): ReadonlySet<string> {
  const prose = readProse(page);
  const headings = Array.from(prose.matchAll(/^#{1,6} (.+)$/gm), ([, title = '']) => slug(title));
  const set = Array.from(prose.matchAll(/<a id="([^"]+)">/g), ([, id = '']) => id);
  return new Set([...headings, ...set]);
}

/** Returns the targets of inline links. */
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
