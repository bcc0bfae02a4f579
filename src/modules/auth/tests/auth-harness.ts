import { pino } from 'pino';
import { Value } from 'typebox/value';
import type { Database } from '../../../platform/database/index.js';
import { EventStreams, ExportStreams, httpConfig } from '../../../platform/http/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import { Metrics } from '../../../platform/metrics/index.js';
import type { Redis } from '../../../platform/redis/index.js';
import type { Secrets } from '../../../platform/secrets/index.js';
import { noRedis } from '../../../testing/no-redis.js';
import { RecordingAudit } from '../../../testing/recording-audit.js';
import { RecordingEvents } from '../../../testing/recording-events.js';
import { secretsWith } from '../../../testing/secrets.js';
import { AccountOpening } from '../account/account-opening.js';
import { type AuthConfig, authConfig } from '../auth.config.js';
import { assembleAuth, authRoutes } from '../auth.module.js';
import type { SecondFactor } from '../login/second-factor.js';
import { PasswordHasher } from '../password/password-hasher.js';
import type { CodeMessage, CodeReceipt, SessionCode } from '../phone/session-code.js';
import { SessionLimit } from '../session/session-limit.js';

/** Hashes with the cheapest parameters and counts. */
class CountingHasher extends PasswordHasher {
  hashes = 0;
  verifications = 0;
  /** Called between a verification and its answer. */
  afterVerify: () => Promise<unknown> = async () => undefined;

  constructor() {
    super({ memoryKibibytes: 8192, passes: 1, lanes: 1, inFlightMax: 2, queueMax: 1000 });
  }

  override hash(password: string, signal?: AbortSignal): Promise<string> {
    this.hashes += 1;
    return super.hash(password, signal);
  }

  override async verify(hash: string | undefined, password: string, signal?: AbortSignal): Promise<boolean> {
    this.verifications += 1;
    const right = await super.verify(hash, password, signal);
    await this.afterVerify();
    return right;
  }
}

/** Keeps in memory what it would send. */
export class RecordingSender implements SessionCode {
  readonly sent: CodeMessage[] = [];
  isThere = true;
  failure: Error | undefined;

  hasSender(): boolean {
    return this.isThere;
  }

  async send(message: CodeMessage): Promise<CodeReceipt> {
    if (this.failure) throw this.failure;
    this.sent.push(message);
    return { outcome: 'sent' };
  }
}

export function configOf(overrides: Partial<AuthConfig> = {}): AuthConfig {
  return { ...Value.Create(authConfig), ...overrides };
}

export type AuthOptions = Partial<AuthConfig> & {
  readonly secrets?: Secrets;
  readonly signInFactor?: SecondFactor;
  readonly limit?: SessionLimit;
  readonly redis?: Redis;
};

/** The module without a server. Nothing runs by itself: a test starts `tail` if it wants it. */
export async function startAuth(
  db: Database,
  clock: Clock,
  { secrets, signInFactor, limit, redis = noRedis(), ...overrides }: AuthOptions = {},
) {
  const hasher = new CountingHasher();
  const metrics = new Metrics();
  const audit = new RecordingAudit();
  const events = new RecordingEvents();
  const codeSender = new RecordingSender();
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const config = configOf(overrides);
  const opening = AccountOpening.whenAbsent as AccountOpening;
  const deps = {
    ...{ db, clock, audit, config, metrics, opening, events, log, codeSender, signInFactor, redis },
    limit: limit ?? (SessionLimit.whenAbsent as SessionLimit),
    secrets: secrets ?? (await secretsWith()),
    routes: { all: () => authRoutes(auth) },
    holders: { all: () => auth.personalData },
    exports: new ExportStreams(new EventStreams(() => ({})), Value.Create(httpConfig)),
  };
  const auth = assembleAuth(deps, hasher);
  await auth.service.initialize(AbortSignal.timeout(10_000));
  const { emails, links, passwords, factor, secondFactor } = auth.credentials;
  const ofCredentials = { emails, links, passwords, factor, secondFactor };
  return { ...auth, ...ofCredentials, audit, codeSender, config, events, hasher, lines, metrics };
}

export type Auth = Awaited<ReturnType<typeof startAuth>>;

export const password = 'zang-hua-yin-27';

export async function register({ accounts }: Auth, username = 'lin_daiyu') {
  return accounts.register({ username, password });
}

export function login({ signIn }: Auth, login = 'lin_daiyu', device?: { id: string; name?: string }) {
  return signIn.login({ login, password, device, address: '203.0.113.7' });
}

/** A user in some session; which one counts for accounts without a password only. */
export const claimant = (userId: string) => ({ userId, sessionId: userId });

/** The code of the problem that `work` raises; fails when it raises none. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return (error as { code?: string }).code ?? `no problem: ${error}`;
  }
  return 'nothing was raised';
}

export async function metricOf(metrics: Metrics, name: string): Promise<Record<string, number>> {
  const series = await metrics.registry.getSingleMetric(name)?.get();
  return Object.fromEntries(
    (series?.values ?? []).map(({ labels, value }) => [Object.values(labels).join() || 'all', value]),
  );
}
