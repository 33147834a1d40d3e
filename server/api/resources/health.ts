import { z } from 'zod';
import { AppError } from '../../../schemas/errors.js';
import type { ApiDeps } from '../deps.js';
import { dataOf, one, type Route, route } from '../route.js';

/** Liveness and readiness, without a key: for load balancers and containers. */
export const healthRoutes = ({ readiness }: Pick<ApiDeps, 'readiness'>): Route[] => [
  route({
    method: 'get',
    path: '/healthz',
    tag: 'Health',
    summary: 'Whether the process is alive',
    access: 'public',
    replies: { 200: { description: 'Alive.', schema: dataOf(z.object({ status: z.literal('ok') })) } },
    handle: async () => one({ status: 'ok' }),
  }),
  route({
    method: 'get',
    path: '/readyz',
    tag: 'Health',
    summary: 'Whether the server takes work: store, seats, not draining',
    access: 'public',
    replies: {
      200: { description: 'Ready.', schema: dataOf(z.object({ status: z.literal('ready'), checks: z.record(z.string(), z.boolean()) })) },
    },
    errors: ['not_ready'],
    async handle() {
      const { ready, checks } = await readiness();
      if (!ready) throw new AppError('not_ready');
      return one({ status: 'ready', checks });
    },
  }),
];
