import { createHmac } from 'node:crypto';
import type { Database, Tx } from '../../../platform/database/index.js';
import { AppError, type Language } from '../../../platform/errors/index.js';
import type { Clock } from '../../../platform/kernel/index.js';
import { addressKey } from '../../../platform/rate-limit/index.js';
import type { AuthConfig } from '../auth.config.js';
import { authErrors } from '../auth.errors.js';
import { type AllowanceRule, countingAt, freeAt, newCode } from './phone.domain.js';
import {
  type KeptCode,
  lockAllowances,
  removeExpiredCodes,
  replaceCode,
  spendCode,
  tryCode,
  writeAllowance,
} from './phone-codes.repository.js';
import type { CodePurpose, SessionCode } from './session-code.js';

export interface CodeRequest {
  /** E.164, as in all of these. */
  readonly phone: string;
  readonly purpose: CodePurpose;
  readonly locale: Language;
  readonly address: string;
}

interface PhoneCodesDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly config: AuthConfig['phone'];
  readonly sender: SessionCode;
  readonly secret: () => Uint8Array;
}

const keyBytes = 16;
const cleanupBatchMax = 1000;

/** Codes that prove whose a phone is: sent, tried, spent once. The database decides, over all instances. */
export class PhoneCodes {
  readonly #deps: PhoneCodesDeps;

  constructor(deps: PhoneCodesDeps) {
    this.#deps = deps;
  }

  /** Raises 503 `phone-codes-unavailable` where nothing sends codes. */
  requireSender(): void {
    if (!this.#deps.sender.hasSender()) throw authErrors.phoneCodesUnavailable();
  }

  /**
   * Sends a code, in place of the phone's last one, whoever the phone belongs to. Raises 429 `phone-code-limited`, 503
   * `phone-codes-unavailable`, also when the sender fails: the code is then good for nobody, and counts all the same.
   */
  async send({ phone, purpose, locale, address }: CodeRequest): Promise<void> {
    this.requireSender();
    const { db, clock, config, sender } = this.#deps;
    const code = newCode();
    const now = clock.now();
    const refusal = await db.withTransaction({ name: 'send-phone-code' }, async (tx) => {
      const until = await this.#take(tx, phone, address, now);
      if (until) return tx.rollback(limited(until, now));
      const expiresAt = new Date(now.getTime() + config.codeTtlSeconds * 1000);
      await replaceCode(tx, this.#kept(phone, purpose, code), expiresAt);
      return undefined;
    });
    if (refusal) throw refusal;
    try {
      await sender.send({ phone, code, purpose, locale });
    } catch (error) {
      throw error instanceof AppError ? error : authErrors.phoneCodesUnavailable({ cause: error });
    }
  }

  /** Looks at a code without spending it; a wrong one counts against it. */
  try(phone: string, purpose: CodePurpose, code: string): Promise<boolean> {
    return tryCode(this.#deps.db, this.#kept(phone, purpose, code), this.#now);
  }

  /** Spends the code in the transaction of what it is for. False: somebody was quicker, or it is over by now. */
  spend(tx: Tx, phone: string, purpose: CodePurpose, code: string): Promise<boolean> {
    return spendCode(tx, this.#kept(phone, purpose, code), this.#now);
  }

  async removeExpired(signal: AbortSignal): Promise<void> {
    const { db, clock } = this.#deps;
    while ((await removeExpiredCodes(db, clock.now(), cleanupBatchMax)) === cleanupBatchMax)
      signal.throwIfAborted();
  }

  get #now() {
    const { clock, config } = this.#deps;
    return { now: clock.now(), triesMax: config.triesMax };
  }

  /** Counts one code for the phone and the address, or answers when both may have one. */
  async #take(tx: Tx, phone: string, address: string, now: Date): Promise<Date | undefined> {
    const { codesMax, addressCodesMax, windowSeconds, resendSeconds } = this.#deps.config;
    const ofPhone = { max: codesMax, windowSeconds, pauseSeconds: resendSeconds };
    const ofAddress = { max: addressCodesMax, windowSeconds, pauseSeconds: 0 };
    const counted: { key: Buffer; rule: AllowanceRule }[] = [
      { key: this.#key(`phone ${phone}`), rule: ofPhone },
      { key: this.#key(`address ${addressKey(address)}`), rule: ofAddress },
    ];
    const keys = counted.map(({ key }) => key);
    const sent = await lockAllowances(tx, keys, now);
    const ends = counted.flatMap(({ rule }, n) => freeAt(sent[n] ?? [], rule, now) ?? []);
    if (ends.length > 0) return new Date(Math.max(...ends.map((end) => end.getTime())));
    const expiresAt = new Date(now.getTime() + windowSeconds * 1000);
    for (const [n, { key, rule }] of counted.entries()) {
      const sentAt = [...countingAt(sent[n] ?? [], rule, now), now];
      await writeAllowance(tx, key, { sentAt, expiresAt });
    }
    return undefined;
  }

  #kept(phone: string, purpose: CodePurpose, code: string): KeptCode {
    return {
      phoneKey: this.#key(`phone ${phone}`),
      purpose,
      mac: this.#hmac(`code\n${phone}\n${purpose}\n${code}`),
    };
  }

  #key(name: string): Buffer {
    return this.#hmac(`key\n${name}`).subarray(0, keyBytes);
  }

  #hmac(text: string): Buffer {
    return createHmac('sha256', this.#deps.secret()).update('qingyu phone code v1\n').update(text).digest();
  }
}

function limited(until: Date, now: Date): AppError {
  const seconds = Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 1000));
  return authErrors.phoneCodeLimited({
    params: { seconds },
    retryAfterSeconds: seconds,
    extensions: { retryAt: until.toISOString() },
  });
}
