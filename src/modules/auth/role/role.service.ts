import type { Audit, UserActor } from '../../../platform/audit/index.js';
import type { Database } from '../../../platform/database/index.js';
import { staleEdit } from '../../../platform/http/index.js';
import { authErrors } from '../auth.errors.js';
import type { AuthChanges } from '../revocation/auth-changes.js';
import type { Acting } from './acting.js';
import type { PermissionService } from './permission.service.js';
import { refuseBeyond } from './permission-patterns.js';
import {
  type CustomRole,
  countHolders,
  deleteCustomRole,
  insertCustomRole,
  listCustomRoles,
  lockCustomRole,
  updateCustomRole,
} from './role.repository.js';
import { isSystemRole, systemRoles } from './roles.domain.js';

export interface Role extends CustomRole {
  /** Fixed by the code. */
  readonly system: boolean;
}

export type RoleDraft = Omit<CustomRole, 'version'>;

interface RoleServiceDeps {
  readonly db: Database;
  readonly acting: Acting;
  readonly audit: Audit;
  readonly changes: AuthChanges;
  readonly permissions: PermissionService;
}

const permission = 'role.manage';
/** Beyond this nobody needs to know how many they are. */
const holdersCountedMax = 100;

const allSystemRoles: readonly Role[] = Object.entries(systemRoles).map(([name, role]) => ({
  ...{ name, ...role, version: 1, system: true },
}));

/** The roles there are, and what the staff may do to those that are not fixed. */
export class RoleService {
  readonly #deps: RoleServiceDeps;

  constructor(deps: RoleServiceDeps) {
    this.#deps = deps;
  }

  /** System and custom roles together by name, at most `limit`, after a name. */
  async list(page: { readonly after: string | undefined; readonly limit: number }): Promise<Role[]> {
    const custom = await listCustomRoles(this.#deps.db, page);
    const fixed = allSystemRoles.filter(({ name }) => page.after === undefined || name > page.after);
    return [...fixed, ...custom.map((role) => ({ ...role, system: false }))]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .slice(0, page.limit);
  }

  /** Raises `role-fixed`, `role-exists`, `permission-unknown`, and `permission-not-held` for more than the actor holds. */
  async create(draft: RoleDraft, actor: UserActor): Promise<Role> {
    const role = this.#check(draft);
    return this.#deps.acting.do(
      { name: 'create-role', permission, actor },
      async (tx, { permissions }, now) => {
        const denied = refuseBeyond(permissions, role.permissions);
        if (denied) return denied;
        if (!(await insertCustomRole(tx, role, now)))
          return authErrors.roleExists({ params: { role: role.name } });
        const target = { type: 'role', id: role.name };
        await this.#deps.audit.record(tx, {
          action: 'auth.role-created',
          actor,
          target,
          after: wordsOf(role),
        });
        return { ...role, version: 1, system: false };
      },
    );
  }

  /**
   * Gives a custom role another title and other permissions; they count at the next request of each holder here, and
   * within a second on other instances. Raises what `create` raises, `role-not-found`, `version-conflict`, and
   * `permission-not-held` also for what it takes away.
   */
  async replace(draft: RoleDraft, version: number, actor: UserActor): Promise<Role> {
    const role = this.#check(draft);
    return this.#deps.acting.do(
      { name: 'change-role', permission, actor },
      async (tx, { permissions }, now) => {
        const current = await lockCustomRole(tx, role.name);
        if (!current) return authErrors.roleNotFound({ params: { role: role.name } });
        const denied =
          staleEdit(version, current.version) ??
          refuseBeyond(permissions, difference(current.permissions, role.permissions));
        if (denied) return denied;
        await updateCustomRole(tx, role, now);
        await this.#deps.changes.record(tx, [{ kind: 'role', subject: role.name, reason: 'changed' }]);
        const target = { type: 'role', id: role.name };
        const [before, after] = [wordsOf(current), wordsOf(role)];
        await this.#deps.audit.record(tx, { action: 'auth.role-changed', actor, target, before, after });
        return { ...role, version: version + 1, system: false };
      },
    );
  }

  /** Raises `role-fixed`, `role-not-found`, `permission-not-held`, and `role-in-use` while anybody holds it. */
  async remove(name: string, actor: UserActor): Promise<void> {
    if (isSystemRole(name)) throw authErrors.roleFixed({ params: { role: name } });
    await this.#deps.acting.do({ name: 'remove-role', permission, actor }, async (tx, { permissions }) => {
      // Whoever gives the role at this moment holds its row: they come before this, or find it gone.
      const current = await lockCustomRole(tx, name);
      if (!current) return authErrors.roleNotFound({ params: { role: name } });
      const denied = refuseBeyond(permissions, current.permissions);
      if (denied) return denied;
      const holders = await countHolders(tx, name, holdersCountedMax);
      if (holders > 0) return authErrors.roleInUse({ params: { role: name, holders } });
      await deleteCustomRole(tx, name);
      const target = { type: 'role', id: name };
      await this.#deps.audit.record(tx, {
        ...{ action: 'auth.role-removed', actor, target, before: wordsOf(current) },
      });
      return undefined;
    });
  }

  /** What needs no lock; the permissions in one order, each once. */
  #check(draft: RoleDraft): RoleDraft {
    if (isSystemRole(draft.name)) throw authErrors.roleFixed({ params: { role: draft.name } });
    const unknown = this.#deps.permissions.unknown(draft.permissions);
    if (unknown.length > 0)
      throw authErrors.permissionUnknown({ params: { permissions: unknown.join(', ') } });
    return { ...draft, permissions: [...new Set(draft.permissions)].sort() };
  }
}

/** What one of two lists has and the other has not. */
function difference(a: readonly string[], b: readonly string[]): string[] {
  return [...a.filter((item) => !b.includes(item)), ...b.filter((item) => !a.includes(item))];
}

function wordsOf({ title, permissions }: RoleDraft) {
  return { title, permissions };
}
