/** The same shape with each field either absent or there. */
export type Defined<T> = { [field in keyof T]: Exclude<T[field], undefined> };

/**
 * A copy of plain data without its `undefined` fields: BSON would store them as null, and null is a value to us. Dates are kept as they are.
 */
export const withoutUndefined = <T>(value: T): Defined<T> => {
  const copy = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(copy);
    if (typeof part !== 'object' || part === null || part instanceof Date) return part;
    return Object.fromEntries(Object.entries(part).flatMap(([name, field]) => (field === undefined ? [] : [[name, copy(field)]])));
  };
  return copy(value) as Defined<T>;
};
