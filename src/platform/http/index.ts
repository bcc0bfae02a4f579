export { type Access, access, permits } from './access.js';
export { Authenticator, type Caller } from './caller.js';
export type { EventStreamEnding, EventStreamOptions, ServerEvent } from './event-stream.js';
export { defineRoute, type Route, type RouteRequest, type SuccessResponse } from './route.js';
export { EventStreams, EventStreamsPort, type LastEvent } from './sse.js';
