import type { Audit, UserActor } from '../../../platform/audit/index.js';
import type { Tx } from '../../../platform/database/index.js';
import type { TokenBlacklist } from '../revocation/token-blacklist.js';
import type { Acting } from '../role/acting.js';
import type { SessionEnds } from '../session/session-ends.js';

export interface LogoutOrder {
  /** Absent: all of them, unless a token is named. */
  readonly sessionId?: string | undefined;
  /** The `jti` of one access token; its session lives on. */
  readonly tokenId?: string | undefined;
  readonly reason: string;
}

interface ForcedLogoutDeps {
  readonly acting: Acting;
  readonly audit: Audit;
  readonly ends: SessionEnds;
  readonly blacklist: TokenBlacklist;
}

/** Ends sessions of others. */
export class ForcedLogoutService {
  readonly #deps: ForcedLogoutDeps;

  constructor(deps: ForcedLogoutDeps) {
    this.#deps = deps;
  }

  /**
   * Ends one live session of a user, or all, or refuses one access token; answers how many sessions ended. Where nothing
   * ended and no token was named it is no act: it leaves no record.
   */
  force(targetId: string, order: LogoutOrder, actor: UserActor): Promise<number> {
    const { acting, audit } = this.#deps;
    const { sessionId, tokenId, reason } = order;
    const act = { name: 'force-logout', permission: 'session.manage', actor, targetId };
    return acting.doTo(act, async (tx, { target: { account } }) => {
      const ended = await this.#end(tx, account.id, order);
      if (ended === 0 && tokenId === undefined) return 0;
      const target = { type: 'user', id: account.id };
      const named = {
        ...(sessionId !== undefined && { sessionId }),
        ...(tokenId !== undefined && { tokenId }),
      };
      const detail = { ended, ...named };
      await audit.record(tx, { action: 'auth.sessions-ended', actor, target, reason, detail });
      return ended;
    });
  }

  async #end(tx: Tx, userId: string, { sessionId, tokenId }: LogoutOrder): Promise<number> {
    const { ends, blacklist } = this.#deps;
    const reason = 'admin';
    if (tokenId !== undefined) await blacklist.revoke(tx, { jti: tokenId, reason });
    if (sessionId !== undefined) return Number(await ends.endOne(tx, userId, sessionId, { reason }));
    return tokenId === undefined ? ends.endAllOf(tx, userId, { reason }) : 0;
  }
}
