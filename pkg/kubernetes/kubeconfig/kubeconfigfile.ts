/**
 * Reads kubeconfig files like kubectl: merges several files, resolves paths relative to their file, and selects one
 * context.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Cluster, Context, User } from '@kubernetes/client-node/dist/config_types.js';
import { errorMessage } from '../../gardener/errors.ts';
import { isRecord } from '../../gardener/objects.ts';
import type { ConnectionConfig } from '../transport/connection.ts';
import type { CredentialsConfig, Material } from '../transport/credentials.ts';
import { execPlugin } from './execplugin.ts';
import { parseSecretYaml } from './yamltext.ts';

/** A connection, and the namespace that its source specifies. */
export interface LoadedConnection extends ConnectionConfig {
  readonly namespace: string | undefined;
}

export interface KubeconfigInput {
  /** In order of precedence: the first entry of a name and the first current-context apply. */
  readonly files: readonly string[];
  /** Replaces the current-context. */
  readonly context?: string | undefined;
  /** Ignores missing files, as kubectl does for the list in KUBECONFIG. */
  readonly skipMissing: boolean;
}

/**
 * Returns the connection of a context. Throws for unreadable files and dangling references; messages contain no
 * secrets.
 */
export async function connectionFromFiles(input: KubeconfigInput): Promise<LoadedConnection> {
  // The content of a file instead of its name: the messages below would repeat it, including tokens.
  if (input.files.some((file) => /[\r\n]/.test(file)))
    throw new Error('kubeconfig: expected the name of a file, not its content');
  const parsed = await Promise.all(input.files.map((file) => readKubeconfig(file, input.skipMissing)));
  const configs = parsed.filter((config) => config !== undefined);
  const where = input.files.join(', ');
  if (configs.length === 0) throw new Error(`kubeconfig ${where}: no such file`);
  const name = input.context ?? configs.find(({ currentContext }) => currentContext !== undefined)?.currentContext;
  if (name === undefined) throw new Error(`kubeconfig ${where}: current-context is not set, select a context`);
  const context = find(
    configs.map((config) => config.contexts),
    name,
  );
  if (context === undefined) throw new Error(`kubeconfig ${where}: context "${name}" does not exist`);
  const cluster = find(
    configs.map((config) => config.clusters),
    context.entry.cluster,
  );
  if (cluster === undefined) {
    throw new Error(
      `kubeconfig ${where}: context "${name}" references cluster "${context.entry.cluster}", which does not exist`,
    );
  }
  const user = find(
    configs.map((config) => config.users),
    context.entry.user,
  );
  if (user === undefined && context.entry.user !== undefined) {
    throw new Error(
      `kubeconfig ${where}: context "${name}" references user "${context.entry.user}", which does not exist`,
    );
  }
  const origin = `context "${name}" of ${where}`;
  try {
    const { entry, folder } = cluster;
    const identity =
      user === undefined ? {} : await userCredentials({ ...user, cluster: entry, clusterFolder: folder });
    return { ...clusterEndpoint(cluster), ...identity, origin, namespace: context.entry.namespace };
  } catch (error) {
    throw new Error(`${origin}: ${errorMessage(error)}`, { cause: error });
  }
}

interface Located<E> {
  readonly entry: E;
  readonly folder: string;
}

/** kubectl reads `tokenFile`; client-node expects another spelling and would read the file only once. */
type UserEntry = User & { readonly tokenFile: string | undefined };
type ContextEntry = Omit<Context, 'user'> & { readonly user: string | undefined };

interface Kubeconfig {
  readonly currentContext: string | undefined;
  readonly clusters: readonly Located<Cluster>[];
  readonly users: readonly Located<UserEntry>[];
  readonly contexts: readonly Located<ContextEntry>[];
}

async function readKubeconfig(file: string, skipMissing: boolean): Promise<Kubeconfig | undefined> {
  const text = await readText(file, skipMissing);
  if (text === undefined) return undefined;
  const { newClusters, newContexts, newUsers } = await import('@kubernetes/client-node/dist/config_types.js');
  try {
    const root = parseSecretYaml(text, { maxBytes: 4 * 1024 * 1024, maxAliases: 100 });
    const folder = path.dirname(path.resolve(file));
    const tokenFiles = new Map(recordsIn(root['users']).map((item) => [item['name'], readTokenFile(item)]));
    const users = newUsers(recordsIn(root['users']).map(withoutTokenFile));
    const current = root['current-context'];
    return {
      currentContext: typeof current === 'string' && current !== '' ? current : undefined,
      clusters: newClusters(root['clusters']).map((entry) => ({ entry, folder })),
      users: users.map((entry) => ({ entry: { ...entry, tokenFile: tokenFiles.get(entry.name) }, folder })),
      contexts: newContexts(root['contexts']).map((entry) => ({ entry, folder })),
    };
  } catch (error) {
    throw new Error(`kubeconfig ${file}: ${errorMessage(error)}`, { cause: error });
  }
}

