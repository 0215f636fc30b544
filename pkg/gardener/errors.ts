/** The message of whatever was thrown: that of an Error, the text of anything else. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
