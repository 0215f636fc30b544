/**
 * `make sbom`: what is really in the bundle, from esbuild's account of it rather than from the list of dependencies, of which most
 * files never get in: dist/sbom.cdx.json (CycloneDX) and dist/licenses.txt, the notices that those licences ask for.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The part of esbuild's metafile that counts here. */
export interface Metafile {
  readonly outputs: Readonly<
    Record<string, { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }>
  >;
}

/** The part of package-lock.json that counts here. */
export interface LockFile {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly license?: string; readonly integrity?: string } | undefined>
  >;
}

/** A package of which at least one byte is in the bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression. */
  readonly license: string;
  /** SHA-512 of the package's archive, in hex. */
  readonly sha512: string;
  /** Its folder, relative to where esbuild ran. */
  readonly folder: string;
}

/**
 * The packages of a bundle, sorted by name. Throws for one that the lock file does not describe completely: a list with holes is worse
 * than none.
 */
export function bundledPackages(metafile: Metafile, lock: LockFile): readonly BundledPackage[] {
  const files = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  );
  const folders = new Set(files.flatMap((file) => packageFolder(file) ?? []));
  return [...folders].sort().map((folder) => {
    // node_modules may be a link to somewhere else; what comes after its name is what the lock file knows.
    const key = folder.slice(folder.indexOf('node_modules/'));
    const { version, license, integrity } = lock.packages[key] ?? {};
    if (version === undefined || license === undefined || integrity?.startsWith('sha512-') !== true)
      throw new Error(`package-lock.json tells no version, license or SHA-512 of ${key}, which is in the bundle`);
    const sha512 = Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex');
    return {
      name: key.slice(key.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
      license,
      sha512,
      folder,
    };
  });
}

/** A CycloneDX 1.6 document without a time or random parts: the same bundle has the same document. */
export function sbomOf(input: {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** Digest over all files of the bundle, in hex. */
  readonly sha256: string;
  readonly packages: readonly BundledPackage[];
}): object {
  const application = `${input.name}@${input.version}`;
  const components = input.packages.map(({ name, version, license, sha512 }) => ({
    type: 'library',
    'bom-ref': purlOf(name, version),
    name,
    version,
    purl: purlOf(name, version),
    licenses: [licenseChoice(license)],
    hashes: [{ alg: 'SHA-512', content: sha512 }],
  }));
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      lifecycles: [{ phase: 'build' }],
      component: {
        type: 'application',
        'bom-ref': application,
        name: input.name,
        version: input.version,
        licenses: [licenseChoice(input.license)],
        hashes: [{ alg: 'SHA-256', content: input.sha256 }],
      },
    },
    components,
    // What depends on what among them is not said: esbuild knows files, and this list is what a scanner needs.
    compositions: [{ aggregate: 'complete', assemblies: [application] }],
  };
}

/** One digest over several files: of their names and digests in the order of the names, as sha256sum prints them. */
export function digestOf(files: Readonly<Record<string, Uint8Array>>): string {
  const sums = Object.keys(files)
    .sort()
    .map((name) => `${sha256(files[name] ?? new Uint8Array())}  ${name}\n`);
  return sha256(Buffer.from(sums.join('')));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** `a/node_modules/@scope/name/lib/x.js` is of `a/node_modules/@scope/name`; undefined for a file of ours. */
function packageFolder(file: string): string | undefined {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
}

/** As the purl specification writes scopes: %40scope/name. */
function purlOf(name: string, version: string): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

function licenseChoice(spdx: string): object {
  return /^[\w.+-]+$/.test(spdx) ? { license: { id: spdx } } : { expression: spdx };
}

/** Every package's own notice under its name. */
function noticesOf(packages: readonly BundledPackage[], root: string): string {
  const notices = packages.map(
    (one) => `${one.name} ${one.version} (${one.license})\n\n${noticeOf(one, path.join(root, one.folder))}\n`,
  );
  return notices.join(`\n${'-'.repeat(80)}\n\n`);
}

/** A package's licence files, or what its README says under that heading; throws when it has neither. */
export function noticeOf({ name, license }: BundledPackage, folder: string): string {
  const all = readdirSync(folder).sort();
  const read = (file: string): string => readFileSync(path.join(folder, file), 'utf8').trim();
  const files = all.filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  if (files.length > 0) return files.map(read).join('\n\n');
  const readme = all.filter((file) => /^readme/i.test(file)).map(read);
  const section = /^#+ *licen[cs]e\b.*\n([^#]+)/im.exec(readme.join('\n'))?.[1]?.trim();
  if (section === undefined || section === '')
    throw new Error(`${name} has no file with its license ${license}, nor a part of its README: its notice is missing`);
  return section;
}

function main(): void {
  const root = path.join(import.meta.dirname, '../..');
  const dist = path.join(root, 'dist');
  const json = (file: string): unknown => JSON.parse(readFileSync(path.join(root, file), 'utf8'));
  const manifest = json('package.json') as {
    readonly name: string;
    readonly version: string;
    readonly license: string;
  };
  const packages = bundledPackages(json('dist/netext.meta.json') as Metafile, json('package-lock.json') as LockFile);
  const parts = readdirSync(dist).filter((file) => file.endsWith('.js'));
  const digest = digestOf(Object.fromEntries(parts.map((file) => [file, readFileSync(path.join(dist, file))])));
  const { name, version, license } = manifest;
  const sbom = sbomOf({ name, version, license, sha256: digest, packages });
  writeFileSync(path.join(dist, 'sbom.cdx.json'), `${JSON.stringify(sbom, undefined, 2)}\n`);
  writeFileSync(path.join(dist, 'licenses.txt'), noticesOf(packages, root));
  console.log(`dist/sbom.cdx.json and dist/licenses.txt: ${packages.length} packages`);
}

if (import.meta.main) main();
