/**
 * Client credentials and trusted CAs for an API server, from a kubeconfig or from rotated files, resolved before each
 * request. Error messages name files and fields, never their content.
 */
import { X509Certificate } from 'node:crypto';
import type { Clock, Logger } from '../../clock/clock.ts';
import { errorMessage } from '../../gardener/errors.ts';
import { type WatchedFile, watchFile } from './watchedfile.ts';

/** PEM text or a token, as data or in a file that is read again when it changes. */
export type Material = { readonly data: string } | { readonly file: string };

/** Credentials that a plugin returns. */
export interface PluginCredentials {
  readonly token?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

export interface CredentialsConfig {
  readonly ca?: Material | undefined;
  readonly cert?: Material | undefined;
  readonly key?: Material | undefined;
  readonly token?: Material | undefined;
  readonly basic?: { readonly username: string; readonly password: string } | undefined;
  readonly impersonateUser?: string | undefined;
  /** An exec plugin. `refresh` means that the API server rejected its last credentials. */
  readonly plugin?: ((input: { readonly refresh: boolean }) => Promise<PluginCredentials>) | undefined;
}

export interface TlsMaterial {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

export interface Resolved {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
}

export interface Credentials {
  resolve(): Promise<Resolved>;
  /** Reads all sources again, after a 401. */
  refresh(): Promise<Resolved>;
}

export interface CredentialsInput {
  readonly config: CredentialsConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Interval in milliseconds for checking the mtime of files. */
  readonly checkEveryMs?: number | undefined;
}

export function createCredentials(input: CredentialsInput): Credentials {
  const { config } = input;
  const ca = reader(config.ca, { ...input, what: 'CA', accept: acceptCertificates });
  const cert = reader(config.cert, { ...input, what: 'client certificate', accept: acceptCertificates });
  const key = reader(config.key, { ...input, what: 'client key', accept: acceptKey });
  const token = reader(config.token, { ...input, what: 'token', accept: acceptToken });

  return {
    resolve: () => gather((file) => file.current(), false),
    refresh: () => gather((file) => file.refresh(), true),
  };

  async function gather(read: (file: WatchedFile) => Promise<string>, refresh: boolean): Promise<Resolved> {
    const plugin = await config.plugin?.({ refresh });
    const bearer = plugin?.token ?? (token && (await read(token)));
    return {
      headers: { ...authorization(bearer, config), ...impersonation(config) },
      tls: {
        ca: ca && (await read(ca)),
        cert: plugin?.cert ?? (cert && (await read(cert))),
        key: plugin?.key ?? (key && (await read(key))),
      },
    };
  }
}

/**
 * Returns the token without surrounding whitespace. Throws if it is not valid in a header, or if it is incomplete,
 * since files written without a rename are sometimes read half-written: an empty file, or a JWT (which starts with
 * `eyJ`, base64 of `{"`) with fewer than three parts.
 */
export function acceptToken(text: string): string {
  const token = text.trim();
  if (token === '') throw new Error('it is empty');
  if (!/^[\u0021-\u007e]+$/.test(token)) throw new Error('it contains characters that are not allowed in a header');
  const parts = token.split('.');
  if (token.startsWith('eyJ') && (parts.length < 3 || parts.includes(''))) {
    throw new Error('it contains a truncated JSON web token');
  }
  return token;
}

/**
 * Returns PEM certificates unchanged. Throws if one is unreadable, because Node would silently treat that as an empty
 * list of CAs.
 */
export function acceptCertificates(text: string): string {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const started = text.match(/-----BEGIN CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0 || blocks.length !== started.length) {
    throw new Error(`it contains ${blocks.length} complete PEM certificates of ${started.length}`);
  }
  for (const [index, block] of blocks.entries()) {
    if (!isCertificate(block)) throw new Error(`certificate ${index + 1} of ${blocks.length} cannot be parsed`);
  }
  return text;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

function acceptKey(text: string): string {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+-----END [A-Z ]*PRIVATE KEY-----/.test(text)) {
    throw new Error('it contains no complete PEM private key');
  }
  return text;
}

type ReaderInput = CredentialsInput & { readonly what: string; readonly accept: (text: string) => string };

function reader(material: Material | undefined, input: ReaderInput): WatchedFile | undefined {
  if (material === undefined) return undefined;
  const { what, accept, clock, logger, checkEveryMs } = input;
  if ('file' in material) {
    return watchFile({ path: material.file, what, accept, clock, logger, ...(checkEveryMs && { checkEveryMs }) });
  }
  const fixed = accepted(material.data, input);
  return { current: fixed, refresh: fixed };
}

function accepted(data: string, input: ReaderInput): () => Promise<string> {
  try {
    const good = input.accept(data);
    return () => Promise.resolve(good);
  } catch (error) {
    const reason = errorMessage(error);
    throw new Error(`${input.what} cannot be used: ${reason}`, { cause: error });
  }
}

function authorization(bearer: string | undefined, config: CredentialsConfig): Record<string, string> {
  if (bearer !== undefined) return { authorization: `Bearer ${bearer}` };
  if (config.basic === undefined) return {};
  const { username, password } = config.basic;
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

function impersonation(config: CredentialsConfig): Record<string, string> {
  return config.impersonateUser === undefined ? {} : { 'impersonate-user': config.impersonateUser };
}
