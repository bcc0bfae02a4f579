import type { Audit, AuditActor } from '../../../platform/audit/index.js';
import type { Database, Tx } from '../../../platform/database/index.js';
import type { Job } from '../../../platform/jobs/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import type { Metrics } from '../../../platform/metrics/index.js';
import type { Secrets } from '../../../platform/secrets/index.js';
import type { AuthConfig } from '../auth.config.js';
import { daySeconds } from '../config-fields.js';
import type { AuthChanges } from '../revocation/auth-changes.js';
import {
  deleteKeys,
  insertKey,
  listKeys,
  lockKeys,
  type NewKey,
  retireKeys,
  type StoredKey,
} from './key.repository.js';
import type { KeyRing } from './key-ring.js';
import { deadKeys, type KeySchedule, nextKeySignsFrom, usableKeys } from './key-schedule.domain.js';
import { newSigningKey } from './new-keys.js';

interface KeyRotationDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly audit: Audit;
  readonly changes: AuthChanges;
  readonly keys: KeyRing;
  readonly config: Pick<AuthConfig, 'keys' | 'accessToken'>;
  readonly metrics: Metrics;
}

/** For clocks of instances that are wrong by more than they may be. */
const graceMs = 3_600_000;

export interface ReplacedKeys {
  /** The key that signs now. */
  readonly kid: string;
  /** Those that check nothing any longer. */
  readonly retired: readonly string[];
}

/**
 * Makes signing keys follow one another. Each call works under a lock on the table and decides by what it finds there, so
 * several at once, on several instances, do it once.
 */
export class KeyRotation {
  readonly #deps: KeyRotationDeps;
  readonly #schedule: KeySchedule;

  constructor(deps: KeyRotationDeps) {
    this.#deps = deps;
    const { keys, accessToken } = deps.config;
    this.#schedule = {
      lifeMs: keys.lifeDays * daySeconds * 1000,
      publishAheadMs: keys.publishAheadHours * 3_600_000,
      tokenLifeMs: (accessToken.ttlSeconds + accessToken.clockToleranceSeconds) * 1000 + graceMs,
    };
    deps.metrics.gauge(
      {
        name: 'auth_signing_key_expiry_timestamp_seconds',
        help: 'When the key that signs access tokens should be followed by the next one',
      },
      // Before the start there is none, which is no reason for a scrape to fail.
      (gauge) => {
        if (deps.keys.isLoaded)
          gauge.set((deps.keys.signing.signsFrom.getTime() + this.#schedule.lifeMs) / 1000);
        else gauge.remove();
      },
    );
  }

  /** Makes the next key when it is time to publish it, and removes those that nothing needs any longer. */
  async advance(): Promise<void> {
    const { db, clock, secrets, keys } = this.#deps;
    const now = clock.now();
    const stored = (await listKeys(db)).filter(isAccessKey);
    const isDue = nextKeySignsFrom(stored, now, this.#schedule) !== undefined;
    if (!isDue && deadKeys(stored, now, this.#schedule).length === 0) return;
    const made = await newSigningKey(secrets);
    const changed = await db.withTransaction({ name: 'advance-signing-keys' }, (tx) =>
      this.#advance(tx, made, now),
    );
    if (changed) await keys.load();
  }

  /**
   * After a leak: a new key signs at once, and what any earlier one signed is refused as expired, so that clients
   * refresh. Sessions and refresh tokens stay. Other instances know within a second.
   */
  async replaceNow(actor: AuditActor): Promise<ReplacedKeys> {
    const { db, clock, secrets, audit, changes, keys } = this.#deps;
    const made = await newSigningKey(secrets);
    const retired = await db.withTransaction({ name: 'replace-signing-keys' }, async (tx) => {
      await lockKeys(tx);
      const now = clock.now();
      const leaked = usableKeys((await listKeys(tx)).filter(isAccessKey)).map(({ id }) => id);
      await retireKeys(tx, leaked, now);
      await insertKey(tx, made, { now, signsFrom: now });
      await changes.record(
        tx,
        [...leaked, made.id].map((subject) => keyChange(subject, 'replaced')),
      );
      await audit.record(tx, {
        ...{ action: 'auth.signing-keys-replaced', actor },
        target: { type: 'signing-key', id: made.id },
        before: { keys: leaked },
        after: { keys: [made.id] },
      });
      return leaked;
    });
    await keys.load();
    return { kid: made.id, retired };
  }

  get job(): Job {
    return {
      name: 'auth-signing-keys',
      summary:
        'Publishes the next signing key ahead of its time and removes those that nothing needs any longer.',
      schedule: { everySeconds: 900 },
      timeLimitSeconds: 60,
      run: () => this.advance(),
    };
  }

  async #advance(tx: Tx, made: NewKey, now: Date): Promise<boolean> {
    const { changes } = this.#deps;
    await lockKeys(tx);
    const stored = (await listKeys(tx)).filter(isAccessKey);
    const signsFrom = nextKeySignsFrom(stored, now, this.#schedule);
    const dead = deadKeys(stored, now, this.#schedule).map(({ id }) => id);
    if (signsFrom) await insertKey(tx, made, { now, signsFrom });
    if (dead.length > 0) await deleteKeys(tx, dead);
    const told = dead.map((subject) => keyChange(subject, 'removed'));
    if (signsFrom) told.push(keyChange(made.id, 'published'));
    await changes.record(tx, told);
    return told.length > 0;
  }
}

function isAccessKey({ purpose }: StoredKey): boolean {
  return purpose === 'access-token';
}

function keyChange(subject: string, reason: string) {
  return { kind: 'key', subject, reason } as const;
}
