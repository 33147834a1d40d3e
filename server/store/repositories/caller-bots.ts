import { isDeepStrictEqual } from 'node:util';
import type { Model } from 'mongoose';
import type { CallerBot } from '../../../schemas/caller-bot.js';
import { AppError } from '../../../schemas/errors.js';
import type { CallerBotDocument, CallerBotVersionDocument } from '../models/caller-bot.js';
import { mapPage, type Page, type PageRequest, readPage } from '../page.js';
import { withoutUndefined } from '../plain-value.js';
import { isDuplicateKey } from '../store-errors.js';

/** A bot in its current version; `definition` is what the interview runs on. Versions count from 1. */
export interface StoredBot {
  id: string;
  companyId: string;
  version: number;
  definition: CallerBot;
  created_at: Date;
  modified_at: Date;
}

/** One version of a bot, current or superseded. */
export interface BotVersion {
  bot_id: string;
  version: number;
  definition: CallerBot;
  modified_at: Date;
}

const toBot = ({ _id, slug: _, ...rest }: CallerBotDocument): StoredBot => ({ id: _id, ...rest });

const slugTaken = (slug: string, cause: unknown) =>
  new AppError('conflict', { reason: `There is a bot with the slug ${slug} already.` }, { field: 'slug', cause });

/** How often a save is tried again when another save of the same bot came between. */
const SAVE_ATTEMPTS = 5;

export type CallerBotRepository = ReturnType<typeof callerBotRepository>;

export const callerBotRepository = (model: Model<CallerBotDocument>, versions: Model<CallerBotVersionDocument>) => ({
  /** Throws AppError `conflict` when the company has a bot with this slug. */
  async create(companyId: string, id: string, definition: CallerBot, now: Date): Promise<StoredBot> {
    const document = {
      _id: id,
      companyId,
      slug: definition.slug,
      version: 1,
      definition: withoutUndefined(definition),
      created_at: now,
      modified_at: now,
    };
    try {
      await model.create(document);
    } catch (error) {
      throw isDuplicateKey(error) ? slugTaken(definition.slug, error) : error;
    }
    return toBot(document);
  },

  async find(companyId: string, id: string): Promise<StoredBot | undefined> {
    const found = await model.findOne({ _id: id, companyId }).lean<CallerBotDocument | null>();
    return found ? toBot(found) : undefined;
  },

  async findBySlug(companyId: string, slug: string): Promise<StoredBot | undefined> {
    const found = await model.findOne({ companyId, slug }).lean<CallerBotDocument | null>();
    return found ? toBot(found) : undefined;
  },

  async list(companyId: string, query: { slug?: string | undefined }, page: PageRequest): Promise<Page<StoredBot>> {
    const filter = { companyId, ...(query.slug === undefined ? {} : { slug: query.slug }) };
    return mapPage(await readPage(model, filter, page), toBot);
  },

  /**
   * Saves the bot that `change` makes of the current one as the next version. The superseded version is kept first, then the bot moves by compare-and-set
   * on its version; `change` runs again when another save came between. Returns undefined when there is no such bot; throws AppError `conflict` for a taken
   * slug, or when saves keep colliding. A save that changes nothing makes no version.
   */
  async update(companyId: string, id: string, change: (current: CallerBot) => CallerBot, now: Date): Promise<StoredBot | undefined> {
    for (let attempt = 0; attempt < SAVE_ATTEMPTS; attempt++) {
      const current = await model.findOne({ _id: id, companyId }).lean<CallerBotDocument | null>();
      if (!current) return undefined;
      const definition = withoutUndefined(change(current.definition));
      if (isDeepStrictEqual(definition, current.definition)) return toBot(current);
      const { version, modified_at } = current;
      await versions.updateOne(
        { _id: `${id}:${version}` },
        { $setOnInsert: { companyId, bot_id: id, version, definition: current.definition, modified_at } },
        { upsert: true },
      );
      try {
        const updated = await model
          .findOneAndUpdate(
            { _id: id, companyId, version },
            { $set: { slug: definition.slug, definition, version: version + 1, modified_at: now } },
            { returnDocument: 'after' },
          )
          .lean<CallerBotDocument | null>();
        if (updated) return toBot(updated);
      } catch (error) {
        throw isDuplicateKey(error) ? slugTaken(definition.slug, error) : error;
      }
    }
    throw new AppError('conflict', { reason: 'This bot is being changed by others at the same time. Try again.' });
  },

  /** The bot as it was in one version, current or not. */
  async findVersion(companyId: string, id: string, version: number): Promise<BotVersion | undefined> {
    const current = await model.findOne({ _id: id, companyId }).lean<CallerBotDocument | null>();
    if (!current) return undefined;
    if (current.version === version) return { bot_id: id, version, definition: current.definition, modified_at: current.modified_at };
    const kept = await versions.findOne({ _id: `${id}:${version}`, companyId }).lean<CallerBotVersionDocument | null>();
    return kept ? { bot_id: id, version, definition: kept.definition, modified_at: kept.modified_at } : undefined;
  },

  /** All versions, newest first, at most `limit`, those below `before` when it is given. Undefined when there is no such bot. */
  async listVersions(companyId: string, id: string, limit: number, before = Number.MAX_SAFE_INTEGER): Promise<BotVersion[] | undefined> {
    const current = await model.findOne({ _id: id, companyId }).lean<CallerBotDocument | null>();
    if (!current) return undefined;
    const kept = await versions
      .find({ companyId, bot_id: id, version: { $lt: Math.min(current.version, before) } })
      .sort({ version: -1 })
      .limit(limit)
      .lean<CallerBotVersionDocument[]>();
    const all = [{ ...current, bot_id: id }, ...kept].filter(({ version }) => version < before);
    return all.slice(0, limit).map(({ bot_id, version, definition, modified_at }) => ({ bot_id, version, definition, modified_at }));
  },

  /** Removes the bot and its versions; screenings keep their answers. */
  async remove(companyId: string, id: string): Promise<boolean> {
    const { deletedCount } = await model.deleteOne({ _id: id, companyId });
    await versions.deleteMany({ companyId, bot_id: id });
    return deletedCount === 1;
  },
});
