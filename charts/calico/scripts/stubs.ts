/** Stubs for the commands of a node. Their state is in the sandbox. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Sandbox } from './sandbox.ts';

export interface Xtables {
  /** Existing chains with their table: 'mangle KUBE-IPTABLES-HINT'. */
  readonly chains?: readonly string[];
  /** Existing rules with table and chain: 'filter OUTPUT -p icmp ...'. */
  readonly rules?: readonly string[];
  /** Operation -> exit code of a failure. */
  readonly failures?: Readonly<Record<string, number>>;
}

/** The initial state of each binary in the image; null for a missing binary. */
export type Node = Readonly<Partial<Record<Binary, Xtables | null>>>;
/** The rules of each binary that has any. */
export type Rules = Readonly<Partial<Record<Binary, readonly string[]>>>;
type Binary = (typeof binaries)[number];
const binaries = ['iptables-nft', 'ip6tables-nft', 'iptables-legacy', 'ip6tables-legacy'] as const;

/** The chain that kubelet creates in the backend that it uses, and the one of older versions. */
export const hint: Xtables = { chains: ['mangle KUBE-IPTABLES-HINT'] };
export const canary: Xtables = { chains: ['mangle KUBE-KUBELET-CANARY'] };

export function stubNode(sandbox: Sandbox, node: Node): void {
  for (const binary of binaries) if (node[binary] !== null) stubXtables(sandbox, binary, node[binary]);
}

/** Returns the current rules of the node. */
export function currentRules(sandbox: Sandbox): Rules {
  const all = binaries.map((binary) => [binary, sandbox.lines(`${binary}.rules`)] as const);
  return Object.fromEntries(all.filter(([, rules]) => rules.length > 0));
}

/**
 * A stub of iptables-nft, ip6tables-legacy and so on: -S checks a chain, -C checks a rule (exit code 1 if missing, as in the real
 * command), -I inserts a rule. It fails unless its first arguments are a bounded wait for the lock.
 */
function stubXtables(sandbox: Sandbox, name: string, node: Xtables = {}): void {
  sandbox.write(`${name}.chains`, lines(node.chains));
  sandbox.write(`${name}.rules`, lines(node.rules));
  const failures = Object.entries(node.failures ?? {}).map(
    ([operation, code]) => `${operation}) echo "$name: refused" >&2; exit ${code} ;;`,
  );
  sandbox.stub(
    name,
    `[ "$1" = -w ] && [ "$2" -gt 0 ] && [ "$3" = -t ] || exit 64
table=$4 operation=$5
shift 5
case $operation in
  ${failures.join('\n')}
  -S) grep -qxF -e "$table $*" "$name.chains" ;;
  -C) grep -qxF -e "$table $*" "$name.rules" || { echo 'Bad rule' >&2; exit 1; } ;;
  -I) printf '%s\\n' "$table $*" >>"$name.rules" ;;
  *) exit 64 ;;
esac`,
  );
}

/**
 * A stub of sleep: the first `returning` calls run `then` and return; the next one outlasts the test and creates the file `asleep`, after a
 * delay in which the shell registers the process that it waits for. The next sleep kills a script that outlives an interrupted test run.
 */
export function stubSleep(sandbox: Sandbox, returning: number, then = ':'): void {
  const body = `if [ -e asleep ]; then kill -s KILL "$PPID"; exit; fi
if [ "$(grep -c ^sleep calls)" -le ${returning} ]; then ${then}; exit 0; fi
sleep 0.1; echo "$1" >>asleep; exec sleep 30`;
  sandbox.stub('sleep', body);
}

/** A stub of ip with routes of protocol bird: `ip -4 route show proto bird` lists the file `routes-4`, flush empties it. */
export function stubIp(sandbox: Sandbox, routes: Readonly<Record<'-4' | '-6', string>>): void {
  for (const family of ['-4', '-6'] as const) sandbox.write(`routes${family}`, routes[family]);
  sandbox.stub(
    'ip',
    `case "$2 $3 $4 $5" in
  'route show proto bird') if grep -qx off "routes$1"; then echo 'not supported' >&2; exit 2; fi; cat "routes$1" ;;
  'route flush proto bird') if grep -q sticky "routes$1"; then exit 2; fi; sed -i 1d "routes$1" ;;
  *) exit 64 ;;
esac`,
  );
}

/** Writes an executable file `folder/name`. */
export function writeExecutable(folder: string, name: string, text: string): void {
  writeFileSync(path.join(folder, name), text, { mode: 0o755 });
}

function lines(of: readonly string[] = []): string {
  return of.map((line) => `${line}\n`).join('');
}
