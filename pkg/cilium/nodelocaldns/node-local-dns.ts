import { addressFamily } from '../../gardener/cidr.ts';
import { isRecord, type KubeObject } from '../../gardener/objects.ts';

/**
 * Gardener runs NodeLocalDNS on the network of the nodes, with addresses of its own that iptables leads to it. Cilium leads traffic to
 * it by a local redirect policy instead, for which it must be a pod as any other that listens on every address (docs/design/cilium.md#nodelocaldns-webhook).
 */

/**
 * The object as Cilium needs it; the very same object when there is nothing to change, so a second call changes nothing. What the object
 * holds comes from the shoot and may be anything: members of an unexpected type are left alone.
 */
export function mutateNodeLocalDNS(object: KubeObject): KubeObject {
  const { kind, metadata } = object;
  if (metadata.deletionTimestamp !== undefined) return object;
  if (kind === 'ConfigMap' && metadata.name.startsWith('node-local-dns-')) return configMap(object);
  return kind === 'DaemonSet' && metadata.name.startsWith('node-local-dns') ? daemonSet(object) : object;
}

type Plain = Readonly<Record<string, unknown>>;

/** A ConfigMap without data gets an empty Corefile, as from the Go extension. */
function configMap(object: KubeObject): KubeObject {
  const { data } = object;
  if (data === undefined || data === null) return { ...object, data: { Corefile: '' } };
  if (!isRecord(data) || typeof data['Corefile'] !== 'string') return object;
  const corefile = mutateCorefile(data['Corefile']);
  return corefile === data['Corefile'] ? object : { ...object, data: { ...data, Corefile: corefile } };
}

/**
 * Directives `bind` and `health` stand at the beginning of a line; the same letters in comments, names or other directives are left alone
 * (verdict 11). What follows the addresses, a block or a comment, stays.
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
 * The unspecified address of the family of the given ones; IPv4 where there is one of it, or no address at all. With both families `0.0.0.0`
 * alone is meant: CoreDNS listens by Go's networks `tcp` and `udp`, for which an unspecified address of IPv4 stands for both families.
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

/** It must neither make the addresses of its own nor lead traffic to them; its probe asks the pod's address. */
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

/** A copy with one member changed; the same object when the member is no object or stays the same. */
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
