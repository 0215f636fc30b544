import { calicoScenarios } from './calico.ts';
import { createScenarios } from './create.ts';
import { deleteScenarios } from './delete.ts';
import { ipamScenarios } from './ipam.ts';
import { migrateScenarios } from './migrate.ts';
import { reconcileScenarios } from './reconcile.ts';
import { refuseScenarios } from './refuse.ts';
import { repairScenarios } from './repair.ts';
import { restartScenarios } from './restarts.ts';
import { type Cni, calicoCni, ciliumCni, cnis } from './support/cni.ts';
import { createFixtures, type Fixtures } from './support/fixtures.ts';
import type { Scenario } from './support/scenario.ts';
import { webhookScenarios } from './webhook.ts';

type Table = (fixtures: Fixtures) => Readonly<Record<string, Scenario>>;

/** Scenarios of every CNI. */
const shared: readonly Table[] = [
  createScenarios,
  reconcileScenarios,
  repairScenarios,
  refuseScenarios,
  migrateScenarios,
  deleteScenarios,
];

/** Scenarios of one CNI. */
const own: ReadonlyMap<Cni, readonly Table[]> = new Map([
  [calicoCni, [calicoScenarios, restartScenarios]],
  [ciliumCni, [webhookScenarios, ipamScenarios]],
]);

export interface CniScenario extends Scenario {
  readonly cni: Cni;
}

/** Every path of the life cycle of every CNI (docs/design/life-cycle.md#triggers), by network type and title. A title states the rule that the scenario proves. */
export const scenarios: Readonly<Record<string, CniScenario>> = Object.fromEntries(
  cnis.flatMap((cni) => {
    const fixtures = createFixtures(cni);
    const rows = [...shared, ...(own.get(cni) ?? [])].flatMap((table) => Object.entries(table(fixtures)));
    return rows.map(([title, scenario]) => [`${cni.plugin.type}: ${title}`, { ...scenario, cni }]);
  }),
);

/** Returns one scenario. Throws for an unknown title, so that a test cannot pass because of a typo. */
export function scenarioNamed(cni: Cni, title: string): CniScenario {
  const scenario = scenarios[`${cni.plugin.type}: ${title}`];
  if (scenario === undefined) throw new Error(`${cni.plugin.type} has no scenario "${title}"`);
  return scenario;
}
