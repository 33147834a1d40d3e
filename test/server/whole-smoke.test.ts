import t from 'tap';
import { COMPLETE_FORM } from '../fixtures/world/candidates.js';
import { startTestWorld } from '../fixtures/world/test-world.js';

t.test('smoke', async (t) => {
  const world = await startTestWorld(t, { speed: 10 });
  const many = await Promise.all([1, 2, 3, 4].map(() => world.screen()));
  for (const one of many) {
    const screening = await world.client.settled(one.screeningId);
    const call = await world.client.call(one.screeningId);
    t.match(screening, { state: 'closed', outcome: 'completed' });
    t.match(call, { disposition: 'completed', ended_by: 'agent' });
    t.comment(JSON.stringify(call), one.heard());
    t.match((await world.client.application(one.applicationId)).values, COMPLETE_FORM);
  }
});
