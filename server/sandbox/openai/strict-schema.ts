import { badRequest } from './api-error.js';

const KEYWORDS = new Set(
  [
    '$schema',
    '$defs',
    'definitions',
    '$ref',
    'type',
    'title',
    'description',
    'properties',
    'required',
    'additionalProperties',
    'items',
    'enum',
    'const',
    'anyOf',
  ].concat(['pattern', 'format', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'minItems', 'maxItems']),
);
const FORMATS = new Set(['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uuid']);
const MAX_DEPTH = 10;
const MAX_PROPERTIES = 5000;

/**
 * The subset of JSON Schema that strict mode takes: an object at the root, every property required, none besides, no keyword that the vendor cannot enforce.
 * `what` and `param` name the schema in the refusal. Throws ApiError. Follows: platform.openai.com, "Structured outputs", "Supported schemas".
 */
export const checkStrictSchema = (root: unknown, what: string, param: string, code: string | null): void => {
  let properties = 0;
  const refuse = (at: readonly string[], rule: string): never => {
    const context = at.map((step) => `'${step}'`).join(', ');
    throw badRequest(`Invalid schema for ${what}: In context=(${context}), ${rule}`, param, code);
  };
  const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

  const check = (schema: unknown, at: readonly string[], depth: number): void => {
    if (!isRecord(schema)) return refuse(at, 'schema must be an object.');
    if (depth > MAX_DEPTH) return refuse(at, `schema exceeds ${MAX_DEPTH} levels of nesting.`);
    for (const keyword of Object.keys(schema)) if (!KEYWORDS.has(keyword)) refuse(at, `'${keyword}' is not permitted.`);
    for (const pool of ['$defs', 'definitions']) {
      const named = schema[pool];
      if (isRecord(named)) for (const [name, one] of Object.entries(named)) check(one, [...at, pool, name], depth);
    }
    const { format } = schema;
    if (format !== undefined && !(typeof format === 'string' && FORMATS.has(format))) refuse(at, `'${String(format)}' is not a valid format.`);
    if (typeof schema['$ref'] === 'string') return;
    if (Array.isArray(schema['anyOf'])) {
      for (const [nth, one] of schema['anyOf'].entries()) check(one, [...at, 'anyOf', String(nth)], depth);
      return;
    }
    const { type } = schema;
    if (type === undefined && schema['enum'] === undefined && schema['const'] === undefined) return refuse(at, "schema must have a 'type' key.");
    const types: unknown[] = Array.isArray(type) ? type : [type];
    if (types.includes('array')) {
      if (schema['items'] === undefined) refuse(at, 'array schema missing items.');
      check(schema['items'], [...at, 'items'], depth);
    }
    if (types.includes('object')) checkObject(schema, at, depth);
  };

  const checkObject = (schema: Record<string, unknown>, at: readonly string[], depth: number): void => {
    if (schema['additionalProperties'] !== false) refuse(at, "'additionalProperties' is required to be supplied and to be false.");
    const named = isRecord(schema['properties']) ? schema['properties'] : {};
    const required: unknown[] = Array.isArray(schema['required']) ? schema['required'] : [];
    const names = Object.keys(named);
    const missing = names.find((name) => !required.includes(name));
    if (missing !== undefined || required.length !== names.length) {
      refuse(
        at,
        `'required' is required to be supplied and to be an array including every key in properties.${missing ? ` Missing '${missing}'.` : ''}`,
      );
    }
    properties += names.length;
    if (properties > MAX_PROPERTIES) refuse(at, `schema exceeds ${MAX_PROPERTIES} properties.`);
    for (const [name, one] of Object.entries(named)) check(one, [...at, 'properties', name], depth + 1);
  };

  if (!isRecord(root) || root['type'] !== 'object')
    return refuse([], `schema must be a JSON Schema of 'type: "object"', got 'type: "${String(isRecord(root) ? root['type'] : root)}"'.`);
  check(root, [], 1);
};
