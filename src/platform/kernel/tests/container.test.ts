import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  type BaseService,
  type Health,
  healthy,
  ServiceContainer,
  type ServiceNode,
  systemClock,
} from '../index.js';

const silent = { info() {}, warn() {}, error() {} };
const limits = { startTimeoutMs: 500, healthTimeoutMs: 100, closeTimeoutMs: 500, retryDelayMs: () => 1 };

class Probe implements BaseService {
  readonly version = '1.0.0';
  readonly name: string;
  readonly journal: string[];
  starts = 0;
  health: () => Promise<Health> = async () => healthy;
  onStart: (attempt: number, signal: AbortSignal) => Promise<void> = async () => {};
  onClose: () => Promise<void> = async () => {};

  constructor(name: string, journal: string[]) {
    this.name = name;
    this.journal = journal;
  }

  async initialize(signal: AbortSignal): Promise<void> {
    this.starts += 1;
    await this.onStart(this.starts, signal);
    this.journal.push(`+${this.name}`);
  }

  async close(): Promise<void> {
    this.journal.push(`-${this.name}`);
    await this.onClose();
  }
}

function graph(shape: Record<string, { needs?: string[]; prefers?: string[]; optional?: boolean }>) {
  const journal: string[] = [];
  const probes: Record<string, Probe> = {};
  const nodes: ServiceNode[] = Object.entries(shape).map(([name, { needs = [], prefers = [], optional }]) => {
    const probe = new Probe(name, journal);
    probes[name] = probe;
    return { service: probe, needs, prefers, criticality: optional ? 'optional' : 'required' };
  });
  const container = new ServiceContainer(nodes, { clock: systemClock, log: silent, ...limits });
  return { container, journal, probe: (name: string) => probes[name] as Probe };
}

