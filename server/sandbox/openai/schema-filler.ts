type Schema = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const MAX_DEPTH = 12;

/**
 * JSON that fits the schema: what is wanted where it fits, something plain of the right type elsewhere. Wanted properties that the schema does not know are left
 * out.
 */
export const fillSchema = (root: Schema, wanted: unknown): unknown => {
  const resolve = (schema: unknown): Schema => {
    if (!isRecord(schema)) return {};
    const ref = schema['$ref'];
    if (typeof ref !== 'string') return schema;
    const target = ref
      .replace(/^#\/?/, '')
      .split('/')
      .filter((step) => step !== '')
      .reduce<unknown>((at, step) => (isRecord(at) ? at[step] : undefined), root);
    return isRecord(target) ? target : {};
  };

  const fill = (given: unknown, value: unknown, depth: number): unknown => {
    const schema = resolve(given);
    if (depth > MAX_DEPTH) return null;
    if (schema['const'] !== undefined) return schema['const'];
    if (Array.isArray(schema['enum'])) return schema['enum'].includes(value) ? value : schema['enum'][0];
    if (Array.isArray(schema['anyOf'])) {
      const branches = schema['anyOf'].map(resolve);
      return fill(branches.find((branch) => accepts(branch, value)) ?? branches[0], value, depth + 1);
    }
    const types: unknown[] = Array.isArray(schema['type']) ? schema['type'] : [schema['type']];
    const type = types.find((one) => accepts({ type: one }, value)) ?? types[0];
    switch (type) {
      case 'object': {
        const properties = isRecord(schema['properties']) ? schema['properties'] : {};
        const source = isRecord(value) ? value : {};
        return Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, fill(one, source[name], depth + 1)]));
      }
      case 'array': {
        const items = Array.isArray(value) ? value : Array.from({ length: Number(schema['minItems'] ?? 0) }, () => undefined);
        return items.map((item: unknown) => fill(schema['items'], item, depth + 1));
      }
      case 'string':
        return typeof value === 'string' ? value : value === null ? '' : 'text';
      case 'number':
      case 'integer':
        return Math.min(
          Math.max(accepts({ type }, value) ? Number(value) : 0, Number(schema['minimum'] ?? -Infinity)),
          Number(schema['maximum'] ?? Infinity),
        );
      case 'boolean':
        return value === true;
      default:
        return null;
    }
  };
  return fill(root, wanted, 0);
};

/** Whether a value is of the type that a schema names. */
const accepts = (schema: Schema, value: unknown): boolean => {
  if (Array.isArray(schema['enum'])) return schema['enum'].includes(value);
  switch (schema['type']) {
    case 'null':
      return value === null;
    case 'object':
      return isRecord(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return schema['type'] === typeof value;
  }
};
