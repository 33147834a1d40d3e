/*
 * What the sandbox is given to hear with: it decodes what the far end says (tones that carry text), so that no vendor is needed to know the words. The
 * sandbox itself knows no code of the product.
 */

/** A word whose sound is over, with its place in ms of the audio pushed. */
export interface SandboxWord {
  text: string;
  startMs: number;
  endMs: number;
}

/** Takes 8 kHz mu-law that began at `atMs` and returns the words that it completed. One for each connection. */
export interface SandboxHearing {
  push(muLaw: Buffer, atMs: number): SandboxWord[];
}
