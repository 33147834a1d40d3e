import type { Model, QueryFilter } from 'mongoose';
import { z } from 'zod';
import { AppError } from '../../schemas/errors.js';

/** A part of a list. `cursor` is the `nextCursor` of the page before. */
export interface PageRequest {
  limit: number;
  cursor?: string | undefined;
}

/** Items newest first; `nextCursor` is null on the last page. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

const positionSchema = z.tuple([z.number().int(), z.string().min(1).max(100)]);

const encodeCursor = (position: z.infer<typeof positionSchema>): string => Buffer.from(JSON.stringify(position)).toString('base64url');

const parseCursor = (cursor: string): z.infer<typeof positionSchema> => {
  const refuse = (cause: unknown) =>
    new AppError('validation_failed', { reason: 'cursor is not one that this list returned.' }, { field: 'cursor', cause });
  let decoded: unknown;
  try {
    decoded = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch (cause) {
    throw refuse(cause);
  }
  const position = positionSchema.safeParse(decoded);
  if (!position.success) throw refuse(position.error);
  return position.data;
};

/**
 * Reads one page of a collection, newest first with the id as tie-break. A cursor names a place in that order, not a count, so pages neither repeat nor
 * skip an item while others are added. Throws AppError `validation_failed` for a cursor that is not ours.
 */
export const readPage = async <Document extends { _id: string; companyId: string; created_at: Date }>(
  model: Model<Document>,
  filter: QueryFilter<Document>,
  request: PageRequest,
): Promise<Page<Document>> => {
  const after = request.cursor === undefined ? undefined : parseCursor(request.cursor);
  const before = after && {
    $or: [{ created_at: { $lt: new Date(after[0]) } }, { created_at: new Date(after[0]), _id: { $lt: after[1] } }],
  };
  const found = await model
    .find({ ...filter, ...before })
    .sort({ created_at: -1, _id: -1 })
    .limit(request.limit + 1)
    .lean<Document[]>();
  const items = found.slice(0, request.limit);
  const last = items.at(-1);
  return { items, nextCursor: last && found.length > request.limit ? encodeCursor([last.created_at.getTime(), last._id]) : null };
};

/** The same page with each item turned into something else. */
export const mapPage = <From, To>(page: Page<From>, to: (item: From) => To): Page<To> => ({ ...page, items: page.items.map(to) });
