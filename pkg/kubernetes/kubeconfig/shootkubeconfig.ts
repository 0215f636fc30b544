/**
 * Reads the kubeconfig of a shoot from a Secret in the seed. A controller with permissions in many clusters uses it, so
 * it may contain only an address and credentials: no commands, no files of the controller, no proxy, no weakened TLS.
 * Any other field is rejected by name.
 */
import { isRecord } from '../../gardener/objects.ts';
import type { ConnectionConfig } from '../transport/connection.ts';
import { acceptCertificates, acceptToken } from '../transport/credentials.ts';
import { parseSecretYaml } from './yamltext.ts';

/**
 * Accepts one context (or a current-context of several) with a cluster {server, certificate-authority-data} and a user
 * {token}. Throws for anything else; the Error names field and reason, but contains no value of the file.
 */
export function shootKubeconfig(text: string): ConnectionConfig {
  try {
    return read(parseSecretYaml(text, { maxBytes: 256 * 1024 }));
  } catch (error) {
    throw new Error(`kubeconfig of the shoot is rejected: ${error instanceof Error ? error.message : 'unreadable'}`, {
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

  const bearer = requiredText(user, 'token');
  const token = attempt(() => acceptToken(bearer), `${user.path}.token`);
  const ca = decodeBase64(requiredText(cluster, caField), `${cluster.path}.${caField}`);
  return {
    server: checkServer(requiredText(cluster, 'server'), `${cluster.path}.server`),
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
  if (items.length > maxEntries) throw new Error(`${list} has ${items.length} entries, the maximum is ${maxEntries}`);
  const seen = new Set<string>();
  return items.map((item: unknown, index) => {
    const path = `${list}[${index}]`;
    if (!isRecord(item)) throw new Error(`${path} is not an object`);
    allowOnly(item, path, ['name', inner]);
    const name = item['name'];
    if (typeof name !== 'string' || name === '') throw new Error(`${path}.name is missing`);
    if (seen.has(name)) throw new Error(`${path}.name is also the name of an earlier entry`);
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
      throw new Error(`current-context is missing, but contexts has ${contexts.length} entries`);
    }
    return only;
  }
  return named(contexts, { list: 'contexts', name: current, path: 'current-context' });
}

interface Reference {
  readonly list: string;
  readonly name: unknown;
  /** Path of the reference. */
  readonly path: string;
}

function named(list: readonly NamedEntry[], { list: listName, name, path }: Reference): NamedEntry {
  if (typeof name !== 'string') throw new Error(`${path} is missing`);
  const found = list.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`${path} references no entry of ${listName}`);
  return found;
}

function allowOnly(fields: Fields, path: string, allowed: readonly string[]): void {
  for (const field of Object.keys(fields)) {
    if (allowed.includes(field)) continue;
    // The name of an unknown field could be anything, even a pasted token, so only known names are quoted.
    const shown = knownFields.has(field) ? field : 'an unknown field';
    const place = path === 'the root' ? shown : `${path}.${shown}`;
    throw new Error(`${place} is not allowed, only server, ${caField} and token are accepted`);
  }
}

function checkServer(server: string, path: string): string {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url === undefined) throw new Error(`${path} is not a URL`);
  if (url.protocol !== 'https:') throw new Error(`${path} is not an https URL`);
  if (url.username !== '' || url.password !== '' || server.includes('@'))
    throw new Error(`${path} contains user information`);
  if (/[?#]/.test(server)) throw new Error(`${path} contains a query or a fragment`);
  if (server !== server.trim() || /[\s\\]/.test(server)) throw new Error(`${path} contains spaces or backslashes`);
  return url.href.replace(/\/$/, '');
}

function decodeBase64(text: string, path: string): string {
  if (!/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text)) throw new Error(`${path} is not base64`);
  return Buffer.from(text, 'base64').toString('utf8');
}

function requiredText({ path, fields }: NamedEntry, field: string): string {
  const value = fields[field];
  if (typeof value !== 'string' || value === '') throw new Error(`${path}.${field} is missing`);
  return value;
}

/** Adds the path to the error of a check. */
function attempt(accept: () => string, path: string): string {
  try {
    return accept();
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : 'unusable'}`, { cause: error });
  }
}

const caField = 'certificate-authority-data';
const maxEntries = 16;

/** Known fields of the format whose names may be quoted. */
const knownFields: ReadonlySet<string> = new Set([
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
