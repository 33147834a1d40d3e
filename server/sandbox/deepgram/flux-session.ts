import { type AudioSlice, createAudioIntake, SLICE_MS } from './audio-intake.js';
import { type FluxParameters, keytermProblem } from './listen-parameters.js';
import type { Range } from './profile.js';
import { type ListenSession, parseControl, round, type SessionOptions, type SureWord, seconds, sure } from './session.js';

/*
 * v2/listen. Follows: Deepgram docs, "Understanding the Flux state machine", "Configure".
 *
 *   ready ── word ──► StartOfTurn ── silence ──► EagerEndOfTurn ── more silence ──► EndOfTurn ──► ready, next turn
 *                         ▲                           │ sound
 *                         └────── TurnResumed ◄───────┘
 *
 * Everything moves with audio alone: without it, or silence, a turn never ends.
 */

const NOW: Range = { least: 0, most: 0 };
const CONFIGURE_DELAY: Range = { least: 20, most: 80 };

export const createFluxSession = (parameters: FluxParameters, options: SessionOptions): ListenSession => {
  const { profile, random, hearing, requestId } = options;
  const intake = createAudioIntake(parameters.audio);
  let thresholds: Thresholds = { eot: parameters.endOfTurn, eager: parameters.eagerEndOfTurn, timeoutMs: parameters.endOfTurnTimeoutMs };
  let keyterms = parameters.keyterms;
  let sequence = 0;
  let turn = 0;
  let words: SureWord[] = [];
  let windowStartMs = 0;
  let lastSoundMs = 0;
  let updateDueMs = profile.fluxUpdateEveryMs;
  let eagerText: string | undefined;
  let halfSureMs = 0;
  let configuring = 0;
  let closing = false;

  const send = (message: Readonly<Record<string, unknown>>, delay: Range, onSent?: () => void) => {
    const { type, ...fields } = message;
    options.send({ type, request_id: requestId, sequence_id: sequence, ...fields }, delay, onSent);
    sequence += 1;
  };
  const text = () => words.map((word) => word.text).join(' ');
  const isTurn = () => words.length > 0;
  const surenessAt = (nowMs: number) => (isTurn() ? Math.min(0.99, 1 - 0.5 ** (Math.max(0, nowMs - lastSoundMs) / halfSureMs)) : 0);

  const tell = (event: string, nowMs: number, trigger?: string) => {
    updateDueMs = nowMs + profile.fluxUpdateEveryMs;
    const heard = words.map((word) => ({
      word: word.text,
      confidence: word.confidence,
      start: seconds(word.startMs),
      end: seconds(word.endMs),
    }));
    send(
      {
        type: 'TurnInfo',
        event,
        turn_index: turn,
        audio_window_start: seconds(windowStartMs),
        audio_window_end: seconds(nowMs),
        transcript: text(),
        words: heard,
        end_of_turn_confidence: round(surenessAt(nowMs)),
        ...(trigger === undefined ? {} : { trigger }),
        ...(parameters.model === 'flux-general-multi' ? { languages: isTurn() ? ['en'] : [], languages_hinted: parameters.languageHints } : {}),
      },
      profile.fluxDelay,
    );
  };

  const endTurn = (nowMs: number, trigger: string) => {
    tell('EndOfTurn', nowMs, trigger);
    turn += 1;
    words = [];
    windowStartMs = nowMs;
    eagerText = undefined;
  };

  const onSlice = (slice: AudioSlice) => {
    const nowMs = slice.atMs + SLICE_MS;
    const wasTurn = isTurn();
    if (slice.voiced) lastSoundMs = nowMs;
    words.push(...hearing.push(slice.muLaw, slice.atMs).map((word) => sure(random, word)));
    if (isTurn() && !wasTurn) {
      halfSureMs = profile.fluxHalfSureMs.least + random.next() * (profile.fluxHalfSureMs.most - profile.fluxHalfSureMs.least);
      return tell('StartOfTurn', nowMs);
    }
    if (eagerText !== undefined && (slice.voiced || text() !== eagerText)) {
      eagerText = undefined;
      return tell('TurnResumed', nowMs);
    }
    const sureness = surenessAt(nowMs);
    if (isTurn() && thresholds.eager !== undefined && eagerText === undefined && sureness >= thresholds.eager) {
      eagerText = text();
      return tell('EagerEndOfTurn', nowMs);
    }
    if (isTurn() && sureness >= thresholds.eot && thresholds.eot < 1) return endTurn(nowMs, 'model');
    if (isTurn() && nowMs - (words.at(-1)?.endMs ?? nowMs) >= thresholds.timeoutMs) return endTurn(nowMs, 'timeout');
    if (nowMs >= updateDueMs) tell('Update', nowMs);
  };

  const fail = (code: string, description: string) => {
    closing = true;
    options.send({ type: 'Error', sequence_id: sequence, code, description }, NOW);
    options.close();
  };

  const configure = (fields: Readonly<Record<string, unknown>>) => {
    const terms = fields['keyterms'];
    const asked = thresholdsOf(fields['thresholds'], thresholds);
    const isBad = terms !== undefined && (!isTextList(terms) || keytermProblem(terms) !== undefined);
    // A second one before the answer to the first is refused: clients wait for it.
    if (isBad || !asked || configuring > 0) return answerConfigure({ type: 'ConfigureFailure' });
    if (isTextList(terms)) keyterms = terms;
    thresholds = asked;
    const values = { eot_threshold: asked.eot, eager_eot_threshold: asked.eager, eot_timeout_ms: asked.timeoutMs };
    answerConfigure({ type: 'ConfigureSuccess', thresholds: values, keyterms, language_hints: parameters.languageHints });
  };

  const answerConfigure = (message: Readonly<Record<string, unknown>>) => {
    configuring += 1;
    send(message, CONFIGURE_DELAY, () => {
      configuring -= 1;
    });
  };

  send({ type: 'Connected' }, NOW);
  return {
    audio(bytes) {
      if (closing) return;
      const slices = intake.push(bytes);
      if (!slices) return fail('UNPARSABLE_CLIENT_MESSAGE', 'The payload cannot be decoded as audio.');
      for (const slice of slices) onSlice(slice);
    },
    text(message) {
      if (closing) return;
      const control = parseControl(message);
      if (control?.type === 'Configure') return configure(control.fields);
      if (control?.type !== 'CloseStream') return fail('UNPARSABLE_CLIENT_MESSAGE', 'The text message is none that is known.');
      closing = true;
      if (isTurn()) tell('Update', intake.takenMs);
      options.close();
    },
    idle: () => fail('INACTIVE_CLIENT', 'No message was received within the timeout window.'),
  };
};

interface Thresholds {
  eot: number;
  eager: number | undefined;
  timeoutMs: number;
}

/** The thresholds after a Configure; undefined when one is out of its range. */
const thresholdsOf = (asked: unknown, now: Thresholds): Thresholds | undefined => {
  if (asked === undefined) return now;
  if (typeof asked !== 'object' || asked === null) return undefined;
  const values: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(asked));
  const eot = values['eot_threshold'] ?? now.eot;
  const eager = values['eager_eot_threshold'] ?? now.eager;
  const timeoutMs = values['eot_timeout_ms'] ?? now.timeoutMs;
  if (!isBetween(eot, 0.5, 1) || !isBetween(timeoutMs, 500, 60_000)) return undefined;
  if (eager !== undefined && (!isBetween(eager, 0.3, 0.9) || eager > eot)) return undefined;
  return { eot, eager, timeoutMs };
};

const isBetween = (value: unknown, least: number, most: number): value is number => typeof value === 'number' && value >= least && value <= most;
const isTextList = (value: unknown): value is string[] => Array.isArray(value) && value.every((one) => typeof one === 'string');
