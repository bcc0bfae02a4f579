import type { AuthChange } from './auth-change.js';

export interface MirrorCommand {
  readonly command: 'set' | 'del';
  readonly args: readonly (string | number)[];
}

/** What a change is to gateways: a key while a token of before it can live, its reason, or the end of a ban. */
export function mirroredCommand(
  { kind, subject, reason }: AuthChange,
  lifeMs: number,
): MirrorCommand | undefined {
  if (kind !== 'token' && kind !== 'session' && kind !== 'user') return undefined;
  const key = `auth:revoked:${kind}:${subject}`;
  if (kind === 'user' && reason === 'active') return { command: 'del', args: [key] };
  if (lifeMs <= 0 || (kind === 'user' && reason !== 'banned')) return undefined;
  return { command: 'set', args: [key, reason, 'PX', lifeMs] };
}
