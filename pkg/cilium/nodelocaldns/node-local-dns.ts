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
 * changed (verdict 11). A block or comment after the addresses remains.
 */
function mutateCorefile(corefile: string): string {
  return corefile
    .split('\n')
    .map((line) => {
      const [, head = '', directive, args = '', tail = ''] =
        /^([ \t]*)(bind|health)((?:[ \t]+[^ \t\r{#][^ \t\r]*)+)([^]*)$/.exec(line) ?? [];
      if (directive === 'bind') return `${head}bind ${unspecifiedAddress(args)}${tail}`;
      const port = /:(\d+)$/.exec(args)?.[1];
      return directive === 'health' && port !== undefined ? `${head}health :${port}${tail}` : line;
    })
    .join('\n');
}

/**
 * Returns the unspecified address of the family of the given addresses; that of IPv4 if one of them is IPv4, or if there is no address. For both
 * families `0.0.0.0` suffices: CoreDNS listens on Go's networks `tcp` and `udp`, for which it means both families.
 */
function unspecifiedAddress(text: string): string {
  const families = text.split(/[ \t]+/).map(addressFamily);
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
  return args.map((arg) =>
    arg.includes('bind=') ? `-bind=bind ${unspecifiedAddress(arg.replace(/^.*bind=/, ''))}` : arg,
  );
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
  if (!Array.isArray(list)) return owner;
  const changed = list.map((one: unknown) => (isRecord(one) ? mutate(one) : one));
  return changed.every((one, index) => one === list[index]) ? owner : { ...owner, [member]: changed };
}

function changeTexts(owner: Plain, member: string, mutate: (texts: readonly string[]) => readonly string[]): Plain {
  const list: unknown = owner[member];
  if (!Array.isArray(list) || !list.every((one) => typeof one === 'string')) return owner;
  const changed = mutate(list);
  const same = changed.length === list.length && changed.every((one, index) => one === list[index]);
  return same ? owner : { ...owner, [member]: changed };
}