describe('ServiceContainer', () => {
  it('starts dependencies first and closes in reverse, each once', async () => {
    const { container, journal } = graph({
      http: { needs: ['auth'] },
      auth: { needs: ['database'] },
      database: {},
    });
    await container.start();
    await Promise.all([container.close(), container.close()]);
    expect(journal).toEqual(['+database', '+auth', '+http', '-http', '-auth', '-database']);
  });

  it('starts independent services side by side', async () => {
    const { container, probe } = graph({ a: {}, b: {} });
    const arrived: string[] = [];
    let release = () => {};
    const both = new Promise<void>((resolve) => {
      release = resolve;
    });
    for (const name of ['a', 'b']) {
      probe(name).onStart = async () => {
        arrived.push(name);
        if (arrived.length === 2) release();
        await both;
      };
    }
    await container.start();
    expect(arrived).toEqual(['a', 'b']);
    await container.close();
  });

  it('names both sides of an unknown dependency and the whole round of a cycle', () => {
    expect(() => graph({ a: { needs: ['ghost'] } })).toThrow('"a" depends on "ghost", which does not exist');
    expect(() => graph({ a: { needs: ['b'] }, b: { needs: ['c'] }, c: { needs: ['b'] } })).toThrow(
      'b -> c -> b',
    );
  });

  it('refuses a required service that needs an optional one', () => {
    expect(() => graph({ a: { needs: ['b'] }, b: { optional: true } })).toThrow(
      '"a" is required but needs "b"',
    );
  });

  it('retries an optional service for ever while the rest runs, and starts its dependents once it is up', async () => {
    const { container, journal, probe } = graph({
      cache: { optional: true },
      ranking: { optional: true, needs: ['cache'] },
      auth: { prefers: ['ranking'] },
    });
    probe('cache').onStart = async (attempt) => {
      if (attempt < 4) throw new Error('connection refused');
    };
    await container.start();
    expect(journal[0]).toBe('+auth');
    await vi.waitFor(() => expect(journal).toContain('+ranking'));
    expect(probe('cache').starts).toBe(4);
    const reports = await container.check();
    expect(reports.find((r) => r.name === 'cache')?.restarts).toBe(3);
    await container.close();
    expect(journal.slice(-3)).toEqual(['-auth', '-ranking', '-cache']);
  });

  it('fails a start that hangs at its time limit and closes what comes up too late', async () => {
    const { container, journal, probe } = graph({ slow: {}, database: {} });
    probe('slow').onStart = (_, signal) =>
      new Promise((resolve) => signal.addEventListener('abort', () => setImmediate(resolve)));
    const closing = vi.waitFor(() => expect(journal).toContain('-slow'));
    const failed = expect(container.start()).rejects.toThrow('The start of "slow" took longer than 500 ms');
    await failed;
    await closing;
    expect(journal.filter((line) => line === '-slow')).toHaveLength(1);
  });

  it('closes the others when one hangs or fails in close', async () => {
    const { container, journal, probe } = graph({ a: { needs: ['b'] }, b: { needs: ['c'] }, c: {} });
    await container.start();
    probe('a').onClose = () => new Promise(() => {});
    probe('b').onClose = async () => {
      throw new Error('already gone');
    };
    await container.close();
    expect(journal.slice(-3)).toEqual(['-a', '-b', '-c']);
  });

  it('stops a start that is under way when it is told to close', async () => {
    const { container, journal, probe } = graph({ a: {}, b: { needs: ['a'] } });
    probe('b').onStart = (_, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const starting = expect(container.start()).rejects.toThrow('cancelled');
    await vi.waitFor(() => expect(journal).toEqual(['+a']));
    await container.close();
    await starting;
    expect(journal).toEqual(['+a', '-a']);
  });

  it('reports a service as unhealthy when its health rejects, hangs, or its need is unhealthy', async () => {
    const { container, probe } = graph({ db: {}, auth: { needs: ['db'] }, ai: { optional: true }, x: {} });
    await container.start();
    probe('db').health = async () => {
      throw new Error('connection lost');
    };
    probe('ai').health = () => new Promise(() => {});
    const found = Object.fromEntries(
      (await container.check()).map((r) => [r.name, `${r.status} ${r.detail ?? ''}`]),
    );
    expect(found).toEqual({
      db: 'unhealthy connection lost',
      auth: 'unhealthy needs "db", which is unhealthy',
      ai: 'unhealthy The health check took longer than 100 ms',
      x: 'healthy ',
    });
    await container.close();
  });

  it('looks once for many who ask at the same time', async () => {
    const { container, probe } = graph({ a: {} });
    await container.start();
    let looks = 0;
    probe('a').health = async () => {
      looks += 1;
      return healthy;
    };
    await Promise.all(Array.from({ length: 50 }, () => container.check()));
    expect(looks).toBe(1);
    await container.close();
  });
});

const failures = ['none', 'throws', 'hangs'] as const;
const randomGraph = fc
  .array(fc.record({ edges: fc.array(fc.nat(), { maxLength: 3 }), failure: fc.constantFrom(...failures) }), {
    minLength: 1,
    maxLength: 8,
  })
  .map((rows) =>
    rows.map((row, index) => ({
      name: `s${index}`,
      needs: index === 0 ? [] : [...new Set(row.edges.map((edge) => `s${edge % index}`))],
      failure: row.failure,
    })),
  );

describe('any graph, any failing services', () => {
  it('closes every service that started exactly once, after everything that depends on it', async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph, fc.boolean(), async (shape, optional) => {
        const { container, journal, probe } = graph(
          Object.fromEntries(shape.map(({ name, needs }) => [name, { needs, optional }])),
        );
        for (const { name, failure } of shape) {
          if (failure === 'throws') probe(name).onStart = () => Promise.reject(new Error('broken'));
          if (failure === 'hangs')
            probe(name).onStart = (_, signal) =>
              new Promise((_resolve, reject) =>
                signal.addEventListener('abort', () => reject(signal.reason)),
              );
        }
        const broken = shape.some(({ failure }) => failure !== 'none');
        const starting = container.start();
        if (shape.some(({ failure }) => failure === 'hangs')) setImmediate(() => void container.close());
        const outcome = await starting.then(
          () => 'started',
          () => 'failed',
        );
        if (!optional) expect(outcome).toBe(broken ? 'failed' : 'started');
        await container.close();

        for (const { name } of shape) {
          const starts = journal.filter((line) => line === `+${name}`).length;
          expect(starts).toBeLessThanOrEqual(1);
          expect(journal.filter((line) => line === `-${name}`)).toHaveLength(starts);
        }
        for (const { name, needs } of shape) {
          if (!journal.includes(`+${name}`)) continue;
          for (const need of needs) {
            expect(journal.indexOf(`+${need}`)).toBeLessThan(journal.indexOf(`+${name}`));
            expect(journal.indexOf(`-${need}`)).toBeGreaterThan(journal.indexOf(`-${name}`));
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
