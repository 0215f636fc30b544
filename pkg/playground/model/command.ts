import type { Question } from './evaluate.ts';

/** Returns a command for a POSIX shell with the same question, without any file: the text is in the command. */
export function netextCommand(command: 'validate' | 'render' | 'diff', question: Question): string {
  const { text, old = '', featureGates = '', values = {} } = question;
  const options = [
    ...(featureGates === '' ? [] : [`--feature-gates ${shellWord(featureGates)}`]),
    ...(values.set ?? []).map((one) => `--set ${shellWord(one)}`),
  ];
  const write = old.trim() === '' ? '' : `${heredoc('cat > old.yaml', old)}\n`;
  const before = old.trim() === '' ? [] : command === 'render' ? [] : ['--old old.yaml'];
  const parts = ['netext', command, '-f -', ...before, ...options];
  return `${write}${heredoc(parts.join(' '), text)}`;
}

function heredoc(command: string, text: string): string {
  const lines = new Set(text.split('\n'));
  const candidates = ['EOF', ...Array.from({ length: lines.size + 1 }, (_, index) => `EOF_${index}`)];
  const marker = candidates.find((one) => !lines.has(one)) ?? 'EOF';
  return `${command} <<'${marker}'\n${text}${text.endsWith('\n') ? '' : '\n'}${marker}\n`;
}

function shellWord(text: string): string {
  return /^[\w.,:=/@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
