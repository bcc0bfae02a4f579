import Type, { type Static } from 'typebox';

const coins = (value: number, maximum: number, description: string) =>
  Type.Integer({ default: value, minimum: 0, maximum, unit: 'coins', description });

const recharge = Type.Object(
  {
    tiers: Type.Array(
      Type.Object({
        yuan: Type.Integer({ minimum: 1, maximum: 50_000 }),
        bonusCoins: Type.Integer({ minimum: 0, maximum: 5_000_000 }),
      }),
      {
        default: [
          { yuan: 10, bonusCoins: 0 },
          { yuan: 30, bonusCoins: 0 },
          { yuan: 50, bonusCoins: 0 },
          { yuan: 100, bonusCoins: 0 },
          { yuan: 500, bonusCoins: 5_000 },
        ],
        maxItems: 20,
        unit: 'yuan, bonus coins',
        description:
          'What is offered: so many yuan buy 100 coins each, and bring so many bonus coins. Any other whole yuan brings none.',
      },
    ),
    yuanMin: Type.Integer({
      default: 1,
      minimum: 1,
      maximum: 50_000,
      unit: 'yuan',
      description: 'Smallest recharge.',
    }),
    yuanMax: Type.Integer({
      default: 50_000,
      minimum: 1,
      maximum: 1_000_000,
      unit: 'yuan',
      description: 'Largest recharge.',
    }),
    firstBonusCoinsMax: coins(10_000, 10_000_000, 'The first recharge is doubled up to so many bonus coins.'),
    orderMinutes: Type.Integer({
      default: 30,
      minimum: 1,
      maximum: 1440,
      unit: 'minutes',
      description: 'An order that is not paid by then expires.',
    }),
    callbackSkewSeconds: Type.Integer({
      default: 300,
      minimum: 1,
      maximum: 3600,
      unit: 's',
      description: 'A callback whose signed moment is further away than this is refused.',
    }),
  },
  { additionalProperties: false },
);

const sandbox = Type.Object(
  {
    enabled: Type.Boolean({
      default: true,
      description: 'The payment provider `sandbox`, by which nobody pays anything. Off in production.',
    }),
    secret: Type.Optional(
      Type.String({
        secret: true,
        minLength: 16,
        description: 'Signs the callbacks of the sandbox. Absent: each instance makes one at its start.',
      }),
    ),
  },
  { additionalProperties: false },
);

const transfer = Type.Object(
  {
    coinsMax: coins(100_000, 1_000_000_000, 'Largest transfer from one user to another.'),
    dailyCoinsMax: coins(200_000, 1_000_000_000, 'All transfers of a user on one day (Shanghai).'),
  },
  { additionalProperties: false },
);

const withdrawal = Type.Object(
  {
    coinsMin: coins(10_000, 1_000_000_000, 'Smallest withdrawal.'),
    feePercent: Type.Integer({
      default: 2,
      minimum: 0,
      maximum: 100,
      unit: 'percent',
      description: 'Fee of a withdrawal, rounded up to the coin.',
    }),
    signedFeePercent: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: 100,
      unit: 'percent',
      description: 'The same for signed and master authors.',
    }),
    twoReviewersCoins: coins(500_000, 1_000_000_000, 'From here on two different reviewers must approve.'),
    payoutDays: Type.Integer({
      default: 1,
      minimum: 0,
      maximum: 30,
      unit: 'days',
      description: 'Paid out no earlier than so many days (Shanghai) after the request: T+1.',
    }),
  },
  { additionalProperties: false },
);

const holds = Type.Object(
  {
    sweepIntervalSeconds: Type.Integer({
      default: 30,
      minimum: 1,
      maximum: 3600,
      unit: 's',
      description: 'From one search for ended holds and orders to the next, in the whole cluster.',
    }),
  },
  { additionalProperties: false },
);

export const walletConfig = Type.Object(
  {
    transferEnabled: Type.Boolean({
      default: false,
      description: 'Whether users may send paid coins to each other.',
    }),
    ...{ recharge, sandbox, transfer, withdrawal, holds },
  },
  { additionalProperties: false },
);

export type WalletConfig = Static<typeof walletConfig>;
