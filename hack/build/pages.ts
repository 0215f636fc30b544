import { readFileSync } from 'node:fs';

/** Returns the address of this version's pages: PAGES, or that of the tag in the repository. */
export function pagesAddress(root: URL): string {
  const { homepage, version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
    readonly homepage: string;
    readonly version: string;
  };
  return `${(process.env['PAGES'] ?? `${homepage}/blob/v${version}`).replace(/\/$/, '')}/`;
}
