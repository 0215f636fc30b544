import type { FuzzTarget } from '../engine/target.ts';
import { configTarget } from './config.ts';
import { manifestTarget } from './manifest.ts';
import { reviewTarget } from './review.ts';
import { watchTarget } from './watch.ts';

/** All targets; each has a folder in test/fuzz/corpus. */
export const targets: readonly FuzzTarget[] = [reviewTarget, configTarget, manifestTarget, watchTarget];
