import type { ColumnType, Generated } from 'kysely';

/** Read as a Date from both engines; written as one. */
type Moment = ColumnType<Date, Date, Date>;
type MomentOrNull = ColumnType<Date | null, Date | null | undefined, Date | null>;

export interface AuthTables {
  users: {
    id: string;
    username: string;
    username_key: string;
    email: string | null;
    email_key: string | null;
    email_verified_at: MomentOrNull;
    password_hash: string;
    password_changed_at: Moment;
    nickname: string;
    locale: string;
    status: string;
    banned_until: MomentOrNull;
    ban_reason: string | null;
    roles_revision: Generated<number>;
    author_tier: string | null;
    totp_enabled_at: MomentOrNull;
    version: Generated<number>;
    created_at: Moment;
    updated_at: Moment;
  };
  user_roles: { user_id: string; role: string; granted_at: Moment };
  sessions: {
    id: string;
    user_id: string;
    device_id: string | null;
    device_name: string | null;
    device_class: string;
    address: string | null;
    generation: Generated<number>;
    rotated_at: MomentOrNull;
    created_at: Moment;
    last_seen_at: Moment;
    idle_until: Moment;
    expires_at: Moment;
    ended_at: MomentOrNull;
    end_reason: string | null;
    ended_by_device: string | null;
    stepped_up_at: MomentOrNull;
  };
  auth_keys: {
    id: string;
    purpose: string;
    public_jwk: ColumnType<Record<string, unknown> | null, string | null, string | null>;
    secret: Uint8Array;
    sealed_with: string | null;
    created_at: Moment;
    signs_from: MomentOrNull;
    retired_at: MomentOrNull;
  };
}
