import { readFileSync } from 'node:fs';

export interface ImageStart {
  /** Flags of Node. */
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Reads from the Dockerfile how the image starts Node, so that benches measure the same. NODE_FLAGS replaces the flags. */
export function imageStart(): ImageStart {
  const text = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');
  const entrypoint = JSON.parse(/^ENTRYPOINT (\[.*\])$/m.exec(text)?.[1] ?? '[]') as string[];
  const variables = /^ENV (.*)$/m.exec(text)?.[1]?.split(' ') ?? [];
  const env = Object.fromEntries(variables.map((one) => one.split('=', 2) as [string, string]));
  const given = process.env['NODE_FLAGS']?.split(' ').filter((flag) => flag !== '');
  const flags = given ?? entrypoint.filter((one) => one.startsWith('--'));
  if (flags.length === 0 && given === undefined) throw new Error('the Dockerfile has no ENTRYPOINT with flags of Node');
  const malloc = Object.entries(env).filter(([name]) => name.startsWith('MALLOC_'));
  return { flags, env: Object.fromEntries(malloc) };
}
