import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import t from 'tap';
import { keepAliveFetch } from '../../agents/llm/keep-alive-fetch.js';

/** A server that, as the vendor, does not say how long it keeps an idle connection. */
const listen = async (t: { teardown(close: () => void): unknown }, serve: (request: IncomingMessage, response: ServerResponse) => void) => {
  const sockets: Socket[] = [];
  const server = createServer(serve);
  server.keepAliveTimeout = 0;
  server.on('connection', (socket) => sockets.push(socket));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return { url: `http://127.0.0.1:${address.port}/v1`, sockets };
};

const readBody = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString();
};

t.test('a request goes out as it was made, and its reply comes back', async (t) => {
  const echo = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await readBody(request);
    response.writeHead(429, { 'x-request-id': 'req_1', 'content-type': 'application/json' });
    response.end(JSON.stringify({ method: request.method, path: request.url, key: request.headers.authorization, body }));
  };
  const { url, sockets } = await listen(t, (request, response) => void echo(request, response));
  const fetch = keepAliveFetch();
  const response = await fetch(`${url}/chat`, { method: 'POST', headers: new Headers({ authorization: 'Bearer key' }), body: '{"text":"grüezi"}' });
  t.equal(response.status, 429);
  t.equal(response.headers.get('x-request-id'), 'req_1');
  t.strictSame(await response.json(), { method: 'POST', path: '/v1/chat', key: 'Bearer key', body: '{"text":"grüezi"}' });
  await (await fetch(url)).text();
  t.equal(sockets.length, 1, 'the next request finds the connection');
});

t.test('an idle connection is kept for the time that was asked for, and no longer', async (t) => {
  const { url, sockets } = await listen(t, (_, response) => response.end('ok'));
  const fetch = keepAliveFetch(30);
  await (await fetch(url)).text();
  const [first] = sockets;
  if (!first) throw new Error('no connection');
  await once(first, 'close');
  await (await fetch(url)).text();
  t.equal(sockets.length, 2);
});

t.test('a status that means no body gives none, and one that nobody knows is an error of this request alone', async (t) => {
  let status = 205;
  const { url } = await listen(t, (_, response) => {
    response.writeHead(status);
    response.end();
  });
  const fetch = keepAliveFetch();
  t.equal((await fetch(url)).body, null);
  status = 999;
  await t.rejects(fetch(url), RangeError);
});

t.test('an abort ends the request, whatever state it is in', async (t) => {
  let arrived = (): void => undefined;
  const arrival = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const { url, sockets } = await listen(t, (request, response) => {
    if (request.url === '/v1/silent') return arrived();
    response.writeHead(200);
    response.write('data: half');
  });
  const fetch = keepAliveFetch();
  await t.rejects(fetch(url, { signal: AbortSignal.abort(new Error('too late')) }), /too late/);
  t.equal(sockets.length, 0, 'nothing is sent for a call that is over');

  const silent = new AbortController();
  const waiting = fetch(`${url}/silent`, { signal: silent.signal });
  await arrival;
  silent.abort(new Error('barge-in'));
  await t.rejects(waiting, /barge-in/);

  const reading = new AbortController();
  const response = await fetch(url, { signal: reading.signal });
  const reader = response.body?.getReader();
  if (!reader) throw new Error('no body');
  t.equal(Buffer.from((await reader.read()).value ?? []).toString(), 'data: half');
  reading.abort(new Error('barge-in'));
  await t.rejects(async () => void (await reader.read()));
  await Promise.all(sockets.map((socket) => socket.destroyed || once(socket, 'close')));
});

t.test('a connection that cannot be made or breaks is told with its code', async (t) => {
  const { url } = await listen(t, (request, response) => {
    response.write('data: half', () => request.socket.destroy());
  });
  const fetch = keepAliveFetch();
  await t.rejects(
    fetch(url).then((response) => response.text()),
    { code: 'ECONNRESET' },
  );
  await t.rejects(fetch('http://127.0.0.1:1/'), { code: 'ECONNREFUSED' });
  await t.rejects(fetch(url, { method: 'POST', body: new Uint8Array(2) }), /only an address and a text/);
});
