/** Set by the bundler, hack/build/build.ts: the address of the root of the project in this version, with a trailing slash. */
declare const NETEXT_PAGES: string | undefined;

/** Empty if the project runs from its sources, where the pages are files. */
const base = typeof NETEXT_PAGES === 'string' ? NETEXT_PAGES : '';

/**
 * Returns a text with addresses in place of the paths of pages of this project: kubectl and dashboards show it far from the repository. Addresses in
 * the text remain as they are.
 */
export function withAddresses(text: string, root: string = base): string {
  return root === '' ? text : text.replaceAll(/(?<![\w/-])docs\/[\w/-]+\.md/g, (page) => `${root}${page}`);
}
