/** Where a server listens. */
export interface ListenAddress {
  /** Undefined: all addresses, IPv6 and IPv4 where the machine has both. */
  readonly host: string | undefined;
  /** 0 takes a free one. */
  readonly port: number;
}

/** A server cannot have the address that it was told to listen on; the message says which and why. */
export class CannotListen extends Error {
  override readonly name = 'CannotListen';
}

/** Waits for a server to listen; turns the error of the operating system into one that says what to do about it. */
export async function orCannotListen<Value>(
  listening: Promise<Value>,
  { name, address: { host, port } }: { readonly name: string; readonly address: ListenAddress },
): Promise<Value> {
  try {
    return await listening;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const where = `${host === undefined ? '' : host.includes(':') ? `[${host}]` : host}:${port}`;
    throw new CannotListen(`${name} cannot listen on ${where}: ${reasons[code ?? ''] ?? message}`, { cause: error });
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process has this port',
  EADDRNOTAVAIL: 'the machine does not have this address',
  EACCES: 'ports below 1024 need a privilege that this process does not have',
  ENOTFOUND: 'the name of the host is not known',
};
