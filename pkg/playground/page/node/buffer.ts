/** The global `Buffer` for the browser: what pkg/yaml uses of it for texts below the limit of the page. */
export const Buffer = {
  alloc: (length: number): Uint8Array => new Uint8Array(length),
};
