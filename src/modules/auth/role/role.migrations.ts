import type { Migration } from '../../../platform/database/index.js';

/** Roles beside those that the code fixes. `user_roles` names both kinds, so it refers to neither. */
const customRoles: Migration = {
  id: '0640-auth-custom-roles',
  up: `
    create table custom_roles (
      name text primary key check (name ~ '^[a-z][a-z0-9-]{1,30}$'),
      title text not null,
      permissions text[] not null,
      version integer not null default 1,
      created_at timestamptz not null,
      updated_at timestamptz not null
    );
  `,
};

export const roleMigrations: readonly Migration[] = [customRoles];
