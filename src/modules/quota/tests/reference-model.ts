import type { TokenSums, TokenUsage } from '../quota.port.js';

/** One token, literally: what the fast code does with sums, the model does with one object a token. */
interface Token {
  readonly endsAt: number;
  readonly startsAt: number;
  /** Order of creation of its grant. */
  readonly order: number;
  readonly daily: boolean;
  state: 'free' | 'used' | `held ${string}`;
}

interface Call {
  readonly user: string;
  readonly inFactor: number;
  readonly outFactor: number;
  readonly endsAt: number;
  readonly daily: number;
  noted: TokenUsage;
  over: boolean;
  charged: number;
}

export interface ModelReserve {
  readonly call: string;
  readonly user: string;
  readonly daily: number;
  readonly prompt: number;
  readonly max: number | undefined;
  readonly inFactor: number;
  readonly outFactor: number;
}

export interface ModelRules {
  readonly ttlMs: number;
  readonly maxDefault: number;
  readonly maxShrunkMin: number;
}

const dayMs = 86_400_000;
const shanghaiMs = 8 * 3_600_000;

export function midnightAfter(now: number): number {
  return now + dayMs - ((now + shanghaiMs) % dayMs);
}

/** The rules of the quota, one user's call after the other, with no thought of speed or of a database. */
export class ReferenceModel {
  #tokens = new Map<string, Token[]>();
  #provisionalUntil = new Map<string, number>();
  readonly #calls = new Map<string, Call>();
  readonly #suspended = new Set<string>();
  readonly #rules: ModelRules;
  #order = 0;
  now: number;

  constructor(now: number, rules: ModelRules) {
    this.now = now;
    this.#rules = rules;
  }

  /** Ends what is due at the new moment. */
  advance(ms: number): void {
    this.now += ms;
    for (const [id, call] of this.#calls) {
      if (call.over || call.endsAt > this.now) continue;
      const held = this.#held(id, call);
      this.#finish(id, call, Math.min(price(call.noted, call), held.length));
    }
  }

  gift(user: string, tokens: number, endsAt: number): void {
    this.#add(user, tokens, { endsAt, startsAt: this.now, daily: false, order: ++this.#order });
  }

  suspend(user: string, on: boolean): void {
    if (on) this.#suspended.add(user);
    else this.#suspended.delete(user);
  }

