import { expect } from 'vitest';
import type { TokenSums, TokenUsage } from '../quota.port.js';
import { noon } from './fixtures.js';
import { type ModelCommand, ttlMs } from './model-commands.js';
import { type ModelReserve, midnightAfter, ReferenceModel } from './reference-model.js';

export type ModelOperation =
  | ({ readonly kind: 'reserve' } & ModelReserve)
  | { readonly kind: 'settle' | 'note'; readonly call: string; readonly usage: TokenUsage }
  | { readonly kind: 'release' | 'expire'; readonly call: string };

/** What a reservation became, or what a settlement charged; undefined where the operation tells nothing. */
export type ModelAnswer = { max: number; ceiling: number } | string | number | undefined;

export interface QuotaUnderTest {
  /** Carries the operations out, in their order. */
  decide(operations: readonly ModelOperation[]): Promise<ModelAnswer[]>;
  newCallId(): string;
  gift(user: string, tokens: number, lifeMs: number): Promise<void>;
  suspend(user: string, on: boolean): Promise<void>;
  advance(ms: number): void;
  read(user: string, daily: number): Promise<TokenSums & { usedOfDay: number | undefined }>;
  /** Contradictions between what is written at different places. */
  findImbalances(): Promise<unknown[]>;
}

export const users = ['u1', 'u2'] as const;
export const modelRules = { ttlMs, maxDefault: 12, maxShrunkMin: 4 };

type Touch = Extract<ModelCommand, { which: number }>;

/** Plays commands on the reference model at once and on the quota under test in batches, and compares. */
export class ModelRun {
  readonly #quota: QuotaUnderTest;
  readonly #model = new ReferenceModel(noon.getTime(), modelRules);
  readonly #daily = new Map<string, number>();
  readonly #calls: string[] = [];
  #batch: { operation: ModelOperation; expected: ModelAnswer }[] = [];

  constructor(quota: QuotaUnderTest) {
    this.#quota = quota;
  }

  async play(commands: readonly ModelCommand[]): Promise<void> {
    for (const command of commands) {
      if (command.kind === 'reserve') this.#reserve(command);
      else if ('which' in command) this.#touch(command);
      else {
        await this.#commit();
        await this.#happen(command);
        await this.#expectAgreement();
      }
    }
    await this.#commit();
    await this.#expectAgreement();
  }

  #reserve({ user, ...wanted }: Extract<ModelCommand, { kind: 'reserve' }>): void {
    const call = this.#quota.newCallId();
    this.#calls.push(call);
    const operation = { ...wanted, call, user, daily: this.#dailyOf(user) };
    this.#batch.push({ operation, expected: this.#model.reserve(operation) });
  }

  #touch({ which, ...command }: Touch): void {
    const call = this.#calls[which % Math.max(1, this.#calls.length)];
    if (call === undefined || !this.#model.has(call)) return;
    let expected: ModelAnswer;
    if (command.kind === 'settle') expected = this.#model.settle(call, command.usage);
    if (command.kind === 'release') this.#model.release(call);
    if (command.kind === 'note') this.#model.note(call, command.usage);
    this.#batch.push({ operation: { ...command, call }, expected });
  }

  async #commit(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    const answers = await this.#quota.decide(batch.map(({ operation }) => operation));
    expect(answers).toEqual(batch.map(({ expected }) => expected));
  }

  async #happen(command: ModelCommand): Promise<void> {
    if (command.kind === 'advance') this.#advance(command.ms);
    if (command.kind === 'to-midnight') {
      this.#advance(Math.max(0, midnightAfter(this.#model.now) + command.ms - this.#model.now));
    }
    if (command.kind === 'gift') {
      this.#model.gift(command.user, command.tokens, this.#model.now + command.lifeMs);
      await this.#quota.gift(command.user, command.tokens, command.lifeMs);
    }
    if (command.kind === 'role') this.#daily.set(command.user, command.daily);
    if (command.kind === 'suspend') {
      this.#model.suspend(command.user, command.on);
      await this.#quota.suspend(command.user, command.on);
    }
  }

  #advance(ms: number): void {
    this.#model.advance(ms);
    this.#quota.advance(ms);
  }

  async #expectAgreement(): Promise<void> {
    for (const user of users) {
      const daily = this.#dailyOf(user);
      const reading = await this.#quota.read(user, daily);
      expect(reading).toEqual(this.#model.read(user, daily));
      const { granted, available, reserved, used, expired } = reading;
      expect(granted).toBe(available + reserved + used + expired);
    }
    expect(await this.#quota.findImbalances()).toEqual([]);
  }

  #dailyOf(user: string): number {
    return this.#daily.get(user) ?? 20;
  }
}
