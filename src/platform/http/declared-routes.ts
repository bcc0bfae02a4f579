import { port } from '../kernel/index.js';
import type { Route } from './route.js';

/** The routes of all modules; known once every module is set up, so whoever needs them asks later. */
export interface DeclaredRoutes {
  all(): readonly Route[];
}

export const DeclaredRoutes = port<DeclaredRoutes>('http.declared-routes');
