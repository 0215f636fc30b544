/** Expands `$(NAME)` as the kubelet does in env, command and args (k8s.io/kubernetes/third_party/forked/golang/expansion). */
export function expandReferences(text: string, variables: Readonly<Record<string, string>>): string {
  let expanded = '';
  for (let at = 0; at < text.length; at += 1) {
    const rest = text.slice(at);
    if (rest.startsWith('$$')) {
      expanded += '$';
      at += 1;
      continue;
    }
    const [reference, name = ''] = /^\$\(([^)]*)\)/.exec(rest) ?? [];
    if (reference === undefined) {
      expanded += text[at];
      continue;
    }
    expanded += Object.hasOwn(variables, name) ? variables[name] : reference;
    at += reference.length - 1;
  }
  return expanded;
}
