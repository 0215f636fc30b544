import { resources } from '../resources.ts';
import { remainsInSeed } from '../seed/decide.ts';
import { type NetworkFacts, readFacts } from '../seed/facts.ts';
import type { NetworkRun } from './context.ts';

/**
 * Returns the name of another Network that owns the objects of this type in the namespace. Their names are fixed, so that a namespace has room for
 * one Network of a type (docs/design/life-cycle.md#one-network-per-type-and-namespace). The first one to receive our finalizer owns the objects;
 * before that, the one whose name sorts first may create them. Deleted and migrated Networks own nothing. The watch shows whether there is another
 * Network at all; only then the API server is asked, because the watch may be behind.
 */
export async function otherOwner(run: NetworkRun): Promise<string | undefined> {
  const { context, writer } = run;
  const { namespace = '', name } = writer.network.metadata;
  const own = readFacts(writer.network);
  const isOther = (facts: NetworkFacts): boolean => facts.uid !== own.uid && facts.type === own.type;
  if (![...context.networksIn(namespace)].some(isOther)) return undefined;
  const { items } = await context.client.list({ resource: resources.networks, namespace });
  const others = items
    .map((item) => ({ name: item.metadata.name, facts: readFacts(item) }))
    .filter(({ facts }) => isOther(facts) && remainsInSeed(facts));
  const first = others.find((one) => one.facts.finalizer) ?? others.find((one) => !own.finalizer && one.name < name);
  return first?.name;
}
