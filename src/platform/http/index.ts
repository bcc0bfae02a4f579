export { type Access, access, permits } from './access.js';
export { Authenticator, type Caller } from './caller.js';
export { defineRoute, type Route, type RouteRequest, type SuccessResponse } from './route.js';
