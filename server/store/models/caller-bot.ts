import type { Connection, Model } from 'mongoose';
import { Schema } from 'mongoose';
import type { CallerBot } from '../../../schemas/caller-bot.js';
import { domainSchema } from './domain-schema.js';

/** A caller bot in its current version; `definition` is the bot exactly as the API took it, defaults filled in. */
export interface CallerBotDocument {
  _id: string;
  companyId: string;
  slug: string;
  version: number;
  definition: CallerBot;
  created_at: Date;
  modified_at: Date;
}

/** A superseded version, `_id` `<bot id>:<version>`. The current one lives in the bot alone, so a save is one write. */
export interface CallerBotVersionDocument {
  _id: string;
  companyId: string;
  bot_id: string;
  version: number;
  definition: CallerBot;
  modified_at: Date;
}

export const callerBotModel = (connection: Connection): Model<CallerBotDocument> => {
  const schema = domainSchema<CallerBotDocument>('caller_bots', {
    companyId: { type: String, required: true },
    slug: { type: String, required: true },
    version: { type: Number, required: true },
    definition: { type: Schema.Types.Mixed, required: true },
    created_at: { type: Date, required: true },
    modified_at: { type: Date, required: true },
  });
  schema.index({ companyId: 1, slug: 1 }, { unique: true });
  schema.index({ companyId: 1, created_at: -1, _id: -1 });
  return connection.model<CallerBotDocument>('CallerBot', schema);
};

export const callerBotVersionModel = (connection: Connection): Model<CallerBotVersionDocument> => {
  const schema = domainSchema<CallerBotVersionDocument>('caller_bot_versions', {
    companyId: { type: String, required: true },
    bot_id: { type: String, required: true },
    version: { type: Number, required: true },
    definition: { type: Schema.Types.Mixed, required: true },
    modified_at: { type: Date, required: true },
  });
  schema.index({ companyId: 1, bot_id: 1, version: -1 });
  return connection.model<CallerBotVersionDocument>('CallerBotVersion', schema);
};
