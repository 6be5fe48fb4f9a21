import { z } from 'zod';
import type { StepKind } from '../steps/step-kind.ts';
import { type Asked, connectionKinds, isAble } from './lint/context.ts';
import { runbookSchema } from './schema.ts';
import { serviceSchema } from './schema-service.ts';

type JsonSchema = z.core.JSONSchema.JSONSchema;

const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

/** JSON Schema (draft 2020-12) of a runbook's file, with every step kind's input under its key; for editors. */
export function runbookJsonSchema(kinds: readonly StepKind[]): JsonSchema {
  const schema = toJson(runbookSchema);
  const check = below(below(schema, 'checks'), '*');
  const action = below(below(schema, 'actions'), '*');
  const able = (asked: Asked) => kinds.filter((kind) => isAble(kind, asked));
  const probes = able('look');
  check.properties = { ...check.properties, ...inputs(probes) };
  check.additionalProperties = false;
  check.oneOf = [...probes.map(({ name }) => name), 'objective'].map((name) => ({
    type: 'object',
    properties: { [name]: {} },
    required: [name],
  }));
  action.properties = { ...action.properties, preview: oneStep(able('dry-run')) };
  below(action, 'steps').items = oneStep(able('act'));
  return { $schema: DRAFT, title: 'A runbook of Guardia', ...withInputs(schema, kinds) };
}

/** JSON Schema (draft 2020-12) of service.yml, with every kind of connection. */
export function serviceJsonSchema(kinds: readonly StepKind[]): JsonSchema {
  const schema = toJson(serviceSchema);
  const connections = below(schema, 'connections');
  connections.additionalProperties = {
    anyOf: Object.values(connectionKinds(kinds)).map(toJson),
  };
  return { $schema: DRAFT, title: 'A service of Guardia', ...schema };
}

/** Inputs stand once, under `$defs`, and are referred to. */
function withInputs(schema: JsonSchema, kinds: readonly StepKind[]): JsonSchema {
  const definitions = kinds.map((kind) => [kind.name, { description: kind.about, ...toJson(kind.input) }]);
  return { ...schema, $defs: Object.fromEntries(definitions) };
}

function inputs(kinds: readonly StepKind[]): Record<string, JsonSchema> {
  return Object.fromEntries(kinds.map(({ name }) => [name, { $ref: `#/$defs/${name}` }]));
}

function oneStep(kinds: readonly StepKind[]): JsonSchema {
  return {
    type: 'object',
    properties: inputs(kinds),
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
  };
}

function toJson(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}

/** The schema below a key; `*` for whatever key a record has. */
function below(schema: JsonSchema, key: string): JsonSchema {
  const inner = key === '*' ? schema.additionalProperties : schema.properties?.[key];
  if (inner === null || typeof inner !== 'object') throw new TypeError(`the language has no ${key} there`);
  return inner;
}
