import t from 'tap';
import { z } from 'zod';
import type { ModelRequest } from '../../schemas/ports/language-model.js';
import { type Reply, standInModel } from '../agents/llm/stand-in-model.js';
import { TIME_LIMIT_MS } from '../fixtures/time-limit.js';
import { BOT, COMPLETE_FORM } from '../fixtures/world/candidates.js';
import { failingSpeech } from '../fixtures/world/failing-speech.js';
import { until } from '../fixtures/world/server-client.js';
import { type Screened, startTestWorld } from '../fixtures/world/test-world.js';
