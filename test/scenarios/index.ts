import { calicoScenarios } from './calico.ts';
import { createScenarios } from './create.ts';
import { deleteScenarios } from './delete.ts';
import { ipamScenarios } from './ipam.ts';
import { migrateScenarios } from './migrate.ts';
import { reconcileScenarios } from './reconcile.ts';
import { refuseScenarios } from './refuse.ts';
import { repairScenarios } from './repair.ts';
import { type Cni, calicoCni, ciliumCni, cnis } from './support/cni.ts';
import type { Scenario } from './support/scenario.ts';
import { type Vocabulary, vocabulary } from './support/vocabulary.ts';
import { webhookScenarios } from './webhook.ts';

type Table = (words: Vocabulary) => Readonly<Record<string, Scenario>>;

/** One table for every CNI: where they behave the same, they are told the same. */
const shared: readonly Table[] = [
  createScenarios,
  reconcileScenarios,
  repairScenarios,
  refuseScenarios,
  migrateScenarios,
  deleteScenarios,
];

/** What only one of them has. */
const own: ReadonlyMap<Cni, readonly Table[]> = new Map([
  [calicoCni, [calicoScenarios]],
  [ciliumCni, [webhookScenarios, ipamScenarios]],
]);

export interface CniScenario extends Scenario {
  readonly cni: Cni;
}

/** Every path of the life cycle (docs/design/life-cycle.md#triggers and docs/design/gardener.md#dual-stack-migration) of every CNI, by its type and a sentence that says which. */
export const scenarios: Readonly<Record<string, CniScenario>> = Object.fromEntries(
  cnis.flatMap((cni) => {
    const words = vocabulary(cni);
    const rows = [...shared, ...(own.get(cni) ?? [])].flatMap((table) => Object.entries(table(words)));
    return rows.map(([sentence, scenario]) => [`${cni.plugin.type}: ${sentence}`, { ...scenario, cni }]);
  }),
);

/** One of them. Throws for a sentence that is none, so that a test does not pass by a slip of the pen. */
export function scenarioNamed(cni: Cni, sentence: string): CniScenario {
  const scenario = scenarios[`${cni.plugin.type}: ${sentence}`];
  if (scenario === undefined) throw new Error(`${cni.plugin.type} has no scenario "${sentence}"`);
  return scenario;
}
