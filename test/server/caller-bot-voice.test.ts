import t from 'tap';
import { voiceSchema } from '../../schemas/caller-bot.js';

t.test('a bot chooses its voice in the engine’s own words', async (t) => {
  const accepted: [unknown, unknown][] = [
    [{}, { name: 'default', speed: 1 }],
    [
      { name: '21m00Tcm4TlvDq8ikWAM', model: 'eleven_flash_v2_5', settings: { stability: 0.4, use_speaker_boost: true } },
      { name: '21m00Tcm4TlvDq8ikWAM', speed: 1, model: 'eleven_flash_v2_5', settings: { stability: 0.4, use_speaker_boost: true } },
    ],
  ];
  for (const [given, parsed] of accepted) t.strictSame(voiceSchema.parse(given), parsed);
  const refused: unknown[] = [
    { model: '' },
    { model: 'a model/with a path' },
    { settings: { Stability: 1 } },
    { settings: { stability: '0.4' } },
    { settings: { stability: Number.NaN } },
    { settings: Object.fromEntries(Array.from({ length: 11 }, (_, nth) => [`setting_${'abcdefghijk'[nth]}`, 1])) },
    { name: '' },
    { speed: 3 },
    { pitch: 1 },
  ];
  for (const given of refused) t.notOk(voiceSchema.safeParse(given).success, JSON.stringify(given));
});
