/*
 * Tells the two tones apart by multiplying the sound with itself three samples earlier. In that time 1200 Hz turns by 162 degrees, so the product is
 * negative, and 2400 Hz by 324 degrees, so it is positive; summed over most of a bit it keeps that sign in noise up to about 8 dB below the tones. The
 * level does not matter. Known as a delay-and-multiply discriminator.
 */

const DELAY = 3;
/** Five products and the delay take eight samples, a little more than a bit. */
const PRODUCTS = 5;
/** Room for the past that is looked at; a power of two. */
const RING = 8;

/** Takes samples one by one and tells after each whether the last bit's worth of sound is more a one than a zero. */
export const createDiscriminator = (): ((sample: number) => 0 | 1) => {
  const samples = new Int16Array(RING);
  const products = new Int32Array(RING);
  let sum = 0;
  let now = 0;
  return (sample) => {
    const product = sample * (samples[(now - DELAY) & (RING - 1)] ?? 0);
    sum += product - (products[(now - PRODUCTS) & (RING - 1)] ?? 0);
    samples[now] = sample;
    products[now] = product;
    now = (now + 1) & (RING - 1);
    return sum < 0 ? 1 : 0;
  };
};
