/**
 * The kubeconfig of a shoot, out of a Secret in the seed. It is followed by a controller with rights in many clusters,
 * so it may say where the shoot is and who we are there, and nothing else: no command to run, no file of ours to read,
 * no proxy, no way around TLS. What it says more than that is refused, by the name of the field.
 */
import { isRecord } from '../../gardener/objects.ts';
import type { ConnectionConfig } from '../transport/connection.ts';
import { acceptCertificates, acceptToken } from '../transport/credentials.ts';
import { parseSecretYaml } from './yamltext.ts';

/**
 * Throws an Error that names the field and why, without any value of the file, for everything but this:
 * one context (or a current-context among several) of one cluster {server, certificate-authority-data} and one user
 * {token}.
 */
export function shootKubeconfig(text: string): ConnectionConfig {
  try {
    return read(parseSecretYaml(text, { maxBytes: 256 * 1024 }));
  } catch (error) {
    throw new Error(`kubeconfig of the shoot is refused: ${error instanceof Error ? error.message : 'unreadable'}`, {
      cause: error,
    });
  }
}

type Fields = Readonly<Record<string, unknown>>;

function read(root: Fields): ConnectionConfig {
  allowOnly(root, 'the root', [
    'apiVersion',
    'kind',
    'preferences',
    'current-context',
    'clusters',
    'users',
    'contexts',
  ]);
  if (root['kind'] !== undefined && root['kind'] !== 'Config') throw new Error('kind is not Config');
  if (root['apiVersion'] !== undefined && root['apiVersion'] !== 'v1') throw new Error('apiVersion is not v1');
  if (isRecord(root['preferences'])) allowOnly(root['preferences'], 'preferences', []);
  else if (root['preferences'] !== undefined) throw new Error('preferences is not an object');

  const clusters = entries(root, { list: 'clusters', inner: 'cluster', fields: ['server', caField] });
  const users = entries(root, { list: 'users', inner: 'user', fields: ['token'] });
  const contexts = entries(root, { list: 'contexts', inner: 'context', fields: ['cluster', 'user', 'namespace'] });
  const context = chooseContext(root['current-context'], contexts);
  const cluster = named(clusters, {
    list: 'clusters',
    name: context.fields['cluster'],
    path: `${context.path}.cluster`,
  });
  const user = named(users, { list: 'users', name: context.fields['user'], path: `${context.path}.user` });

  const bearer = textOf(user, 'token');
  const token = attempt(() => acceptToken(bearer), `${user.path}.token`);
  const ca = decodeBase64(textOf(cluster, caField), `${cluster.path}.${caField}`);
  return {
    server: checkServer(textOf(cluster, 'server'), `${cluster.path}.server`),
    origin: 'the kubeconfig of the shoot',
    ca: { data: attempt(() => acceptCertificates(ca), `${cluster.path}.${caField}`) },
    token: { data: token },
  };
}

interface NamedEntry {
  readonly name: string;
  /** `clusters[0].cluster` */
  readonly path: string;
  readonly fields: Fields;
}

interface ListDescription {
  readonly list: string;
  readonly inner: string;
  readonly fields: readonly string[];
}

function entries(root: Fields, { list, inner, fields }: ListDescription): readonly NamedEntry[] {
  const items = root[list];
  if (!Array.isArray(items) || items.length === 0) throw new Error(`${list} is missing or empty`);
  if (items.length > mostEntries)
    throw new Error(`${list} has ${items.length} entries, at most ${mostEntries} are read`);
  const seen = new Set<string>();
  return items.map((item: unknown, index) => {
    const path = `${list}[${index}]`;
    if (!isRecord(item)) throw new Error(`${path} is not an object`);
    allowOnly(item, path, ['name', inner]);
    const name = item['name'];
    if (typeof name !== 'string' || name === '') throw new Error(`${path}.name is missing`);
    if (seen.has(name)) throw new Error(`${path}.name is the name of an earlier entry too`);
    seen.add(name);
    const content = item[inner];
    if (!isRecord(content)) throw new Error(`${path}.${inner} is missing`);
    allowOnly(content, `${path}.${inner}`, fields);
    return { name, path: `${path}.${inner}`, fields: content };
  });
}

function chooseContext(current: unknown, contexts: readonly NamedEntry[]): NamedEntry {
  if (current === undefined || current === '') {
    const [only, ...more] = contexts;
    if (only === undefined || more.length > 0) {
      throw new Error(`current-context is missing and contexts has ${contexts.length} entries: which one is ambiguous`);
    }
    return only;
  }
  return named(contexts, { list: 'contexts', name: current, path: 'current-context' });
}

interface Reference {
  readonly list: string;
  readonly name: unknown;
  /** Where the name stands. */
  readonly path: string;
}

function named(list: readonly NamedEntry[], { list: listName, name, path }: Reference): NamedEntry {
  if (typeof name !== 'string') throw new Error(`${path} is missing`);
  const found = list.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`${path} names no entry of ${listName}`);
  return found;
}

function allowOnly(fields: Fields, path: string, allowed: readonly string[]): void {
  for (const field of Object.keys(fields)) {
    if (allowed.includes(field)) continue;
    // A field that the format does not know could be anything, a pasted token too: only known names are repeated.
    const shown = refusedFields.has(field) ? field : 'an unknown field';
    const place = path === 'the root' ? shown : `${path}.${shown}`;
    throw new Error(`${place} is not allowed, only server, ${caField} and token are accepted`);
  }
}

function checkServer(server: string, path: string): string {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url === undefined) throw new Error(`${path} is not a URL`);
  if (url.protocol !== 'https:') throw new Error(`${path} is not an https URL`);
  if (url.username !== '' || url.password !== '' || server.includes('@'))
    throw new Error(`${path} holds user information`);
  if (/[?#]/.test(server)) throw new Error(`${path} holds a query or a fragment`);
  if (server !== server.trim() || /[\s\\]/.test(server)) throw new Error(`${path} holds spaces or backslashes`);
  return url.href.replace(/\/$/, '');
}

function decodeBase64(text: string, path: string): string {
  if (!/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text)) throw new Error(`${path} is not base64`);
  return Buffer.from(text, 'base64').toString('utf8');
}

function textOf({ path, fields }: NamedEntry, field: string): string {
  const value = fields[field];
  if (typeof value !== 'string' || value === '') throw new Error(`${path}.${field} is missing`);
  return value;
}

/** Runs a check that does not know where its text stands. */
function attempt(accept: () => string, path: string): string {
  try {
    return accept();
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : 'unusable'}`, { cause: error });
  }
}

const caField = 'certificate-authority-data';
const mostEntries = 16;

/** Fields of the format that would run something, read something or weaken the connection. */
const refusedFields: ReadonlySet<string> = new Set([
  'extensions',
  'certificate-authority',
  'insecure-skip-tls-verify',
  'tls-server-name',
  'proxy-url',
  'disable-compression',
  'tokenFile',
  'token-file',
  'client-certificate',
  'client-certificate-data',
  'client-key',
  'client-key-data',
  'username',
  'password',
  'as',
  'as-uid',
  'as-groups',
  'as-user-extra',
  'auth-provider',
  'exec',
  'colors',
  'namespace',
  'server',
  'token',
]);
