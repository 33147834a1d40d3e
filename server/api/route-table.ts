import type { ApiDeps } from './deps.js';
import { docsPage, textReply } from './docs-page.js';
import { openApiDocument } from './openapi.js';
import { apiKeyRoutes } from './resources/api-keys.js';
import { applicationRoutes } from './resources/applications.js';
import { botRoutes } from './resources/bots.js';
import { callRoutes } from './resources/calls.js';
import { candidateRoutes } from './resources/candidates.js';
import { companyRoutes } from './resources/company.js';
import { consentRoutes } from './resources/consents.js';
import { engineRoutes } from './resources/engines.js';
import { formRoutes } from './resources/forms.js';
import { healthRoutes } from './resources/health.js';
import { interpretRoutes } from './resources/interpret.js';
import { screeningRoutes } from './resources/screenings.js';
import { suppressionRoutes } from './resources/suppressions.js';
import { type Route, route } from './route.js';

/** The document of the API, of all rows and of the two that show it. */
const documentRoutes = (table: () => readonly Route[]): Route[] => [
  route({
    method: 'get',
    path: '/openapi.json',
    tag: 'Documentation',
    summary: 'This document',
    access: 'public',
    replies: { 200: { description: 'OpenAPI 3.1.', content: 'application/json' } },
    handle: async () => ({ kind: 'json', status: 200, body: openApiDocument(table()) }),
  }),
  route({
    method: 'get',
    path: '/docs',
    tag: 'Documentation',
    summary: 'This document for people',
    access: 'public',
    replies: { 200: { description: 'A page.', content: 'text/html' } },
    handle: async () => textReply('text/html; charset=utf-8', docsPage(openApiDocument(table()))),
  }),
];

/** Every route of the API: what is served, what is documented and what the tests go through are this one list. */
export const routeTable = (deps: ApiDeps): readonly Route[] => {
  const table: Route[] = [
    ...candidateRoutes(deps),
    ...formRoutes(deps),
    ...botRoutes(deps),
    ...applicationRoutes(deps),
    ...screeningRoutes(deps),
    ...callRoutes(deps),
    ...interpretRoutes(deps),
    ...companyRoutes(deps),
    ...engineRoutes(deps),
    ...apiKeyRoutes(deps),
    ...consentRoutes(deps),
    ...suppressionRoutes(deps),
    ...healthRoutes(deps),
    ...documentRoutes(() => table),
  ];
  return table;
};
