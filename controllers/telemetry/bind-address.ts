/** Where a server listens. */
export interface BindAddress {
  /** Undefined: all addresses, IPv6 and IPv4 where the machine has both. */
  readonly host: string | undefined;
  /** 0 takes a free one. */
  readonly port: number;
}

/**
 * Reads `:8080`, `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`; `0` and the empty text mean no server, as controller-runtime has it, and
 * give undefined. Throws an Error that says what is wrong with anything else.
 */
export function parseBindAddress(text: string): BindAddress | undefined {
  if (text === '' || text === '0') return undefined;
  const [, bracketed, plain, digits] = pattern.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535)
    throw new Error(
      `${JSON.stringify(text)} is not an address to listen on: write :8080, 127.0.0.1:8080 or [::1]:8080, or 0 for no server`,
    );
  const host = bracketed ?? plain;
  return { host: host === '' ? undefined : host, port };
}

const pattern = /^(?:\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|([\w.-]*)):(\d{1,5})$/;
