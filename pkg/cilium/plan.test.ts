import path from 'node:path';
import { planGoldens } from '../../test/support/plan-goldens.ts';
import { cilium } from './plan.ts';

planGoldens({
  folder: path.join(import.meta.dirname, 'testdata/plan'),
  plugin: cilium,
  full: ['default', 'everything'],
});
