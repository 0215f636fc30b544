/**
 * `make sbom`: lists the packages in the bundle in dist/sbom.cdx.json (CycloneDX), and writes their license notices to dist/licenses.txt. The
 * source is esbuild's metafile and not the list of dependencies, most of whose files are not bundled.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The used part of esbuild's metafile. */
export interface Metafile {
  readonly outputs: Readonly<
    Record<string, { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }>
  >;
}

/** The used part of package-lock.json. */
export interface LockFile {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly license?: string; readonly integrity?: string } | undefined>
  >;
}

/** A package with at least one byte in the bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression. */
  readonly license: string;
  /** SHA-512 of the archive of the package, in hex. */
  readonly sha512: string;
  /** Its folder, relative to the working directory of esbuild. */
  readonly folder: string;
}

/** Returns the packages of a bundle, sorted by folder. Throws for a package that the lock file does not describe completely. */
export function bundledPackages(metafile: Metafile, lock: LockFile): readonly BundledPackage[] {
  const files = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  );
  const folders = new Set(files.flatMap((file) => packageFolder(file) ?? []));
  return [...folders].sort().map((folder) => {
    // node_modules may be a link to another place; the lock file has paths that start with node_modules.
    const key = folder.slice(folder.indexOf('node_modules/'));
    const { version, license, integrity } = lock.packages[key] ?? {};
    if (version === undefined || license === undefined || integrity?.startsWith('sha512-') !== true)
      throw new Error(`package-lock.json has no version, license or SHA-512 of the bundled package ${key}`);
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

/** Returns a CycloneDX 1.6 document without timestamp and random parts, so that equal bundles have equal documents. */
export function createSbom(input: {
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
    'bom-ref': packageUrl(name, version),
    name,
    version,
    purl: packageUrl(name, version),
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
    // Without dependencies between the packages: esbuild reports only files, and scanners need only the list.
    compositions: [{ aggregate: 'complete', assemblies: [application] }],
  };
}

/** Returns one digest over several files: of their names and digests ordered by name, in the format of sha256sum. */
export function digestFiles(files: Readonly<Record<string, Uint8Array>>): string {
  const sums = Object.keys(files)
    .sort()
    .map((name) => `${sha256(files[name] ?? new Uint8Array())}  ${name}\n`);
  return sha256(Buffer.from(sums.join('')));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Returns `a/node_modules/@scope/name` for `a/node_modules/@scope/name/lib/x.js`; undefined for a file of this project. */
function packageFolder(file: string): string | undefined {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
}

/** Returns the package URL (purl), in which a scope is written as %40scope/name. */
function packageUrl(name: string, version: string): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

function licenseChoice(spdx: string): object {
  return /^[\w.+-]+$/.test(spdx) ? { license: { id: spdx } } : { expression: spdx };
}

/** Returns the notices of all packages, each under the name of the package. */
export function joinNotices(packages: readonly BundledPackage[], root: string): string {
  const notices = packages.map(
    (one) => `${one.name} ${one.version} (${one.license})\n\n${readNotice(one, path.join(root, one.folder))}\n`,
  );
  return notices.join(`\n${'-'.repeat(80)}\n\n`);
}

/** Returns the license files of a package, or the license section of its README; throws if it has neither. */
export function readNotice({ name, license }: BundledPackage, folder: string): string {
  const all = readdirSync(folder).sort();
  const read = (file: string): string => readFileSync(path.join(folder, file), 'utf8').trim();
  const files = all.filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  if (files.length > 0) return files.map(read).join('\n\n');
  const readme = all.filter((file) => /^readme/i.test(file)).map(read);
  const section = /^#+ *licen[cs]e\b.*\n([^#]+)/im.exec(readme.join('\n'))?.[1]?.trim();
  if (section === undefined || section === '')
    throw new Error(`${name} has neither a file nor a README section with its license ${license}`);
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
  const chunks = readdirSync(dist).filter((file) => file.endsWith('.js'));
  const digest = digestFiles(Object.fromEntries(chunks.map((file) => [file, readFileSync(path.join(dist, file))])));
  const { name, version, license } = manifest;
  const sbom = createSbom({ name, version, license, sha256: digest, packages });
  writeFileSync(path.join(dist, 'sbom.cdx.json'), `${JSON.stringify(sbom, undefined, 2)}\n`);
  writeFileSync(path.join(dist, 'licenses.txt'), joinNotices(packages, root));
  console.log(`wrote dist/sbom.cdx.json and dist/licenses.txt with ${packages.length} packages`);
}

if (import.meta.main) main();
