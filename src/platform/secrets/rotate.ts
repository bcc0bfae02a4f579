import type { Audit } from '../audit/index.js';
import type { Database } from '../database/index.js';
import type { KeyUse, SecretHolder } from './secret-holder.js';
import { type SealedSecret, SecretError, type Secrets } from './secrets.js';

interface RotateDeps {
  readonly db: Database;
  readonly secrets: Secrets;
  readonly holders: readonly SecretHolder[];
  readonly audit: Audit;
  /** Rows in one transaction. */
  readonly batchMax: number;
  readonly signal: AbortSignal;
  progress(step: { label: string; done: number; total: number }): void;
}

export interface HolderRotation {
  readonly name: string;
  readonly resealed: number;
  /** Secrets that are still under other keys than the current one. */
  readonly left: readonly KeyUse[];
}

/**
 * Brings every secret under the current key, in short transactions while servers run. Interrupted or
 * repeated it goes on where it is needed; a secret that does not open stays, and is counted.
 */
export async function rotateSecrets(deps: RotateDeps): Promise<HolderRotation[]> {
  const { currentKeyId } = deps.secrets;
  if (currentKeyId === null) {
    throw new Error(
      'There is no key to encrypt with. Make one with `openssl rand -base64 32` and configure it as secrets.key.',
    );
  }
  const rotations: HolderRotation[] = [];
  for (const holder of deps.holders) {
    const resealed = await resealAll(holder, currentKeyId, deps);
    const left = (await holder.keysInUse(deps.db)).filter(({ keyId }) => keyId !== currentKeyId);
    rotations.push({ name: holder.name, resealed, left });
  }
  return rotations;
}

async function resealAll(holder: SecretHolder, currentKeyId: string, deps: RotateDeps): Promise<number> {
  const { db, secrets, audit, batchMax, signal, progress } = deps;
  const reseal = (sealed: SealedSecret, about: string) => resealed(secrets, sealed, about);
  const stale = (await holder.keysInUse(db)).filter(({ keyId }) => keyId !== currentKeyId);
  const total = stale.reduce((sum, { secrets: count }) => sum + count, 0);
  let done = 0;
  let after: string | undefined;
  for (;;) {
    signal.throwIfAborted();
    const batch = { after, limit: batchMax, currentKeyId, reseal };
    const answer = await db.withTransaction({ name: 'reseal-secrets' }, async (tx) => {
      const answered = await holder.resealBatch(tx, batch);
      const { resealed } = answered;
      const what = { target: { type: 'secret-holder', id: holder.name }, detail: { resealed, currentKeyId } };
      const actor = { kind: 'command' } as const;
      if (resealed > 0) await audit.record(tx, { action: 'secrets.resealed', actor, ...what });
      return answered;
    });
    done += answer.resealed;
    progress({ label: holder.name, done, total: Math.max(total, done) });
    if (answer.last === undefined) return done;
    after = answer.last;
  }
}

function resealed(secrets: Secrets, sealed: SealedSecret, about: string): SealedSecret | undefined {
  try {
    return secrets.seal(secrets.open(sealed, about), about);
  } catch (error) {
    if (error instanceof SecretError) return undefined;
    throw error;
  }
}
