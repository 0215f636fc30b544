/** Runs contents.ts in an arena, as run.ts runs a class. */
import path from 'node:path';
import { runInArena } from '../arena.ts';

const script = path.join(import.meta.dirname, 'contents.ts');
await runInArena({ script, args: [], onLine: (line) => process.stdout.write(`${line}\n`) });
