import { createHmac, timingSafeEqual } from 'node:crypto';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { apiBase } from '../../../platform/http/index.js';
import type { PaymentOrder, PaymentProvider, ProviderCallback, ProviderNotice } from './payment-provider.js';

const noticeSchema = Type.Object({
  paymentId: Type.String({ minLength: 1, maxLength: 100 }),
  orderId: Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' }),
  amountFen: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  status: Type.Enum(['paid', 'failed']),
});

interface SandboxOptions {
  readonly secret: string;
  readonly callbackSkewSeconds: number;
}

const signatureHeader = 'x-sandbox-signature';
const timestampHeader = 'x-sandbox-timestamp';

/** A provider by which nobody pays: its callbacks are those of a real one, over HTTP and signed. */
export class SandboxProvider implements PaymentProvider {
  readonly name = 'sandbox';
  readonly #options: SandboxOptions;

  constructor(options: SandboxOptions) {
    this.#options = options;
  }

  async checkout({ id }: PaymentOrder): Promise<{ payUrl: string }> {
    return { payUrl: `${apiBase}/payments/sandbox/${id}/pay` };
  }

  /** HMAC-SHA-256 over the moment (Unix seconds) and the very bytes of the body. */
  sign(rawBody: Buffer, timestamp: string): string {
    const hmac = createHmac('sha256', this.#options.secret);
    return hmac.update(`${timestamp}.`).update(rawBody).digest('hex');
  }

  /** Headers and body of the callback that tells of a payment. */
  callbackFor(notice: { paymentId: string; orderId: string; amountFen: number; status?: string }, now: Date) {
    const body = JSON.stringify({ status: 'paid', ...notice });
    const timestamp = String(Math.floor(now.getTime() / 1000));
    const headers = {
      'content-type': 'application/json',
      [timestampHeader]: timestamp,
      [signatureHeader]: this.sign(Buffer.from(body), timestamp),
    };
    return { body, headers };
  }

  read({ rawBody, headers, now }: ProviderCallback): ProviderNotice | undefined {
    const [timestamp, signature] = [headers[timestampHeader], headers[signatureHeader]];
    if (typeof timestamp !== 'string' || typeof signature !== 'string') return undefined;
    if (!isRecent(timestamp, now, this.#options.callbackSkewSeconds)) return undefined;
    if (!isSame(signature, this.sign(rawBody, timestamp))) return undefined;
    const told = parse(rawBody);
    if (!Value.Check(noticeSchema, told)) return undefined;
    const { paymentId, orderId, amountFen, status } = told;
    return status === 'paid' ? { status, notice: { paymentId, orderId, amountFen } } : { status: 'unpaid' };
  }
}

function isRecent(timestamp: string, now: Date, skewSeconds: number): boolean {
  return /^\d{1,12}$/.test(timestamp) && Math.abs(now.getTime() / 1000 - Number(timestamp)) <= skewSeconds;
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function parse(rawBody: Buffer): unknown {
  try {
    return JSON.parse(rawBody.toString('utf8'));
  } catch {
    return undefined;
  }
}
