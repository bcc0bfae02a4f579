import { type Health, healthy } from '../../../platform/kernel/index.js';
import type {
  Denied,
  QuotaPort,
  QuotaReading,
  Reserved,
  ReserveRequest,
  Settlement,
  TokenUsage,
} from '../../quota/index.js';
import type { ModelEvent, ModelProvider, ModelRequest, ModelSpec } from '../provider.js';

const resetsAt = '2026-03-02T16:00:00.000Z';

/** A quota of one user in memory that writes down what it is asked. */
export class FakeQuota implements QuotaPort {
  available = 10_000;
  readonly reserved: ReserveRequest[] = [];
  readonly settled: { callId: string; usage: TokenUsage }[] = [];
  readonly released: string[] = [];
  readonly noted: TokenUsage[] = [];
  /** Called before each method does its work; throws to make it fail. */
  before: (method: 'reserve' | 'settle' | 'release' | 'note') => void | Promise<void> = () => {};
  denial: Denied['reason'] | undefined;
  readonly #open = new Map<string, { request: ReserveRequest; ceiling: number }>();
  readonly #settlements = new Map<string, Settlement>();

  async reserve(request: ReserveRequest): Promise<Reserved | Denied> {
    await this.before('reserve');
    this.reserved.push(request);
    const maxTokens = request.maxTokens ?? Math.max(64, Math.min(500, this.available - request.promptTokens));
    const ceiling = cost(request, { ...request, completionTokens: maxTokens });
    if (this.denial || ceiling > this.available) {
      return { allowed: false, reason: this.denial ?? 'exhausted', available: this.available, resetsAt };
    }
    this.available -= ceiling;
    this.#open.set(request.callId, { request, ceiling });
    return {
      ...{ allowed: true, callId: request.callId, maxTokens, ceilingTokens: ceiling },
      ...{ available: this.available, unlimited: false, expiresAt: resetsAt },
    };
  }

  async settle(callId: string, usage: TokenUsage): Promise<Settlement> {
    await this.before('settle');
    const first = this.#settlements.get(callId);
    if (first) return first;
    const { request, ceiling } = this.#take(callId);
    this.settled.push({ callId, usage });
    const actual = cost(request, usage);
    const chargedTokens = Math.min(actual, ceiling + this.available);
    this.available += ceiling - chargedTokens;
    const settlement: Settlement = {
      ...{ chargedTokens, absorbedTokens: actual - chargedTokens, remaining: this.available },
      ...{ resetsAt, unlimited: false },
    };
    this.#settlements.set(callId, settlement);
    return settlement;
  }

  async release(callId: string): Promise<void> {
    await this.before('release');
    this.available += this.#take(callId).ceiling;
    this.released.push(callId);
  }

  async note(_callId: string, usage: TokenUsage): Promise<void> {
    await this.before('note');
    this.noted.push(usage);
  }

  read(): Promise<QuotaReading> {
    throw new Error('not used here');
  }

  #take(callId: string) {
    const open = this.#open.get(callId);
    if (!open) throw new Error('a reservation was ended that is not open');
    this.#open.delete(callId);
    return open;
  }
}

function cost({ inFactor, outFactor }: ReserveRequest, usage: TokenUsage): number {
  return Math.ceil((usage.promptTokens * inFactor + usage.completionTokens * outFactor) / 1000);
}

export const testModel: ModelSpec = {
  id: 'test-1',
  inFactorThousandths: 1000,
  outFactorThousandths: 1000,
  contextTokens: 2_000,
  maxOutputTokens: 1_000,
};

export type Script = (request: ModelRequest, signal: AbortSignal) => AsyncIterable<ModelEvent>;

/** A provider that does what a test tells it. */
export class ScriptedProvider implements ModelProvider {
  readonly kind = 'scripted';
  readonly name: string;
  readonly models: readonly ModelSpec[];
  readonly requests: ModelRequest[] = [];
  script: Script;
  state: Health = healthy;

  constructor(script: Script = says('甲乙丙。'), { name = 'test', models = [testModel] } = {}) {
    this.script = script;
    this.name = name;
    this.models = models;
  }

  async health(): Promise<Health> {
    return this.state;
  }

  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    this.requests.push(request);
    return this.script(request, signal);
  }
}

/** Says each text and ends, reporting the given usage. */
export function says(text: string | readonly string[], usage?: object): Script {
  return async function* () {
    for (const delta of [text].flat()) yield { kind: 'delta', text: delta };
    yield { kind: 'end', finish: 'stop', ...(usage && { usage }) };
  };
}

/** Says the text, then fails. */
export function breaksAfter(text: readonly string[]): Script {
  return async function* () {
    for (const delta of text) yield { kind: 'delta', text: delta };
    throw new Error('the line is dead, key sk-secret');
  };
}

/** Says the text and then nothing, until it is aborted or let go. */
export function hangsAfter(text: readonly string[], options: { ignoresAbort?: boolean } = {}) {
  let letGo = () => {};
  let said = () => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  /** Resolves when everything was said. */
  const silent = new Promise<void>((resolve) => {
    said = resolve;
  });
  const script: Script = async function* (_request, signal) {
    for (const delta of text) yield { kind: 'delta', text: delta };
    said();
    if (options.ignoresAbort) await gate;
    else await Promise.race([gate, aborted(signal)]);
    yield { kind: 'end', finish: 'stop' };
  };
  return { script, silent, letGo: () => letGo() };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted by the signal')));
  });
}
