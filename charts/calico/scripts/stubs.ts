/** Stand-ins for the commands of a node. They keep what they were told in the sandbox and answer from it. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Sandbox } from './sandbox.ts';

export interface Xtables {
  /** Chains that exist, with their table: 'mangle KUBE-IPTABLES-HINT'. */
  readonly chains?: readonly string[];
  /** Rules that exist, with table and chain: 'filter OUTPUT -p icmp ...'. */
  readonly rules?: readonly string[];
  /** Operation -> exit code, for a node that refuses it. */
  readonly failures?: Readonly<Record<string, number>>;
}

/** The binaries of the image. A node says of each what it holds, null stands for one that is missing. */
export type Node = Readonly<Partial<Record<Binary, Xtables | null>>>;
/** The rules that the binaries hold, without those that hold none. */
export type Rules = Readonly<Partial<Record<Binary, readonly string[]>>>;
type Binary = (typeof binaries)[number];
const binaries = ['iptables-nft', 'ip6tables-nft', 'iptables-legacy', 'ip6tables-legacy'] as const;

/** What kubelet leaves in the backend that it uses, and what older ones leave. */
export const hint: Xtables = { chains: ['mangle KUBE-IPTABLES-HINT'] };
export const canary: Xtables = { chains: ['mangle KUBE-KUBELET-CANARY'] };

export function stubNode(sandbox: Sandbox, node: Node): void {
  for (const binary of binaries) if (node[binary] !== null) stubXtables(sandbox, binary, node[binary]);
}

/** What the node holds now. */
export function rulesOf(sandbox: Sandbox): Rules {
  const all = binaries.map((binary) => [binary, sandbox.lines(`${binary}.rules`)] as const);
  return Object.fromEntries(all.filter(([, rules]) => rules.length > 0));
}

/**
 * One of iptables-nft, ip6tables-legacy and so on: -S answers whether a chain exists, -C whether a rule does (1 when not,
 * as the real ones), -I adds one. Without a bounded wait for the lock as its first words it refuses to work.
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
 * sleep: the first `returning` calls run `then` and return, the next one outlasts the test and is announced by the file
 * `asleep`. The announcement comes late enough for the shell to have noted which process it waits for. A script that
 * outlives its test, because somebody stopped the test run, is ended by its next sleep.
 */
export function stubSleep(sandbox: Sandbox, returning: number, then = ':'): void {
  const body = `if [ -e asleep ]; then kill -s KILL "$PPID"; exit; fi
if [ "$(grep -c ^sleep calls)" -le ${returning} ]; then ${then}; exit 0; fi
sleep 0.1; echo "$1" >>asleep; exec sleep 30`;
  sandbox.stub('sleep', body);
}

/** ip with routes of protocol bird: `ip -4 route show proto bird` lists the file `routes-4`, flush empties it. */
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

/** A command of a fixed exit code that can be run as a file at `folder/name`. */
export function writeExecutable(folder: string, name: string, text: string): void {
  writeFileSync(path.join(folder, name), text, { mode: 0o755 });
}

function lines(of: readonly string[] = []): string {
  return of.map((line) => `${line}\n`).join('');
}
