import * as z from 'zod';
import { child } from './field.ts';

/** Returns the paths of all options of a providerConfig below a schema: groups are not options, maps are. */
export function optionPaths(schema: z.ZodObject): readonly string[] {
  return optionSchemas(schema).map(([path]) => path);
}

/** Returns the options with the schema of their values. */
function optionSchemas(schema: z.ZodObject, parent = ''): readonly (readonly [path: string, schema: z.ZodType])[] {
  return Object.entries(schema.shape).flatMap(([name, member]): readonly (readonly [string, z.ZodType])[] => {
    const path = child(parent, name);
    const inner = withoutNull(member as z.ZodType);
    return inner instanceof z.ZodObject ? optionSchemas(inner, path) : [[path, member as z.ZodType]];
  });
}

function withoutNull(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodNullable
    ? withoutNull(schema.unwrap() as z.ZodType)
    : schema;
}
