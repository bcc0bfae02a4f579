import type { Audit, AuditActor } from '../../../platform/audit/index.js';
import type { Database, Tx } from '../../../platform/database/index.js';
import { AppError } from '../../../platform/errors/index.js';
import type { Events } from '../../../platform/events/index.js';
import type { PersonalDataHolders } from '../../../platform/personal-data/index.js';
import { lockCredentials } from '../account/account.repository.js';
import { authErrors } from '../auth.errors.js';
import { type PasswordProof, staleProof } from '../password/password-proof.js';
import type { AuthChanges } from '../revocation/auth-changes.js';
import type { SessionEnds } from '../session/session-ends.js';
import { accountClosed } from './closing.events.js';

interface ClosingServiceDeps {
  readonly db: Database;
  readonly audit: Audit;
  readonly events: Events;
  readonly changes: AuthChanges;
  readonly ends: SessionEnds;
  readonly holders: PersonalDataHolders;
  readonly proof: PasswordProof;
}

interface Closing {
  readonly userId: string;
  readonly sessionId: string;
  readonly password: string | undefined;
  readonly actor: AuditActor;
}

const staffRoles: ReadonlySet<string> = new Set(['reviewer', 'operator', 'admin']);

/** Closes accounts: what names the person goes, what was booked and sealed stays. */
export class ClosingService {
  readonly #deps: ClosingServiceDeps;

  constructor(deps: ClosingServiceDeps) {
    this.#deps = deps;
  }

  /**
   * One transaction: every holder of personal data erases, all sessions end, and the names are free again; or
   * nothing happened. Raises 403 when the person did not prove themselves, 409 `staff-cannot-close` or
   * `account-in-use` with what is under way.
   */
  async close({ userId, sessionId, password, actor }: Closing): Promise<void> {
    const { db, proof } = this.#deps;
    const proven = await proof.verify({ userId, sessionId }, password);
    const refusal = await db.withTransaction({ name: 'close-account' }, async (tx) => {
      const current = await lockCredentials(tx, userId);
      const stale = staleProof(proven, current);
      if (stale || !current) return stale ?? authErrors.tokenInvalid();
      const staff = current.account.roles.filter((role) => staffRoles.has(role));
      if (staff.length > 0) return authErrors.staffCannotClose({ params: { roles: staff.join(', ') } });
      const obstacle = await this.#obstacleOf(tx, userId);
      if (obstacle) return obstacle;
      await this.#erase(tx, userId, actor);
      return undefined;
    });
    if (refusal instanceof AppError) throw refusal;
  }

  async #obstacleOf(tx: Tx, userId: string): Promise<AppError | undefined> {
    const obstacles: Record<string, unknown>[] = [];
    for (const holder of this.#deps.holders.all()) {
      const found = await holder.obstacle?.(tx, userId);
      if (found) obstacles.push({ name: holder.name, detail: found });
    }
    return obstacles.length > 0 ? authErrors.accountInUse({ extensions: { obstacles } }) : undefined;
  }

  async #erase(tx: Tx, userId: string, actor: AuditActor): Promise<void> {
    const { audit, events, changes, ends, holders } = this.#deps;
    await ends.endAllOf(tx, userId, { reason: 'logout-all' });
    for (const holder of holders.all()) await holder.erase(tx, userId);
    await changes.record(tx, [{ kind: 'user', subject: userId, reason: 'closed' }]);
    await audit.erase(tx, userId, actor);
    await events.add(tx, accountClosed, { userId }, { aggregate: `user ${userId}` });
  }
}
