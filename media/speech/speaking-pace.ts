import type { AlignedSpeech } from './aligned-speech.js';

/** About 14 characters a second, without spaces: an unhurried speaker. */
const USUAL_MS = 70;

/** How fast a voice speaks, learnt from what it has said, for speech that comes without alignment. */
export const createPace = (speed: number) => {
  let msPerCharacter = USUAL_MS / speed;
  return {
    get msPerCharacter() {
      return msPerCharacter;
    },
    learn(speech: Pick<AlignedSpeech, 'msPerCharacter'>) {
      msPerCharacter = speech.msPerCharacter ?? msPerCharacter;
    },
  };
};
