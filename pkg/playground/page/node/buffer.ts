/** The global `Buffer` for the browser: what pkg/yaml uses of it for texts below the limit of the page. */
class Bytes extends Uint8Array {
  static alloc(length: number): Bytes {
    return new Bytes(length);
  }

  /** Copies a part of the bytes to the start of the target. */
  copy(target: Uint8Array, start: number, from: number, to: number): void {
    target.set(this.subarray(from, to), start);
  }
}

export { Bytes as Buffer };
