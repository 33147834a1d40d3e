import t from 'tap';
import { evidenceFor, prove } from '../../agents/evidence.js';
import type { Answer } from '../../schemas/answer.js';
import type { Turn } from '../../schemas/transcript.js';

const turn = (id: string, text: string, start: number, speaker: Turn['speaker'] = 'candidate'): Turn => {
  const words = text.split(/\s+/);
  return {
    id,
    speaker,
    text,
    start_ms: start,
    end_ms: start + words.length * 100,
    words: words.map((word, index) => ({ text: word, start_ms: start + index * 100, end_ms: start + index * 100 + 80 })),
    interrupted: false,
  };
};

const turns = [
  turn('t1', 'Do you have e-mail?', 0, 'agent'),
  turn('t2', "Yes. No wait, no, I can't do nights", 1000),
  turn('t3', 'four one five', 3000),
  turn('t4', 'five five five, two six seven one', 4000),
  turn('t5', '[keypad 1]', 6000),
];

/** Quote, the turns it may come from, and where it stands: turn ids, start, end; or not at all. */
const QUOTES: readonly (readonly [string, readonly Turn[], readonly [string[], number, number] | undefined])[] = [
  ["I can't do nights", turns, [['t2'], 1400, 1780]],
  ["i CAN'T   do nights.", turns, [['t2'], 1400, 1780]],
  ['I can’t do nights', turns, [['t2'], 1400, 1780]],
  ['no', turns, [['t2'], 1300, 1380]],
  ['"Yes"', turns, [['t2'], 1000, 1080]],
  ['four one five five five five two six seven one', turns.slice(2, 4), undefined],
  ['four one five five five five, two six seven one', turns.slice(2, 4), [['t3', 't4'], 3000, 4680]],
  ['[keypad 1]', turns, [['t5'], 6000, 6180]],
  ['I can do nights', turns, undefined],
  ['e-mail', turns, undefined],
  ['Do you have', turns, undefined],
  ['nights four', [turns[1], turns[3]].filter((one) => one !== undefined), undefined],
  ['', turns, undefined],
  ['?!', turns, undefined],
  ["can't do night", turns, undefined],
];

t.test('a quote is found where the candidate said it, word for word, or not at all', async (t) => {
  for (const [quote, among, expected] of QUOTES) {
    const found = evidenceFor(quote, among);
    t.strictSame(found && [found.turn_ids, found.start_ms, found.end_ms], expected, quote || 'empty');
  }
});

t.test('without word times the offsets are those of the turn', async (t) => {
  const plain = { ...turn('t9', 'eighteen dollars an hour', 500), words: [] };
  t.match(evidenceFor('eighteen', [plain]), { start_ms: 500, end_ms: 900 });
});

t.test('the rule', async (t) => {
  const answer: Answer = {
    variable: 'nights',
    status: 'confirmed',
    value: false,
    confidence: 0.9,
    evidence: { quote: "I can't do nights", turn_ids: ['t2'], start_ms: 1400, end_ms: 1780 },
    confirmation_turn_id: 't5',
  };
  t.equal(prove(answer, turns), answer, 'a proven answer stays as it is');
  const missing = { variable: 'nights', status: 'missing', confidence: 0 };
  t.strictSame(
    prove({ ...answer, evidence: { quote: 'I love nights', turn_ids: ['t2'], start_ms: 0, end_ms: 1 } }, turns),
    missing,
    'words nobody said',
  );
  t.strictSame(
    prove({ ...answer, evidence: { quote: 'four one five', turn_ids: ['t2'], start_ms: 0, end_ms: 1 } }, turns),
    missing,
    'said in a turn that is not cited',
  );
  t.strictSame(
    prove({ ...answer, evidence: { quote: 'e-mail', turn_ids: ['t1'], start_ms: 0, end_ms: 1 } }, turns),
    missing,
    "the agent's own words",
  );
  t.strictSame(prove({ ...answer, evidence: { quote: 'no', turn_ids: [], start_ms: 0, end_ms: 1 } }, turns), missing, 'no turn at all');
  const { evidence: _evidence, ...bare } = answer;
  t.strictSame(prove(bare, turns), missing, 'a value without evidence');
  const off = prove({ ...answer, evidence: { quote: "I can't do nights", turn_ids: ['t2'], start_ms: 9000, end_ms: 9100 } }, turns);
  t.match(off.evidence, { start_ms: 1400, end_ms: 1780 }, 'offsets outside the turn are computed again');
  const declined: Answer = { variable: 'nights', status: 'declined', confidence: 0.9 };
  t.equal(prove(declined, turns), declined, 'what has no value needs no proof');
});
