/** The field types of every CNI's providerConfig. Each field may be absent or null, which means the same. */
import * as z from 'zod';

export const text = (about: string) => z.string().nullish().describe(about);

export const flag = (about: string) => z.boolean().nullish().describe(about);

export const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values, about: string) =>
  z.enum(values).nullish().describe(about);

export const group = <Shape extends z.ZodRawShape>(shape: Shape, about: string) =>
  z.strictObject(shape).nullish().describe(about);

/** A group that enables a feature. */
export const toggle = (about: string) =>
  group({ enabled: flag('Whether it is enabled; a group without this field means false.') }, about);
