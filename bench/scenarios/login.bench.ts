import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash, verify } from '@node-rs/argon2';
import { createPostgresDatabase } from '../../src/testing/database-server.js';
import { forkServer } from '../harness/forked-server.js';
import { type CallSample, measureCalls } from '../harness/measure.js';
import {
  type BenchContext,
  type Case,
  callFigures,
  cpuFigure,
  defineScenario,
  type Sample,
} from '../scenario.js';
import type { LoginServerInfo, LoginServerOptions } from '../servers/login.server.js';

const file = new URL('../servers/login.server.js', import.meta.url);
const password = 'the-Lamp-at-the-ferry-9';
const cores = availableParallelism();
/** Enough to keep each hash slot busy while others talk to the database. */
const loginCallers = 4 * cores;
const usernames = Array.from({ length: Math.max(20, loginCallers) }, (_, n) => `bench_reader_${n}`);
/** The configuration's defaults, which the server has. */
const parameters = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

const signInFigures = { ...callFigures, ...cpuFigure };
const ms = { unit: 'ms', better: 'lower' } as const;
const quantiles = { p10: ms, p50: ms, p90: ms, p99: ms };
const latencies = { p50: ms, p99: ms };
type QuantileName = keyof typeof quantiles;

/** The whole application over HTTP on PostgreSQL. Load generator, server and database share the cores. */
export default defineScenario({
  summary:
    'sign-ins against bare password hashes, unknown users against wrong passwords, and a token check while many sign in',
  needs: ['postgres'],
  async run(context) {
    const api = await startServer(context);
    const passwordHash = await hash(password, parameters);
    await context.compare<keyof typeof signInFigures>({
      name: 'sign-in',
      figures: signInFigures,
      ours: { name: 'login', measure: (forMs) => withServerCpu(api, () => measureLogins(api, forMs)) },
      against: [
        {
          name: 'raw-hash',
          measure: (forMs) => measureCalls(() => verify(passwordHash, password), { forMs, callers: cores }),
        },
      ],
    });
    await context.compare({
      name: 'guess',
      figures: quantiles,
      ours: guesses(api, 'unknown-user', (n) => `nobody_${n % usernames.length}`),
      against: [guesses(api, 'wrong-password', (n) => `bench_reader_${n % usernames.length}`)],
    });
    const { accessToken } = await api.login(usernames[0] as string, 'bench-checker');
    const check = (forMs: number) => measureCalls(() => api.check(accessToken), { forMs });
    await context.compare<keyof typeof latencies>({
      name: 'token-check',
      figures: latencies,
      ours: { name: 'while-many-sign-in', measure: (forMs) => duringLogins(api, forMs, check) },
      against: [{ name: 'idle', measure: check }],
    });
  },
});

type Api = Awaited<ReturnType<typeof startServer>>;

async function startServer(context: BenchContext) {
  const database = await createPostgresDatabase([], context.engineUrl('postgres'));
  context.onEnd(database.drop);
  const dataDir = await mkdtemp(join(tmpdir(), 'qingyu-bench-'));
  context.onEnd(() => rm(dataDir, { recursive: true, force: true }));
  const options: LoginServerOptions = { databaseUrl: database.url, dataDir, usernames, password };
  const { info, cpuMicros } = await forkServer<LoginServerInfo>(context, file, { ...options });
  const post = (body: unknown) =>
    fetch(`${info.url}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  return {
    cpuMicros,
    async login(login: string, deviceId: string): Promise<{ accessToken: string }> {
      const response = await post({ login, password, device: { id: deviceId } });
      if (!response.ok) throw new Error(`a sign-in answered ${response.status}: ${await response.text()}`);
      return (await response.json()) as { accessToken: string };
    },
    async guess(login: string): Promise<void> {
      const response = await post({ login, password: 'wrong-1234' });
      const { code } = (await response.json()) as { code: string };
      if (code !== 'invalid-credentials') throw new Error(`a guess answered ${response.status} ${code}`);
    },
    async check(accessToken: string): Promise<void> {
      const headers = { authorization: `Bearer ${accessToken}` };
      const response = await fetch(`${info.url}/api/v1/auth/me`, { headers });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`a checked request answered ${response.status}`);
    },
  };
}

function measureLogins(api: Api, forMs: number) {
  return measureCalls((caller) => api.login(usernames[caller] as string, 'bench'), {
    forMs,
    callers: loginCallers,
  });
}

/** Processor time of the server, a sign-in; the load generator's is none of its own. */
async function withServerCpu(api: Api, work: () => Promise<CallSample>): Promise<CallSample> {
  const before = await api.cpuMicros();
  const sample = await work();
  return { ...sample, cpu: ((await api.cpuMicros()) - before) / sample.calls };
}

async function duringLogins<T>(api: Api, forMs: number, work: (forMs: number) => Promise<T>): Promise<T> {
  const storm = measureLogins(api, forMs);
  const [result] = await Promise.all([work(forMs), storm]);
  return result;
}

let guessed = 0;

/** One guess after the other, so that each takes the time of its own work. */
function guesses(api: Api, name: string, loginOf: (n: number) => string): Case<QuantileName> {
  return {
    name,
    async measure(forMs): Promise<Sample<QuantileName>> {
      const times: number[] = [];
      const endsAt = performance.now() + forMs;
      for (let now = performance.now(); now < endsAt; ) {
        await api.guess(loginOf(guessed++));
        const answeredAt = performance.now();
        times.push(answeredAt - now);
        now = answeredAt;
      }
      times.sort((a, b) => a - b);
      const quantile = (part: number) => times[Math.floor((times.length - 1) * part)] as number;
      return { p10: quantile(0.1), p50: quantile(0.5), p90: quantile(0.9), p99: quantile(0.99) };
    },
  };
}
