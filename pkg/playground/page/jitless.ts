/** Imported first: zod compiles schemas by `new Function`, which the Content-Security-Policy forbids, unless this is set before it creates one. */
import { config } from 'zod';

config({ jitless: true });
