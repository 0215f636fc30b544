/** References to documentation in texts of the repository, and their problems. Reads files only. */
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Page, pageAnchors, pageLinks, readPage, readProse } from './usage-docs.ts';

export interface SourceText {
  /** Path relative to the root of the repository, with `/`. */
  readonly file: string;
  readonly text: string;
}

/** A name in a text, with its line, counted from 1. */
export interface Reference {
  readonly target: string;
  readonly line: number;
}

/** Returns all text files that people maintain or tests compare, without installed packages, build output and the lock file. */
export function repositoryTexts(root: string): readonly SourceText[] {
  const patterns = ['**/*.{ts,mjs,js,md,yaml,yml,json,hbs,tpl,sh,txt,diff}', ...unsuffixed];
  return globSync(patterns, { cwd: root, exclude: (name) => excluded.has(name) })
    .map((name) => name.split(path.sep).join('/'))
    .sort()
    .map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8') }));
}

const unsuffixed = ['Makefile', 'Dockerfile', '.oxlintrc.json', '.npmrc', '.ci/*'];
const excluded: ReadonlySet<string> = new Set(['node_modules', 'dist', '.git', '.cache', 'package-lock.json']);

/** Finds names of pages and folders of documentation such as `docs/usage/mtu.md#cilium-mtu`, `docs/usage` and `docs/decisions/0010`. */
export function namedPages(text: string): readonly Reference[] {
  return matches(text, /\bdocs\/[a-z]+(?:\/[\w-]+)*(?:\.md(?:#[\w-]+)?)?/g);
}

/** Returns the problem with the name of a page, heading or folder; the number is sufficient for a decision. */
export function pageProblem(root: string, target: string): string | undefined {
  const [file = '', anchor] = target.split('#');
  const folder = path.join(root, path.posix.dirname(file));
  const decision = /^docs\/decisions\/\d{4}$/.test(file);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const base = path.posix.basename(file);
  if (!names.some((name) => name === base || (decision && name.startsWith(`${base}-`)))) return 'does not exist';
  return anchor === undefined || pageAnchors(readPage(root, file)).has(anchor) ? undefined : 'has no such heading';
}

/** Returns the problem with the target of a link on a page. URLs are not checked. */
export function linkProblem(root: string, page: Pick<Page, 'file'>, target: string): string | undefined {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [name = '', anchor] = target.split('#');
  const file = name === '' ? page.file : path.posix.join(path.posix.dirname(page.file), name);
  if (!existsSync(path.join(root, file))) return `${file} does not exist`;
  if (anchor === undefined || pageAnchors(readPage(root, file)).has(anchor)) return undefined;
  return `${file} has no heading #${anchor}`;
}

/** Returns the broken links of a page, each with the reason. */
export function brokenLinks(root: string, page: Page): readonly string[] {
  return pageLinks(page).flatMap((target) => {
    const problem = linkProblem(root, page, target);
    return problem === undefined ? [] : [`${page.file}: ${target}: ${problem}`];
  });
}

/** Returns links whose text is the name of another source file than the linked one. */
export function misnamedLinks(page: Page): readonly string[] {
  return Array.from(readProse(page).matchAll(/\[`?([\w.-]+\.(?:ts|sh|hbs))`?\]\(([^)\s]+)\)/g)).flatMap(
    ([, text = '', target = '']) =>
      path.posix.basename(target) === text ? [] : [`${page.file}: ${text} is the text of a link to ${target}`],
  );
}

/** Finds mentions of Markdown files that are not in `known` (from `knownPages`). */
export function unknownPages(text: string, known: ReadonlySet<string>): readonly Reference[] {
  return matches(text, /(?<![\w./<>{}*$:-])[\w./-]*\w\.md\b/g).filter(
    ({ target }) => !known.has(target.replace(/^(?:\.{0,2}\/)+/, '')),
  );
}

/** Returns the paths of all Markdown files with all their suffixes: `docs/usage/mtu.md`, `usage/mtu.md`, `mtu.md`. */
export function knownPages(texts: readonly SourceText[]): ReadonlySet<string> {
  const pages = texts.filter(({ file }) => file.endsWith('.md')).map(({ file }) => file.split('/'));
  return new Set(pages.flatMap((parts) => parts.map((_, index) => parts.slice(index).join('/'))));
}

/** Finds references by number, `page.md §3`, which our pages do not have. Standards such as RFCs have numbered sections. */
export function numberedSections(text: string): readonly Reference[] {
  return matches(text, /\b[\w-]+(?:\.md)?[`'")]* ?§ ?\d*/g).filter(({ target }) => !/^\d/.test(target));
}

/** Finds mentions of a folder next to the repository. */
export function outsidePaths(text: string): readonly Reference[] {
  return matches(text, /(?:\.\.\/)+shared\b|\bshared\/reference\b/g);
}

/** Returns code spans of a page with paths that do not exist in the repository; `<…>` and `*` match any name. */
export function missingPaths(root: string, page: Page): readonly string[] {
  const spans = Array.from(readProse(page).matchAll(/`([^`\s]+)`/g), ([, span = '']) => span);
  const paths = spans.filter((span) => /^(?:charts|controllers|docs|example|hack|pkg|test)\/[\w./<>*-]*$/.test(span));
  return paths.flatMap((span) => {
    const pattern = span.replaceAll(/<[^>]*>/g, '*').replace(/\/$/, '');
    return globSync(pattern, { cwd: root }).length > 0 ? [] : [`${page.file}: ${span} does not exist`];
  });
}

function matches(text: string, pattern: RegExp): readonly Reference[] {
  return text
    .split('\n')
    .flatMap((content, index) => Array.from(content.matchAll(pattern), ([target]) => ({ target, line: index + 1 })));
}
