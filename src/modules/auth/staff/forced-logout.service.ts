import type { Audit, UserActor } from '../../../platform/audit/index.js';
import type { Acting } from '../role/acting.js';
import type { SessionEnds } from '../session/session-ends.js';

export interface LogoutOrder {
  /** Absent: all of them. */
  readonly sessionId?: string | undefined;
  readonly reason: string;
}

interface ForcedLogoutDeps {
  readonly acting: Acting;
  readonly audit: Audit;
  readonly ends: SessionEnds;
}

/** Ends sessions of others. */
export class ForcedLogoutService {
  readonly #deps: ForcedLogoutDeps;

  constructor(deps: ForcedLogoutDeps) {
    this.#deps = deps;
  }

  /** Ends one live session of a user, or all; answers how many. None is no act: it leaves no record. */
  force(targetId: string, { sessionId, reason }: LogoutOrder, actor: UserActor): Promise<number> {
    const { acting, audit, ends } = this.#deps;
    const act = { name: 'force-logout', permission: 'session.manage', actor, targetId };
    return acting.doTo(act, async (tx, { target: { account } }) => {
      const ended =
        sessionId === undefined
          ? await ends.endAllOf(tx, account.id, { reason: 'admin' })
          : Number(await ends.endOne(tx, account.id, sessionId, { reason: 'admin' }));
      if (ended === 0) return 0;
      const target = { type: 'user', id: account.id };
      const detail = { ended, ...(sessionId !== undefined && { sessionId }) };
      await audit.record(tx, { action: 'auth.sessions-ended', actor, target, reason, detail });
      return ended;
    });
  }
}
