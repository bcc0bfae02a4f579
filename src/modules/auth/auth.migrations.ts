import type { Migration } from '../../platform/database/index.js';
import { accountStandingMigrations } from './account/account-standing.migrations.js';
import { linkMigrations } from './link/link.migrations.js';
import { loginMigrations } from './login/login.migrations.js';
import { phoneMigrations } from './phone/phone.migrations.js';
import { authChangesMigrations } from './revocation/auth-changes.migrations.js';
import { roleMigrations } from './role/role.migrations.js';
import { secondFactorMigrations } from './second-factor/second-factor.migrations.js';
import { sessionMigrations } from './session/session.migrations.js';
import { staffMigrations } from './staff/staff.migrations.js';
import { signingKeysMigrations } from './token/signing-keys.migrations.js';

/**
 * `username_key` and `email_key` are the ASCII lower-case forms, made by the application: `lower()`
 * follows the database's locale, and under a Turkish one `ADMIN` is not `admin`.
 */
const users: Migration = {
  id: '0010-auth-users',
  up: `
    create table users (
      id uuid primary key,
      username text not null,
      username_key text not null constraint users_username_unique unique,
      email text,
      email_key text constraint users_email_unique unique,
      email_verified_at timestamptz,
      password_hash text not null,
      password_changed_at timestamptz not null,
      nickname text not null,
      locale text not null,
      status text not null check (status in ('active', 'banned', 'closed')),
      version integer not null default 1,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      check ((email is null) = (email_key is null))
    );
    create table user_roles (
      user_id uuid not null references users (id),
      role text not null,
      granted_at timestamptz not null,
      primary key (user_id, role)
    );
    create index user_roles_by_role on user_roles (role, user_id);
  `,
};

const sessions: Migration = {
  id: '0011-auth-sessions',
  up: `
    create table sessions (
      id uuid primary key,
      user_id uuid not null references users (id),
      device_id text,
      device_name text,
      device_class text not null check (device_class in ('web', 'mobile', 'tablet', 'desktop')),
      address text,
      generation integer not null default 0 check (generation >= 0),
      rotated_at timestamptz,
      created_at timestamptz not null,
      last_seen_at timestamptz not null,
      idle_until timestamptz not null,
      expires_at timestamptz not null,
      ended_at timestamptz,
      end_reason text,
      ended_by_device text,
      check (idle_until <= expires_at),
      check ((ended_at is null) = (end_reason is null))
    );
    create index sessions_live_by_user on sessions (user_id, last_seen_at) where ended_at is null;
  `,
};

/** One key a purpose, at first; see the rotation in token/signing-keys.migrations.ts. */
const keys: Migration = {
  id: '0012-auth-keys',
  up: `
    create table auth_keys (
      id text primary key,
      purpose text not null check (purpose in ('access-token', 'refresh-token')),
      public_jwk jsonb,
      secret bytea not null,
      sealed_with text,
      created_at timestamptz not null,
      retired_at timestamptz,
      check ((purpose = 'access-token') = (public_jwk is not null))
    );
    create unique index auth_keys_one_active on auth_keys (purpose) where retired_at is null;
  `,
};

export const authMigrations: readonly Migration[] = [
  ...[users, sessions, keys],
  ...authChangesMigrations,
  ...accountStandingMigrations,
  ...sessionMigrations,
  ...roleMigrations,
  ...staffMigrations,
  ...signingKeysMigrations,
  ...loginMigrations,
  ...phoneMigrations,
  ...secondFactorMigrations,
  ...linkMigrations,
];
