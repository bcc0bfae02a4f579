import { port } from '../kernel/index.js';

/** The signed-in user of a request. */
export interface Caller {
  readonly userId: string;
  readonly sessionId: string;
  readonly roles: readonly string[];
  /** Patterns such as `user.read`, `review.*`, `*`. */
  readonly permissions: readonly string[];
}

export interface Authenticator {
  /**
   * The user behind an access token. Raises a 401 that says why it is refused, or a 503 when the
   * store that decides did not answer; never lets a doubtful token pass.
   */
  authenticate(accessToken: string): Promise<Caller>;
}

export const Authenticator = port<Authenticator>('http.authenticator');
