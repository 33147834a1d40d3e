import { Schema, type SchemaDefinitionProperty } from 'mongoose';

/**
 * Makes the mongoose schema of one entity with the settings that all share: our own string `_id`, fields outside the schema refused on write and in
 * filters, no version key, no mongoose timestamps (times come from the Clock), indexes built once by `connectStore`.
 */
export const domainSchema = <Document extends { _id: string }>(
  collection: string,
  fields: { [field in Exclude<keyof Document, '_id'>]-?: SchemaDefinitionProperty },
): Schema<Document> =>
  new Schema<Document>(
    { _id: { type: String, required: true }, ...fields },
    { collection, id: false, versionKey: false, minimize: false, strict: 'throw', strictQuery: 'throw', autoIndex: false, autoCreate: false },
  );
