import type { Scenario } from './scenario.ts';
import { createScenarios } from './scenarios-create.ts';
import { deleteScenarios } from './scenarios-delete.ts';
import { migrateScenarios } from './scenarios-migrate.ts';
import { reconcileScenarios } from './scenarios-reconcile.ts';
import { refuseScenarios } from './scenarios-refuse.ts';
import { repairScenarios } from './scenarios-repair.ts';

/** Every path of the life cycle (contract.md §1.5-§1.9), by a sentence that says which. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  ...createScenarios,
  ...reconcileScenarios,
  ...repairScenarios,
  ...refuseScenarios,
  ...migrateScenarios,
  ...deleteScenarios,
};
