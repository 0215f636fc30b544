/** Builds the engine that judges NetworkPolicies in tests, if Go is available: `node test/policies/build.ts`. Never fails: tests are skipped without it. */
import { findEngine } from './engine.ts';

const found = await findEngine({ env: process.env, log: (line) => console.log(line) });
console.log('program' in found ? found.program : `tests with it are skipped: ${found.reason}`);
