import type { PaidNotice } from './recharge.domain.js';

/** A request of a provider, as it came. */
export interface ProviderCallback {
  readonly rawBody: Buffer;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly now: Date;
}

export interface PaymentOrder {
  readonly id: string;
  readonly amountFen: number;
  readonly expiresAt: Date;
}

export type ProviderNotice =
  | { readonly status: 'paid'; readonly notice: PaidNotice }
  /** Anything else that a provider tells of an order: nothing is credited, and a payment may still come. */
  | { readonly status: 'unpaid' };

/** Somebody who takes real money for us. */
export interface PaymentProvider {
  /** `sandbox`: part of the address of its callback. */
  readonly name: string;
  /** Where the payer pays. Called after the order is committed, again for a repetition; it has one answer. */
  checkout(order: PaymentOrder): Promise<{ readonly payUrl: string }>;
  /** Undefined for what the provider did not sign, or not just now: it is refused without a word why. */
  read(callback: ProviderCallback): ProviderNotice | undefined;
}
