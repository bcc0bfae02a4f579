export { type Access, access, permits } from './access.js';
export { carriesToken } from './access-guard.js';
export { Authenticator, type Caller, type SecondFactorState } from './caller.js';
export { byteOrderMark, csvLine } from './csv.js';
export { DeclaredRoutes } from './declared-routes.js';
export type { EventStreamEnding, EventStreamOptions, ServerEvent } from './event-stream.js';
export { ExportStreams, Exports } from './exports.js';
export { type HttpConfig, httpConfig } from './http.config.js';
export { httpErrors } from './http.errors.js';
export { HttpService } from './http-service.js';
export { preferredLanguage } from './language.js';
export { openApiDocument, type TaggedRoutes } from './openapi.js';
export { decodeCursor, pageOf, pageQuery, toPage } from './pagination.js';
export { reportProblem } from './problem.js';
export {
  apiBase,
  defineRoute,
  type Route,
  type RouteRequest,
  type SuccessResponse,
  templateOf,
  templatePattern,
} from './route.js';
export { createServer, type ServerOptions } from './server.js';
export { EventStreams, EventStreamsPort } from './sse.js';
export { staleEdit } from './stale-edit.js';
export { openApiRoute, registerSwaggerUi } from './swagger.js';
