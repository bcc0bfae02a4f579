import { sectionDefaults } from '../../../platform/config/index.js';
import type { Database } from '../../../platform/database/index.js';
import { newId } from '../../../platform/kernel/index.js';
import { Metrics } from '../../../platform/metrics/index.js';
import type { OpenDatabase } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import { insertUser } from '../../../testing/users.repository.js';
import { authMigrations } from '../../auth/index.js';
import { type QuotaConfig, quotaConfig } from '../quota.config.js';
import { quotaMetrics } from '../quota.metrics.js';
import { quotaMigrations } from '../quota.migrations.js';
import type { Denied, QuotaFactorPort, Reserved, ReserveRequest } from '../quota.port.js';
import { QuotaService } from '../quota.service.js';
import { noon } from './fixtures.js';

type Sections = { [S in keyof QuotaConfig]?: Partial<QuotaConfig[S]> };

export interface InstanceOptions {
  readonly config?: Sections;
  readonly factor?: QuotaFactorPort;
}

function testConfig(changes: Sections = {}): QuotaConfig {
  const defaults = sectionDefaults(quotaConfig);
  const merged = Object.entries(defaults).map(([name, section]) => [
    name,
    { ...section, ...changes[name as keyof QuotaConfig] },
  ]);
  return Object.fromEntries(merged) as QuotaConfig;
}

/** One database, a clock that stands until it is set, and as many instances on them as wanted. */
export class QuotaHarness {
  readonly database: Database;
  readonly clock: FakeClock;

  private constructor(database: Database, clock: FakeClock) {
    this.database = database;
    this.clock = clock;
  }

  static async open(open: OpenDatabase): Promise<QuotaHarness> {
    const clock = new FakeClock(noon);
    const database = await open({ migrations: [...authMigrations, ...quotaMigrations] });
    return new QuotaHarness(database, clock);
  }

  /** An instance that nobody has started. */
  instance(options: InstanceOptions = {}, database = this.database) {
    const metrics = new Metrics();
    const quota = new QuotaService({
      database,
      clock: this.clock,
      factor: options.factor ?? { factorThousandths: async () => 1000 },
      config: testConfig(options.config),
      metrics: quotaMetrics(metrics),
    });
    const metric = async (name: string) =>
      (await metrics.registry.getSingleMetric(name)?.get())?.values ?? [];
    return { quota, metric };
  }

  newUser(): Promise<string> {
    return insertUser(this.database, this.clock.now());
  }

  newCallId(): string {
    return newId(this.clock.now());
  }

  /** A reader's call that may cost 100 tokens. */
  request(userId: string, changes: Partial<ReserveRequest> = {}): ReserveRequest {
    return {
      ...{ callId: this.newCallId(), userId, roles: ['reader'], promptTokens: 0, maxTokens: 100 },
      ...{ inFactor: 1000, outFactor: 1000, operation: 'continue', model: 'demo' },
      ...changes,
    };
  }
}

export function allowed(answer: Reserved | Denied): Reserved {
  if (!answer.allowed) throw new Error(`refused: ${answer.reason}, ${answer.available} available`);
  return answer;
}

export function countAllowed(answers: readonly (Reserved | Denied)[]): number {
  return answers.filter((answer) => answer.allowed).length;
}
