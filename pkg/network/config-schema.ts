/** The kinds of fields that every CNI's providerConfig consists of: each may be absent or null, which means the same. */
import * as z from 'zod';

export const text = (about: string) => z.string().nullish().describe(about);

export const flag = (about: string) => z.boolean().nullish().describe(about);

export const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values, about: string) =>
  z.enum(values).nullish().describe(about);

export const group = <Shape extends z.ZodRawShape>(shape: Shape, about: string) =>
  z.strictObject(shape).nullish().describe(about);

/** A group that something is switched by. */
export const toggle = (about: string) =>
  group({ enabled: flag('Whether it is on; a group without this field means false.') }, about);
