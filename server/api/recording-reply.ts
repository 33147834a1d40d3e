import type { IncomingHttpHeaders } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../../schemas/errors.js';
import { parseByteRange } from './byte-range.js';
import { errorBody } from './error-response.js';
import type { RecordingFile } from './ports.js';
import type { Reply } from './route.js';

const namesTag = (header: string | undefined, tag: string): boolean =>
  (header ?? '').split(',').some((part) => part.trim().replace(/^W\//, '') === tag || part.trim() === '*');

/**
 * The answer to a request for a recording: whole, a range, or "not changed". The entity tag is the file's SHA-256. A file
 * that breaks while it is sent cuts the connection, so that nobody takes the part for the whole.
 * Follows: RFC 9110 sections 13 and 14.
 */
export const recordingReply = (file: RecordingFile, request: { callId: string; headers: IncomingHttpHeaders; method: string }): Reply => {
  const { headers } = request;
  const { sizeBytes } = file;
  const tag = `"${file.sha256}"`;
  const fixed = { ETag: tag, 'Accept-Ranges': 'bytes', 'Cache-Control': 'private, no-cache' };
  if (namesTag(headers['if-none-match'], tag)) return { kind: 'json', status: 304, headers: fixed };
  const ifRange = headers['if-range'];
  const range = parseByteRange(ifRange === undefined || ifRange === tag ? headers.range : undefined, sizeBytes);
  if (range.kind === 'unsatisfiable') {
    // Not thrown: the answer names the size, so that the reader can ask again.
    const refused = new AppError('range_not_satisfiable');
    return { kind: 'json', status: refused.status, headers: { 'Content-Range': `bytes */${sizeBytes}` }, body: errorBody(refused) };
  }
  const { start, end } = range.kind === 'part' ? range : { start: 0, end: sizeBytes - 1 };
  const full = {
    ...fixed,
    'Content-Type': 'audio/wav',
    'Content-Length': String(end - start + 1),
    'Content-Disposition': `inline; filename="${request.callId}.wav"`,
    ...(range.kind === 'part' ? { 'Content-Range': `bytes ${start}-${end}/${sizeBytes}` } : {}),
  };
  const status = range.kind === 'part' ? 206 : 200;
  if (request.method === 'HEAD') return { kind: 'json', status, headers: full };
  return {
    kind: 'stream',
    async send(response, closed) {
      response.writeHead(status, full);
      try {
        await pipeline(file.open({ start, end }), response, { signal: closed });
      } catch (error) {
        // A listener who stops listening is no failure.
        if (!closed.aborted) throw error;
      }
    },
  };
};
