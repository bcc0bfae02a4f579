import { port } from '../kernel/index.js';

/**
 * Where a caller stands with the second factor at the moment of a request. `off`: there is none, and none is needed.
 * `fresh`: proved in this session lately. `stale`: to be proved again. `missing`: it is compulsory and not set up.
 */
export type SecondFactorState = 'off' | 'fresh' | 'stale' | 'missing';

/** The signed-in user of a request. */
export interface Caller {
  readonly userId: string;
  readonly sessionId: string;
  readonly roles: readonly string[];
  /** Patterns such as `user.read`, `review.*`, `*`. */
  readonly permissions: readonly string[];
  readonly secondFactor: SecondFactorState;
}

export interface Authenticator {
  /**
   * The user behind an access token. Raises a 401 that says why it is refused, or a 503 when the
   * store that decides did not answer; never lets a doubtful token pass.
   */
  authenticate(accessToken: string): Promise<Caller>;
}

export const Authenticator = port<Authenticator>('http.authenticator');
