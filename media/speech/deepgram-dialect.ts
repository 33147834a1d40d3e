import { createFluxReader } from './deepgram-flux.js';
import type { MessageReader } from './deepgram-heard.js';
import { createNovaReader } from './deepgram-nova.js';
import { isFlux } from './deepgram-parameters.js';

/** What differs between v1/listen and v2/listen on an open connection. */
export interface ListenDialect {
  /** Length of one audio message, ms. */
  chunkMs: number;
  createReader(): MessageReader;
  /** Finalize makes the vendor decide about all it has; without it a turn ends by audio alone. */
  canFinalize: boolean;
  /** Configure changes the key terms of an open connection. */
  canConfigure: boolean;
  /** KeepAlive keeps a connection without audio; without it silence does. */
  canKeepAlive: boolean;
}

/** 20 to 250 ms are allowed; short ones cost less time. Follows: Deepgram docs, "Measuring streaming latency". */
export const NOVA_DIALECT: ListenDialect = {
  chunkMs: 40,
  createReader: createNovaReader,
  canFinalize: true,
  canConfigure: false,
  canKeepAlive: true,
};

/** Follows: Deepgram docs, "Getting started with Flux": chunks of 80 ms are strongly recommended; KeepAlive and Finalize are unknown to it. */
export const FLUX_DIALECT: ListenDialect = {
  chunkMs: 80,
  createReader: createFluxReader,
  canFinalize: false,
  canConfigure: true,
  canKeepAlive: false,
};

export const dialectOf = (model: string): ListenDialect => (isFlux(model) ? FLUX_DIALECT : NOVA_DIALECT);
