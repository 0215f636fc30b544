/** The message of whatever was thrown: JavaScript can throw anything, not only Errors. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
