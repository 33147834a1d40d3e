import { z } from 'zod';
import { callerBotSchema } from '../../../schemas/caller-bot.js';
import { idSchema } from '../../../schemas/ids.js';
import type { BotVersion, StoredBot } from '../../store/repositories/caller-bots.js';

/** A bot as the API returns it: as it was given, defaults filled in, with its id and version. */
export const botView = z.object({
  ...callerBotSchema.shape,
  id: idSchema('bot'),
  version: z.number().int(),
  created_at: z.iso.datetime(),
  modified_at: z.iso.datetime(),
});

export const toBotView = ({ id, version, definition, created_at, modified_at }: StoredBot): z.infer<typeof botView> => ({
  id,
  version,
  ...definition,
  created_at: created_at.toISOString(),
  modified_at: modified_at.toISOString(),
});

/** One version of a bot. */
export const botVersionView = z.object({
  ...callerBotSchema.shape,
  bot_id: idSchema('bot'),
  version: z.number().int(),
  modified_at: z.iso.datetime(),
});

export const toBotVersionView = ({ bot_id, version, definition, modified_at }: BotVersion): z.infer<typeof botVersionView> => ({
  bot_id,
  version,
  ...definition,
  modified_at: modified_at.toISOString(),
});
