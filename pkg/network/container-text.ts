/**
 * Returns a text that a container receives as it is, if it stands in a value of `env`, in `command` or in `args`: the kubelet replaces `$(NAME)` there
 * by the variable of that name, and reads `$$` as `$`. Other texts, such as `eth.*$`, remain unchanged, so that no pod rolls for nothing.
 */
export function escapeReferences(text: string): string {
  return text.replace(/\$+(?=\()|\${2,}/g, (signs) => `${signs}${signs}`);
}
