import { addressFamily } from '../../gardener/cidr.ts';
import { isRecord, type KubeObject } from '../../gardener/objects.ts';

/**
 * Gardener runs NodeLocalDNS on the host network, with separate addresses and iptables rules that redirect traffic to it. Cilium redirects traffic
 * by a local redirect policy instead, for which NodeLocalDNS must be an ordinary pod that listens on all addresses
 * (docs/design/cilium.md#nodelocaldns-webhook).
 */

/**
 * Mutates an object of NodeLocalDNS for Cilium. Returns the same object if nothing changes, as for an object that is mutated already. The object
 * comes from the shoot and may have any content: members of an unexpected type are not changed.
 */
export function mutateNodeLocalDNS(object: KubeObject): KubeObject {
  const { kind, metadata } = object;
  if (metadata.deletionTimestamp !== undefined) return object;
  if (kind === 'ConfigMap' && metadata.name.startsWith('node-local-dns-')) return configMap(object);
  return kind === 'DaemonSet' && metadata.name.startsWith('node-local-dns') ? daemonSet(object) : object;
}

/**
 * Much larger than any real object: Gardener's Corefile has about 2,000 characters, its `bind` two addresses, its pod two containers. Parts that
 * exceed a limit are not changed, except that only the first `words` of a `bind` determine the family.
 */
const limits = { corefile: 256 * 1024, words: 64, containers: 64, args: 256, argument: 4_096 } as const;

type Plain = Readonly<Record<string, unknown>>;

/** A ConfigMap without data gets an empty Corefile, as in the Go extension. */
function configMap(object: KubeObject): KubeObject {
  const { data } = object;
  if (data === undefined || data === null) return { ...object, data: { Corefile: '' } };
  if (!isRecord(data) || typeof data['Corefile'] !== 'string') return object;
  const corefile = mutateCorefile(data['Corefile']);
  return corefile === data['Corefile'] ? object : { ...object, data: { ...data, Corefile: corefile } };
}

/**
 * Changes the directives `bind` and `health`, which are at the beginning of a line; the same words in comments, names or other directives are not
 * changed (verdict 11). A block or comment after the addresses remains. Takes time in proportion to the text.
 */
function mutateCorefile(corefile: string): string {
  return corefile.length > limits.corefile ? corefile : corefile.split('\n').map(mutateLine).join('\n');
}

function mutateLine(line: string): string {
  const [head, blanks = '', directive = ''] = /^([ \t]*)(bind|health)(?=[ \t])/.exec(line) ?? [];
  if (head === undefined) return line;
  const { words, end } = readArguments(line, head.length);
  if (words.length === 0) return line;
  const tail = line.slice(end);
  if (directive === 'bind') return `${blanks}bind ${unspecifiedAddress(words)}${tail}`;
  const port = /:(\d+)$/.exec(words.at(-1) ?? '')?.[1];
  return port === undefined ? line : `${blanks}health :${port}${tail}`;
}

/** Returns the words from `start` up to a block, a comment or the end of the line. */
function readArguments(line: string, start: number): { readonly words: readonly string[]; readonly end: number } {
  // One word at a time: V8 keeps a stack for a repeated group, which a line of a few megabytes overflows.
  const next = /[ \t]+([^ \t\r{#][^ \t\r]*)/y;
  next.lastIndex = start;
  const words: string[] = [];
  let end = start;
  for (let match = next.exec(line); match !== null; match = next.exec(line)) {
    words.push(match[1] ?? '');
    end = next.lastIndex;
  }
  return { words, end };
}

/**
 * Returns the unspecified address of the family of the given addresses; that of IPv4 if one of them is IPv4, or if there is no address. For both
 * families `0.0.0.0` suffices: CoreDNS listens on Go's networks `tcp` and `udp`, for which it means both families.
 */
function unspecifiedAddress(words: readonly string[]): string {
  const families = words.slice(0, limits.words).map(addressFamily);
  return families.includes('IPv6') && !families.includes('IPv4') ? '::' : '0.0.0.0';
}

function daemonSet(object: KubeObject): KubeObject {
  return change(object, 'spec', (spec) =>
    change(spec, 'template', (template) => change(template, 'spec', (pod) => podSpec(pod))),
  );
}

function podSpec(pod: Plain): Plain {
  const { hostNetwork, ...rest } = pod;
  const moved = hostNetwork === true ? rest : pod;
  const containers = changeEach(moved, 'containers', (one) => (one['name'] === 'node-cache' ? nodeCache(one) : one));
  return changeEach(containers, 'initContainers', (one) =>
    one['name'] === 'coredns-config-adapter' ? changeTexts(one, 'args', adapterArguments) : one,
  );
}

/** Disables the setup of separate addresses and iptables rules; the probe uses the address of the pod. */
function nodeCache(container: Plain): Plain {
  const probed = change(container, 'livenessProbe', (probe) =>
    change(probe, 'httpGet', (httpGet) => {
      const { host, ...rest } = httpGet;
      return host === undefined ? httpGet : rest;
    }),
  );
  return changeTexts(probed.args === undefined ? { ...probed, args: [] } : probed, 'args', cacheArguments);
}

const switches = ['-skipteardown=true', '-setupinterface=false', '-setupiptables=false'] as const;

function cacheArguments(args: readonly string[]): readonly string[] {
  const own = switches.map((one) => one.split('=')[0] ?? one);
  return [...args.filter((arg) => !own.some((name) => arg.startsWith(name))), ...switches];
}

function adapterArguments(args: readonly string[]): readonly string[] {
  return args.map(adapterArgument);
}

function adapterArgument(arg: string): string {
  const at = arg.lastIndexOf('bind=');
  if (at < 0 || arg.length > limits.argument) return arg;
  return `-bind=bind ${unspecifiedAddress(arg.slice(at + 'bind='.length).split(/[ \t]+/))}`;
}

/** Returns a copy with one changed member; the same object if the member is not an object or does not change. */
function change<Owner extends Plain>(owner: Owner, member: string, mutate: (value: Plain) => Plain): Owner {
  const value = owner[member];
  if (!isRecord(value)) return owner;
  const changed = mutate(value);
  return changed === value ? owner : { ...owner, [member]: changed };
}

function changeEach(owner: Plain, member: string, mutate: (value: Plain) => Plain): Plain {
  const list: unknown = owner[member];
  if (!Array.isArray(list) || list.length > limits.containers) return owner;
  const changed = list.map((one: unknown) => (isRecord(one) ? mutate(one) : one));
  return changed.every((one, index) => one === list[index]) ? owner : { ...owner, [member]: changed };
}

function changeTexts(owner: Plain, member: string, mutate: (texts: readonly string[]) => readonly string[]): Plain {
  const list: unknown = owner[member];
  if (!Array.isArray(list) || list.length > limits.args || !list.every((one) => typeof one === 'string')) return owner;
  const changed = mutate(list);
  const same = changed.length === list.length && changed.every((one, index) => one === list[index]);
  return same ? owner : { ...owner, [member]: changed };
}
