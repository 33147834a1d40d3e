import t from 'tap';
import type { ExpectedAnswer } from '../../schemas/ports/interviewer.js';
import { fc, runs } from '../fixtures/properties.js';
import { onTheLine } from './turn-line.js';

/** Frames of line time. */
const frames = (min: number, max: number) => fc.integer({ min, max }).map((count) => count * 20);

/** A stretch of voice after a pause, and how long its final takes: longer than the turn waits for it, at most. */
const stretch = fc.record({
  pauseMs: frames(3, 100),
  voiceMs: frames(10, 80),
  finalMs: frames(0, 200),
  words: fc.constantFrom('', 'x', 'x y', 'okay', 'yes', 'stop', 'mhm'),
  interim: fc.boolean(),
});
const agentSpeaks = fc.record({ atMs: frames(0, 600), asking: fc.boolean() });
const expecting = fc.constantFrom<ExpectedAnswer['type']>('opening', 'yes-no', 'phone', 'text');

t.test('with a recogniser that answers in order, however late, every word lands in one turn or nod, in order', async () => {
  fc.assert(
    fc.property(fc.array(stretch, { minLength: 1, maxLength: 8 }), fc.array(agentSpeaks, { maxLength: 3 }), expecting, (stretches, agent, type) => {
      const line = onTheLine();
      line.expect(type);
      const events = agent.map(({ atMs, asking }) => ({ atMs, happen: () => line.agentSpeaks(asking) }));
      let atMs = 0;
      let answeredMs = 0;
      const said = stretches.map(({ pauseMs, voiceMs, finalMs, words, interim }, nth) => {
        const text = words && `${words} word${nth}`;
        atMs += pauseMs;
        events.push({ atMs, happen: line.voiceOn });
        // The engine works in order: nothing is told of this stretch before the one before it has had its final.
        if (interim && text) events.push({ atMs: Math.max(answeredMs, atMs + Math.floor(voiceMs / 40) * 20), happen: () => line.words(text) });
        atMs += voiceMs + 200;
        events.push({ atMs, happen: line.voiceOff });
        answeredMs = Math.max(answeredMs + 20, atMs + finalMs);
        events.push({ atMs: answeredMs, happen: () => line.final(text) });
        return text;
      });
      for (const event of events.sort((a, b) => a.atMs - b.atMs)) {
        line.pass(event.atMs - line.now());
        event.happen();
      }
      line.pass(10_000);
      const landed = line.whats().flatMap((what) => (/^(?:turn|nod)/.test(what) ? (what.match(/word\d+/g) ?? []) : []));
      return landed.join() === said.flatMap((text) => text.match(/word\d+/g) ?? []).join();
    }),
    {
      numRuns: runs(500),
      examples: [
        // The first final was known from its interim when the turn was given up; the second was not.
        [
          [
            { pauseMs: 60, voiceMs: 200, finalMs: 2960, words: 'x', interim: true },
            { pauseMs: 60, voiceMs: 200, finalMs: 0, words: 'x', interim: false },
          ],
          [],
          'yes-no',
        ],
      ],
    },
  );
});
