import type { Audit, UserActor } from '../../../platform/audit/index.js';
import type { Tx } from '../../../platform/database/index.js';
import type { AppError } from '../../../platform/errors/index.js';
import type { Events } from '../../../platform/events/index.js';
import { staleEdit } from '../../../platform/http/index.js';
import { findAccount } from '../account/account.repository.js';
import { authErrors } from '../auth.errors.js';
import type { Account, AuthorTier } from '../auth.port.js';
import type { AuthChanges } from '../revocation/auth-changes.js';
import type { Acting, Powers } from '../role/acting.js';
import type { PermissionService } from '../role/permission.service.js';
import { refuseBeyond } from '../role/permission-patterns.js';
import { holdCustomRoles } from '../role/role.repository.js';
import { isSystemRole } from '../role/roles.domain.js';
import { rolesChanged } from './staff.events.js';
import { changeRoles, type RoleChange, setAuthorTier } from './user-roles.repository.js';

export interface Assignment {
  readonly roles: readonly string[];
  readonly reason?: string | undefined;
  readonly version?: number | undefined;
}

export interface TierChange {
  readonly tier: AuthorTier;
  readonly reason: string;
  readonly version?: number | undefined;
}

interface RoleAssignmentDeps {
  readonly acting: Acting;
  readonly audit: Audit;
  readonly events: Events;
  readonly changes: AuthChanges;
  readonly permissions: PermissionService;
}

/** Who holds which role. What it changes counts from the next request of the user. */
export class RoleAssignmentService {
  readonly #deps: RoleAssignmentDeps;

  constructor(deps: RoleAssignmentDeps) {
    this.#deps = deps;
  }

  /**
   * Puts `roles` and `reader` in the place of what a user holds; nothing happens when that is the same. Raises
   * `role-unknown`, `permission-not-held` for a role with more than the actor holds, to be given or taken, and
   * `own-role-kept`. So whoever takes `admin` away is an admin who stays one: the last one cannot be lost here.
   */
  assign(targetId: string, { roles, reason, version }: Assignment, actor: UserActor): Promise<Account> {
    const act = { name: 'assign-roles', permission: 'role.assign', actor, targetId };
    return this.#deps.acting.doTo(act, async (tx, { actor: powers, target: { account } }, now) => {
      const wanted = [...new Set(['reader', ...roles])].sort();
      const change = {
        added: wanted.filter((role) => !account.roles.includes(role)),
        taken: account.roles.filter((role) => !wanted.includes(role)),
      };
      const denied =
        staleEdit(version, account.version) ??
        (await this.#refuseUnknown(tx, wanted)) ??
        (await this.#refuseChange(tx, powers, account, change));
      if (denied) return denied;
      if (change.added.length + change.taken.length === 0) return account;
      await changeRoles(tx, account.id, change, now);
      return this.#tell(tx, account, { action: 'auth.roles-assigned', actor, reason });
    });
  }

  /** Makes a user an author of a tier, giving the role too; nothing happens when they are that. */
  promote(targetId: string, { tier, reason, version }: TierChange, actor: UserActor): Promise<Account> {
    const act = { name: 'set-author-tier', permission: 'author.manage', actor, targetId };
    return this.#deps.acting.doTo(act, async (tx, { target: { account } }, now) => {
      const stale = staleEdit(version, account.version);
      if (stale) return stale;
      const isAuthor = account.roles.includes('author');
      if (isAuthor && account.authorTier === tier) return account;
      if (!isAuthor) await changeRoles(tx, account.id, { added: ['author'], taken: [] }, now);
      await setAuthorTier(tx, account.id, tier, now);
      return this.#tell(tx, account, { action: 'auth.author-tier-set', actor, reason });
    });
  }

  /** A custom role that exists stays while it is given: its removal waits, and finds a holder. */
  async #refuseUnknown(tx: Tx, wanted: readonly string[]): Promise<AppError | undefined> {
    const names = wanted.filter((role) => !isSystemRole(role));
    const held = new Set((await holdCustomRoles(tx, names)).map(({ name }) => name));
    const unknown = names.filter((name) => !held.has(name));
    if (unknown.length === 0) return undefined;
    return authErrors.roleUnknown({ params: { roles: unknown.join(', ') } });
  }

  async #refuseChange(
    tx: Tx,
    powers: Powers,
    account: Account,
    { added, taken }: RoleChange,
  ): Promise<AppError | undefined> {
    if (powers.account.id === account.id && taken.length > 0)
      return authErrors.ownRoleKept({ params: { roles: taken.join(', ') } });
    return refuseBeyond(powers.permissions, await this.#deps.permissions.of(tx, [...added, ...taken]));
  }

  async #tell(
    tx: Tx,
    before: Account,
    act: { readonly action: string; readonly actor: UserActor; readonly reason: string | undefined },
  ): Promise<Account> {
    const { audit, events, changes } = this.#deps;
    const account = (await findAccount(tx, before.id)) as Account;
    const target = { type: 'user', id: account.id };
    await audit.record(tx, { ...act, target, before: rolesOf(before), after: rolesOf(account) });
    if (account.roles.join() === before.roles.join()) return account;
    await changes.record(tx, [{ kind: 'user', subject: account.id, reason: 'roles' }]);
    const payload = { userId: account.id, before: [...before.roles], after: [...account.roles] };
    await events.add(tx, rolesChanged, payload, { aggregate: `user ${account.id}` });
    return account;
  }
}

function rolesOf({ roles, authorTier }: Account) {
  return { roles, authorTier };
}
