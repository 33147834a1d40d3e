import type { OpenApiDocument } from './openapi.js';
import type { Reply } from './route.js';

const escapeHtml = (text: unknown): string => String(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const json = (value: unknown): string => `<pre>${escapeHtml(JSON.stringify(value, null, 2))}</pre>`;

const section = (title: string, value: unknown): string =>
  value === undefined ? '' : `<details><summary>${escapeHtml(title)}</summary>${json(value)}</details>`;

const operationHtml = (path: string, method: string, operation: Record<string, unknown>): string => `
<article id="${escapeHtml(operation['operationId'])}">
<h3><span class="method ${method}">${method.toUpperCase()}</span> <code>${escapeHtml(path)}</code></h3>
<p>${escapeHtml(operation['summary'])}</p>
${section('Parameters', operation['parameters'])}${section('Body', operation['requestBody'])}${section('Answers', operation['responses'])}
</article>`;

const STYLE = `
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:1rem 1.5rem 4rem;color:#1b1f24;background:#fff}
h2{border-bottom:1px solid #d0d7de;margin-top:2.5rem}h3{font-size:1rem;margin-bottom:.2rem}article p{margin:.2rem 0}
.method{display:inline-block;min-width:4.2rem;text-align:center;border-radius:4px;padding:.1rem .4rem;color:#fff;font-size:.85rem}
.get{background:#0b5cad}.post{background:#1a6b34}.patch{background:#7a4b00}.delete{background:#a3182c}
pre{background:#f4f6f8;padding:.8rem;overflow:auto;font-size:.85rem;border-radius:4px}summary{cursor:pointer}nav a{margin-right:1rem}`;

/** The document as one page of HTML without scripts or anything from elsewhere: readable wherever the server runs. */
export const docsPage = (document: OpenApiDocument): string => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation, tag: String([operation['tags']].flat()[0]) })),
  );
  const tags = [...new Set(operations.map(({ tag }) => tag))];
  const sections = tags.map((tag) => {
    const rows = operations.filter((operation) => operation.tag === tag);
    return `<section><h2 id="${escapeHtml(tag)}">${escapeHtml(tag)}</h2>${rows.map((row) => operationHtml(row.path, row.method, row.operation)).join('')}</section>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Screenline API</title><style>${STYLE}</style></head>
<body><h1>Screenline API</h1>
<p>Send <code>Authorization: Bearer &lt;API key&gt;</code>. The same as data: <a href="/openapi.json">/openapi.json</a>.</p>
<nav>${tags.map((tag) => `<a href="#${encodeURIComponent(tag)}">${escapeHtml(tag)}</a>`).join('')}</nav>
${sections.join('')}
</body></html>`;
};

/** Sends a text that is not JSON. */
export const textReply = (content: string, text: string): Reply => ({
  kind: 'stream',
  async send(response) {
    response.writeHead(200, { 'Content-Type': content });
    response.end(text);
  },
});