async function readText(file: string, skipMissing: boolean): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (skipMissing && error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new Error(`kubeconfig ${file}: ${errorMessage(error)}`, { cause: error });
  }
}

function find<E extends { readonly name: string }>(
  lists: readonly (readonly Located<E>[])[],
  name: string | undefined,
): Located<E> | undefined {
  return lists.flat().find(({ entry }) => entry.name === name);
}

function clusterEndpoint({ entry, folder }: Located<Cluster>) {
  const { server, proxyUrl } = entry;
  if (!/^https?:\/\/[^/]/.test(server) || !URL.canParse(server)) {
    throw new Error(`server of cluster "${entry.name}" is not an http or https URL`);
  }
  if (proxyUrl !== undefined && !/^https?:\/\//.test(proxyUrl)) {
    throw new Error(
      `proxy-url of cluster "${entry.name}" is not an http or https URL; other proxies are not supported`,
    );
  }
  return {
    server,
    proxyUrl,
    tlsServerName: entry.tlsServerName,
    insecureSkipTlsVerify: entry.skipTLSVerify,
    ca: material({ data: entry.caData, file: entry.caFile, folder }),
  };
}

interface IdentityInput extends Located<UserEntry> {
  readonly cluster: Cluster;
  readonly clusterFolder: string;
}

async function userCredentials(input: IdentityInput): Promise<CredentialsConfig> {
  const { entry: user, folder } = input;
  if (isRecord(user.authProvider)) {
    const name = String(user.authProvider['name']);
    throw new Error(
      `user "${user.name}" has the auth-provider "${name}", which kubectl no longer supports: use an exec plugin`,
    );
  }
  const tokenFile = text(user.tokenFile);
  const username = text(user.username);
  return {
    cert: material({ data: text(user.certData), file: text(user.certFile), folder }),
    key: material({ data: text(user.keyData), file: text(user.keyFile), folder }),
    token: tokenFile === undefined ? inlineMaterial(text(user.token)) : { file: path.resolve(folder, tokenFile) },
    basic: username === undefined ? undefined : { username, password: text(user.password) ?? '' },
    impersonateUser: text(user.impersonateUser),
    plugin: isRecord(user.exec) ? execPlugin({ user, folder, cluster: await clusterInfo(input) }) : undefined,
  };
}

/** Returns `cluster` of an ExecCredential; a CA file is passed as data. */
async function clusterInfo({ cluster, clusterFolder }: IdentityInput): Promise<Readonly<Record<string, unknown>>> {
  const file = text(cluster.caFile);
  const fromFile =
    file === undefined ? undefined : (await readFile(path.resolve(clusterFolder, file))).toString('base64');
  return {
    server: cluster.server,
    'certificate-authority-data': text(cluster.caData) ?? fromFile,
    'tls-server-name': text(cluster.tlsServerName),
    'insecure-skip-tls-verify': cluster.skipTLSVerify ? true : undefined,
    'proxy-url': text(cluster.proxyUrl),
  };
}

interface MaterialInput {
  /** Base64 of the PEM text; takes precedence over the file. */
  readonly data: string | undefined;
  readonly file: string | undefined;
  readonly folder: string;
}

function material({ data, file, folder }: MaterialInput): Material | undefined {
  if (data !== undefined) return { data: Buffer.from(data, 'base64').toString('utf8') };
  return file === undefined ? undefined : { file: path.resolve(folder, file) };
}

function inlineMaterial(data: string | undefined): Material | undefined {
  return data === undefined ? undefined : { data };
}

/** Returns undefined for the null that client-node uses for missing fields. */
function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function recordsIn(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function readTokenFile(item: Readonly<Record<string, unknown>>): string | undefined {
  return isRecord(item['user']) ? text(item['user']['tokenFile']) : undefined;
}

/** Removes `token-file`, which client-node would read during parsing, relative to the wrong folder. */
function withoutTokenFile(item: Readonly<Record<string, unknown>>): object {
  return isRecord(item['user']) ? { ...item, user: { ...item['user'], 'token-file': undefined } } : item;
}
