/**
 * Who we are for an API server, and whom we trust: material from a kubeconfig or from files that rotate, resolved
 * before each request. Error messages name files and fields, never their content.
 */
import { X509Certificate } from 'node:crypto';
import type { Clock, Logger } from '../../clock/clock.ts';
import { errorMessage } from '../../gardener/errors.ts';
import { type WatchedFile, watchFile } from './watchedfile.ts';

/** PEM text or a token: as data, or in a file that is re-read when it changes. */
export type Material = { readonly data: string } | { readonly file: string };

/** What a credential plugin gives. */
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
  /** An exec plugin or auth provider; `refresh` means that the API server refused what it gave last. */
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
  /** Reads everything again after a 401. */
  refresh(): Promise<Resolved>;
}

export interface CredentialsInput {
  readonly config: CredentialsConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How often the mtime of files is looked at, in milliseconds. */
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
 * A token as it may stand in a header. Files written without rename are seen half-written now and then: an empty one
 * and a JWT (they all begin with `eyJ`, base64 of `{"`) with fewer than three parts are recognised.
 */
export function acceptToken(text: string): string {
  const token = text.trim();
  if (token === '') throw new Error('it is empty');
  if (!/^[\u0021-\u007e]+$/.test(token)) throw new Error('it holds characters that cannot stand in a header');
  const parts = token.split('.');
  if (token.startsWith('eyJ') && (parts.length < 3 || parts.includes(''))) {
    throw new Error('it holds a JSON web token that is cut off');
  }
  return token;
}

/** PEM certificates; Node takes an unreadable CA for an empty list without a word, and then trusts nobody. */
export function acceptCertificates(text: string): string {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const begun = text.match(/-----BEGIN CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0 || blocks.length !== begun.length) {
    throw new Error(`it holds ${blocks.length} complete PEM certificates, ${begun.length} were begun`);
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
    throw new Error('it holds no complete PEM private key');
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
