import mongoose from 'mongoose';
import { answerModel } from './models/answer.js';
import { apiKeyModel } from './models/api-key.js';
import { applicationModel } from './models/application.js';
import { callModel } from './models/call.js';
import { callEventModel } from './models/call-event.js';
import { callerBotModel, callerBotVersionModel } from './models/caller-bot.js';
import { candidateModel } from './models/candidate.js';
import { companyModel } from './models/company.js';
import { consentModel } from './models/consent.js';
import { formModel } from './models/form.js';
import { idempotencyKeyModel } from './models/idempotency-key.js';
import { screeningModel } from './models/screening.js';
import { suppressionModel } from './models/suppression.js';
import { answerRepository } from './repositories/answers.js';
import { apiKeyRepository } from './repositories/api-keys.js';
import { applicationRepository } from './repositories/applications.js';
import { callEventRepository } from './repositories/call-events.js';
import { callerBotRepository } from './repositories/caller-bots.js';
import { callRepository } from './repositories/calls.js';
import { candidateRepository } from './repositories/candidates.js';
import { companyRepository } from './repositories/companies.js';
import { consentRepository } from './repositories/consents.js';
import { formRepository } from './repositories/forms.js';
import { idempotencyKeyRepository } from './repositories/idempotency-keys.js';
import { screeningRepository } from './repositories/screenings.js';
import { suppressionRepository } from './repositories/suppressions.js';

/** Everything that is kept, one repository an entity. Repositories return plain objects and take the company's id first. */
export type Store = Awaited<ReturnType<typeof connectStore>>;

/** How long a server is looked for before the store counts as unavailable, ms. */
const SELECTION_MS = 5_000;
/** How long a connection may take, and how long one may stay silent under a command, ms. */
const TIMEOUTS = { connectTimeoutMS: 5_000, waitQueueTimeoutMS: 5_000, socketTimeoutMS: 30_000 };

/**
 * Connects to MongoDB, or to what speaks its protocol, builds the indexes and returns the repositories. The connection is its own: several stores may live
 * in one process. The caller closes it. Throws the driver's error (`isStoreUnavailable`) when no server answers within `selectionMs`.
 */
export const connectStore = async (uri: string, selectionMs = SELECTION_MS) => {
  const connection = mongoose.createConnection(uri, {
    ...TIMEOUTS,
    serverSelectionTimeoutMS: selectionMs,
    maxPoolSize: 20,
    w: 'majority',
    autoIndex: false,
    autoCreate: false,
    bufferCommands: false,
  });
  try {
    await connection.asPromise();
    const models = {
      companies: companyModel(connection),
      apiKeys: apiKeyModel(connection),
      candidates: candidateModel(connection),
      forms: formModel(connection),
      bots: callerBotModel(connection),
      botVersions: callerBotVersionModel(connection),
      applications: applicationModel(connection),
      screenings: screeningModel(connection),
      calls: callModel(connection),
      callEvents: callEventModel(connection),
      answers: answerModel(connection),
      consents: consentModel(connection),
      suppressions: suppressionModel(connection),
      idempotencyKeys: idempotencyKeyModel(connection),
    };
    for (const model of Object.values(models)) await model.createIndexes();
    return {
      /** For what lives beside the repositories: GridFS, the recording's models. */
      connection,
      companies: companyRepository(models.companies),
      apiKeys: apiKeyRepository(models.apiKeys),
      candidates: candidateRepository(models.candidates),
      forms: formRepository(models.forms),
      bots: callerBotRepository(models.bots, models.botVersions),
      applications: applicationRepository(models.applications),
      screenings: screeningRepository(models.screenings),
      calls: callRepository(models.calls),
      callEvents: callEventRepository(models.callEvents),
      answers: answerRepository(models.answers),
      consents: consentRepository(models.consents),
      suppressions: suppressionRepository(models.suppressions),
      idempotencyKeys: idempotencyKeyRepository(models.idempotencyKeys),
      /** Whether the store answers a ping; for /readyz. Never throws. */
      ping: async (): Promise<boolean> => {
        try {
          await connection.db?.command({ ping: 1 });
          return connection.db !== undefined;
        } catch {
          // Any failure of a ping means the same: not ready.
          return false;
        }
      },
      close: (): Promise<void> => connection.close(),
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
};
