/**
 * Escapes a string for a value of `env`, `command` or `args`, where the kubelet replaces `$(NAME)` by the variable of that name and `$$` by `$`.
 * Strings without such references, such as `eth.*$`, are unchanged, so that no pod rolls needlessly.
 */
export function escapeReferences(text: string): string {
  return text.replace(/\$+(?=\()|\${2,}/g, (signs) => `${signs}${signs}`);
}
