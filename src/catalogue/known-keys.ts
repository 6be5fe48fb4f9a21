import { z } from 'zod';
import type { Path } from './document.ts';

type JsonSchema = z.core.JSONSchema.JSONSchema;
const described = new WeakMap<z.ZodType, JsonSchema>();

/** The keys that a schema knows at a place, read from its JSON Schema. */
export function keysAt(schema: z.ZodType, path: Path): string[] {
  let places = [describe(schema)];
  for (const part of path) places = places.flatMap(branchesOf).flatMap((place) => below(place, part));
  return [...new Set(places.flatMap(branchesOf).flatMap((place) => Object.keys(place.properties ?? {})))];
}

function describe(schema: z.ZodType): JsonSchema {
  const known = described.get(schema) ?? z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  described.set(schema, known);
  return known;
}

function branchesOf(schema: JsonSchema): JsonSchema[] {
  const inner = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  return [schema, ...inner.filter(isSchema).flatMap(branchesOf)];
}

function below(schema: JsonSchema, part: string | number): JsonSchema[] {
  const items = Array.isArray(schema.items) ? schema.items : [schema.items];
  const inner = typeof part === 'number' ? items : [schema.properties?.[part] ?? schema.additionalProperties];
  return inner.filter(isSchema);
}

function isSchema(value: unknown): value is JsonSchema {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
