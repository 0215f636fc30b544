/** `node:zlib` for the browser: what pkg/yaml and pkg/managedresource use of it. The build replaces the module (hack/playground/build.ts). */
import { deflateSync, inflateSync } from 'fflate';

export function deflateRawSync(text: string): Uint8Array {
  return deflateSync(new TextEncoder().encode(text), { level: 1 });
}

export function inflateRawSync(bytes: Uint8Array): { toString(): string } {
  const text = new TextDecoder().decode(inflateSync(bytes));
  return { toString: () => text };
}

/** Browsers have no synchronous decoder of brotli, so that the Secret of a ManagedResource counts as one that cannot be read. */
export function brotliDecompressSync(): never {
  throw new Error('a browser cannot decompress it; use netext');
}
