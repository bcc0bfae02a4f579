import type { Queryable } from '../../../platform/database/index.js';
import { type DeclaredRoutes, permits, templateOf } from '../../../platform/http/index.js';
import { unknownIn } from './permission-patterns.js';
import { findCustomPermissions } from './role.repository.js';
import { isSystemRole, permissionsOf, systemRoles } from './roles.domain.js';

/** A permission, or a pattern of a system role that no route spells out yet, and where it counts. */
export interface PermissionUse {
  readonly permission: string;
  /** `PUT /api/v1/admin/roles/{name}`: the operations that ask for it. */
  readonly operations: readonly string[];
  /** The system roles that hold it. */
  readonly systemRoles: readonly string[];
}

/** The permissions there are: what the application's routes ask for, and what its system roles hold. */
export class PermissionService {
  readonly #routes: DeclaredRoutes;
  #catalogue: readonly PermissionUse[] | undefined;

  constructor(routes: DeclaredRoutes) {
    this.#routes = routes;
  }

  /** Sorted by permission. `*` is no permission but all of them, so it is not in it. */
  get catalogue(): readonly PermissionUse[] {
    this.#catalogue ??= this.#derive();
    return this.#catalogue;
  }

  /** Those of `patterns` that match no permission there is. */
  unknown(patterns: readonly string[]): readonly string[] {
    return unknownIn(
      this.catalogue.map(({ permission }) => permission),
      patterns,
    );
  }

  /** What a user with these roles may do at this moment: patterns, sorted. One read by key, and only for custom roles. */
  async of(where: Queryable, roles: readonly string[]): Promise<readonly string[]> {
    const custom = roles.filter((role) => !isSystemRole(role));
    return permissionsOf(roles, await findCustomPermissions(where, custom));
  }

  #derive(): readonly PermissionUse[] {
    const operations = new Map<string, string[]>();
    for (const route of this.#routes.all()) {
      if (route.access.kind !== 'permission') continue;
      const uses = operations.get(route.access.permission) ?? [];
      operations.set(route.access.permission, [...uses, `${route.method} ${templateOf(route)}`]);
    }
    const roles = Object.entries(systemRoles);
    const named = roles.flatMap(([, role]) => role.permissions).filter((pattern) => pattern !== '*');
    return [...new Set([...operations.keys(), ...named])].sort().map((permission) => ({
      permission,
      operations: (operations.get(permission) ?? []).sort(),
      systemRoles: roles.filter(([, role]) => permits(role.permissions, permission)).map(([name]) => name),
    }));
  }
}
