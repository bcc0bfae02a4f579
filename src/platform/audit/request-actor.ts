import type { Caller } from '../http/index.js';
import type { UserActor } from './audit.port.js';

/** Who acts in a request of a signed-in user. */
export function actorOf({ caller, ip }: { readonly caller: Caller; readonly ip: string }): UserActor {
  return { kind: 'user', userId: caller.userId, address: ip };
}
