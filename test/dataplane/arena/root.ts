/** Root file systems of nodes and containers: programs of this machine, everything else empty and in memory. */
import { lstatSync, readlinkSync } from 'node:fs';

/**
 * Returns shell lines that fill an existing folder: a tmpfs with the programs and libraries of this machine, a copy of /etc, and new
 * mounts of /proc and /sys. Everything disappears with the mount namespace in which they run.
 */
export function rootLines(root: string): readonly string[] {
  return [
    `mount -t tmpfs tmpfs ${root}`,
    ...['bin', 'sbin', 'lib', 'lib32', 'lib64', 'usr'].flatMap((name) => programLines(root, name)),
    `mkdir -p ${root}/dev ${root}/etc ${root}/proc ${root}/sys ${root}/run ${root}/var ${root}/tmp ${root}/root`,
    // A relative link, because an absolute one would lead out of the root before chroot.
    `ln -s ../run ${root}/var/run`,
    `mount --rbind /dev ${root}/dev`,
    `cp -a /etc/. ${root}/etc`,
    `mount --rbind /proc ${root}/proc`,
    `mount -t sysfs sysfs ${root}/sys`,
  ];
}

/** A folder of the machine as a read-only mount, or as the link that it is on systems with everything in /usr. */
function programLines(root: string, name: string): readonly string[] {
  const stat = lstatSync(`/${name}`, { throwIfNoEntry: false });
  if (stat === undefined) return [];
  if (stat.isSymbolicLink()) return [`ln -s ${readlinkSync(`/${name}`)} ${root}/${name}`];
  return [`mkdir ${root}/${name}`, `mount --bind /${name} ${root}/${name}`, `mount -o remount,bind,ro ${root}/${name}`];
}