  /** The most completion tokens that fit, found by trying, and what they cost; or why not. */
  reserve(request: ModelReserve): { max: number; ceiling: number } | 'exhausted' | 'suspended' | 'conflict' {
    const { call, user, prompt } = request;
    this.#entitle(user, request.daily);
    if (this.#calls.has(call)) return 'conflict';
    if (this.#suspended.has(user)) return 'suspended';
    const free = this.#free(user);
    const { maxDefault, maxShrunkMin } = this.#rules;
    const smallest = request.max ?? Math.min(maxShrunkMin, maxDefault);
    for (let max = request.max ?? maxDefault; max >= smallest; max--) {
      const ceiling = price({ promptTokens: prompt, completionTokens: max }, request);
      if (ceiling > free.length) continue;
      for (const token of free.slice(0, ceiling)) token.state = `held ${call}`;
      const { inFactor, outFactor, daily } = request;
      const noted = { promptTokens: 0, completionTokens: 0 };
      const endsAt = this.now + this.#rules.ttlMs;
      this.#calls.set(call, { user, inFactor, outFactor, daily, endsAt, noted, over: false, charged: 0 });
      return { max, ceiling };
    }
    return 'exhausted';
  }

  settle(id: string, usage: TokenUsage): number {
    const call = this.#call(id);
    this.#provisional(call);
    if (!call.over) this.#finish(id, call, price(usage, call), true);
    return call.charged;
  }

  release(id: string): number {
    const call = this.#call(id);
    if (!call.over) this.#finish(id, call, 0);
    return call.charged;
  }

  note(id: string, usage: TokenUsage): void {
    const call = this.#call(id);
    if (call.over) return;
    call.noted = {
      promptTokens: Math.max(call.noted.promptTokens, usage.promptTokens),
      completionTokens: Math.max(call.noted.completionTokens, usage.completionTokens),
    };
  }

  has(id: string): boolean {
    return this.#calls.has(id);
  }

  read(user: string, daily: number): TokenSums & { usedOfDay: number } {
    const saved = structuredClone([this.#tokens, this.#provisionalUntil] as const);
    this.#entitle(user, daily);
    const start = midnightAfter(this.now) - dayMs;
    const period = this.#own(user).filter((token) => token.endsAt > start);
    [this.#tokens, this.#provisionalUntil] = saved;
    const count = (test: (token: Token) => boolean) => period.filter(test).length;
    return {
      granted: period.length,
      available: count((t) => t.state === 'free' && t.endsAt > this.now),
      reserved: count((t) => t.state.startsWith('held')),
      used: count((t) => t.state === 'used'),
      expired: count((t) => t.state === 'free' && t.endsAt <= this.now),
      usedOfDay: count((t) => t.state === 'used' && t.daily),
    };
  }

  #finish(id: string, call: Call, cost: number, overrun = false): void {
    const held = this.#held(id, call);
    for (const token of held) token.state = 'free';
    const paying = [...held.slice(0, cost)];
    if (overrun && cost > held.length) {
      for (const token of held) token.state = 'used';
      paying.push(...this.#free(call.user).slice(0, cost - held.length));
    }
    for (const token of paying) token.state = 'used';
    call.over = true;
    call.charged = paying.length;
  }

  #entitle(user: string, daily: number): void {
    const endsAt = midnightAfter(this.now);
    const today = this.#own(user).filter((token) => token.daily && token.endsAt === endsAt);
    if (this.#provisionalUntil.get(user) === endsAt) {
      let surplus = today.length - daily;
      const kept = this.#own(user).filter(
        (token) => !(today.includes(token) && token.state === 'free' && surplus-- > 0),
      );
      this.#tokens.set(user, kept);
      this.#provisionalUntil.delete(user);
    }
    const order = today[0]?.order ?? ++this.#order;
    this.#add(user, daily - today.length, { endsAt, startsAt: endsAt - dayMs, daily: true, order });
  }

  /** A settlement after midnight finds the day's grant of what its call began with, until a call says better. */
  #provisional(call: Call): void {
    const endsAt = midnightAfter(this.now);
    if (this.#own(call.user).some((token) => token.daily && token.endsAt === endsAt)) return;
    this.#entitle(call.user, call.daily);
    this.#provisionalUntil.set(call.user, endsAt);
  }

  #add(user: string, tokens: number, of: Omit<Token, 'state'>): void {
    const own = this.#own(user);
    for (let i = 0; i < tokens; i++) own.push({ ...of, state: 'free' });
    this.#tokens.set(user, own);
  }

  #free(user: string): Token[] {
    return this.#own(user)
      .filter((token) => token.state === 'free' && token.startsAt <= this.now && this.now < token.endsAt)
      .sort(bySpending);
  }

  #held(id: string, call: Call): Token[] {
    return this.#own(call.user)
      .filter((token) => token.state === `held ${id}`)
      .sort(bySpending);
  }

  #own(user: string): Token[] {
    return this.#tokens.get(user) ?? [];
  }

  #call(id: string): Call {
    const call = this.#calls.get(id);
    if (!call) throw new Error(`the model knows no call ${id}`);
    return call;
  }
}

function bySpending(a: Token, b: Token): number {
  return a.endsAt - b.endsAt || a.order - b.order;
}

function price(usage: TokenUsage, factors: { inFactor: number; outFactor: number }): number {
  return Math.ceil(
    (usage.promptTokens * factors.inFactor + usage.completionTokens * factors.outFactor) / 1000,
  );
}
