import type { KubeObject } from '../gardener/objects.ts';
import type { ObjectName } from './plugin.ts';

/** Returns the names that no object of the list has. */
export function absentNames(names: readonly ObjectName[], objects: readonly KubeObject[]): readonly ObjectName[] {
  return names.filter(({ kind, name }) => !objects.some((one) => one.kind === kind && one.metadata.name === name));
}
