/** The address on which a server listens. */
export interface ListenAddress {
  /** Undefined: all addresses, IPv6 and IPv4 where the machine has both. */
  readonly host: string | undefined;
  /** 0 selects a free port. */
  readonly port: number;
}

/** A server failed to listen on its configured address. The message names server, address and cause. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** Waits for a server to listen and converts an error of the operating system to a ListenError. */
export async function orListenError<Value>(
  listening: Promise<Value>,
  { name, address: { host, port } }: { readonly name: string; readonly address: ListenAddress },
): Promise<Value> {
  try {
    return await listening;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const where = `${host === undefined ? '' : host.includes(':') ? `[${host}]` : host}:${port}`;
    throw new ListenError(`${name} cannot listen on ${where}: ${reasons[code ?? ''] ?? message}`, { cause: error });
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use',
  EADDRNOTAVAIL: 'the address is not available on this machine',
  EACCES: 'ports below 1024 require a privilege that this process lacks',
  ENOTFOUND: 'unknown host name',
};
