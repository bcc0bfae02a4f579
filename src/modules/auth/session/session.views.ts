import type { Static } from 'typebox';
import type { Session as SessionSchema } from '../auth.schema.js';
import type { Session } from './session.repository.js';

/** What leaves the process: every member by name, so that a new column stays inside. */
export function sessionView(session: Session, currentId: string | undefined): Static<typeof SessionSchema> {
  return {
    id: session.id,
    device: { id: session.deviceId, name: session.deviceName, class: session.deviceClass },
    address: session.address,
    createdAt: session.createdAt.toISOString(),
    lastSeenAt: session.lastSeenAt.toISOString(),
    expiresAt: session.expiresAt.toISOString(),
    current: session.id === currentId,
  };
}
