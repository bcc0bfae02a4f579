import type { Database } from '../../../platform/database/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import type { Logger } from '../../../platform/logger/index.js';
import type { Metrics } from '../../../platform/metrics/index.js';
import type { Redis } from '../../../platform/redis/index.js';
import type { AuthConfig } from '../auth.config.js';
import type { AuthMetrics } from '../auth.metrics.js';
import { stepUpRuleOf } from '../second-factor/step-up.js';
import type { AccessTokens } from '../token/access-token.js';
import type { KeyRing } from '../token/key-ring.js';
import type { RecordedChange } from './auth-change.js';
import type { AuthChanges } from './auth-changes.js';
import { SessionAuthenticator } from './authenticator.service.js';
import { ChangeCleanup } from './change-cleanup.js';
import { ChangeHints } from './change-hints.js';
import { ChangeTail, type TailListener } from './change-tail.js';
import { RecentChanges } from './recent-changes.js';
import { RevocationMirror } from './revocation-mirror.js';
import { TokenBlacklist } from './token-blacklist.js';

interface RevocationDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly config: AuthConfig;
  readonly log: Logger;
  readonly redis: Redis;
  readonly changes: AuthChanges;
  readonly keys: KeyRing;
  readonly tokens: AccessTokens;
  readonly metrics: Metrics;
  readonly authMetrics: AuthMetrics;
}

/** What decides over tokens, and what keeps it up to date: own commits at once, those of others by the tail. */
export function assembleRevocation(deps: RevocationDeps) {
  const { db, config, log, redis, changes, keys, tokens, metrics } = deps;
  const recent = new RecentChanges();
  changes.onRecorded((recorded) => recent.apply(recorded));
  changes.onCommitted((committed) => recent.apply(committed));
  const hints = new ChangeHints(redis, changes);
  const mirror = new RevocationMirror(deps);
  const listeners = [memory(recent), keyReader(keys), mirror];
  const tail = new ChangeTail({ db, config: config.revocation, log, hints, listeners });
  metrics.gauge(
    {
      name: 'auth_changes_age_seconds',
      help: 'Age of what this instance knows of changed sessions, bans and roles; above 1 every request reads its rows',
    },
    (gauge) => gauge.set(tail.ageMs / 1000),
  );
  const authenticator = new SessionAuthenticator({
    ...{ ...deps, tokens, tail, changes: recent },
    stepUp: stepUpRuleOf(config),
    metrics: deps.authMetrics,
  });
  const blacklist = new TokenBlacklist(changes);
  return { authenticator, blacklist, tail, mirror, cleanup: new ChangeCleanup(deps) };
}

function memory(recent: RecentChanges): TailListener {
  return { changed: (changes) => recent.apply(changes), lost: () => recent.forgetAll() };
}

/** A failure is the tail's own: it is not fresh, and comes again. */
function keyReader(keys: KeyRing): TailListener {
  return {
    changed: async (changes: readonly RecordedChange[]) => {
      if (changes.some(({ kind }) => kind === 'key')) await keys.load();
    },
    lost: () => keys.load(),
  };
}
