/** A candidate's frame that carries its own number, so that a lost, moved or doubled frame shows. Never a silence byte. */
export const candidateFrame = (frame: number): Buffer => numbered(frame, 0x10);

/** The agent's frame of the same 20 ms, different from the candidate's. */
export const agentFrame = (frame: number): Buffer => numbered(frame, 0x50);

const numbered = (frame: number, base: number): Buffer => {
  const audio = Buffer.alloc(160, base);
  audio[0] = base + (frame % 40);
  audio[159] = base + (Math.floor(frame / 40) % 40);
  return audio;
};

/** The interleaved stereo of frames `from` to before `to`, as a recording must hold it. */
export const stereo = (from: number, to: number): Buffer => {
  const audio = Buffer.alloc((to - from) * 320);
  for (let frame = from; frame < to; frame += 1) {
    const left = candidateFrame(frame);
    const right = agentFrame(frame);
    for (let sample = 0; sample < 160; sample += 1) {
      audio[(frame - from) * 320 + 2 * sample] = left[sample] ?? 0;
      audio[(frame - from) * 320 + 2 * sample + 1] = right[sample] ?? 0;
    }
  }
  return audio;
};
