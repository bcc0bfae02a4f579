import Type from 'typebox';

const passwordMax = 256;
/** Room for six digits, or a recovery code with its hyphens. */
const code = (description: string) => Type.String({ minLength: 1, maxLength: 32, description });
const password = Type.String({ maxLength: passwordMax, description: 'The current password' });

const TotpCode = code('The six digits that the authenticator app shows now');
export const AnyCode = code('The six digits of the authenticator app, or a recovery code');

export const TotpSetupBody = Type.Object({
  password: Type.Optional(
    Type.String({
      maxLength: passwordMax,
      description: 'Needed while there is no second factor; later a step-up is',
    }),
  ),
});

export const TotpBody = Type.Object({ totp: TotpCode });

export const TotpDisableBody = Type.Object(
  { password, totp: Type.Optional(TotpCode), recoveryCode: Type.Optional(code('One that was not used yet')) },
  { minProperties: 2, maxProperties: 2, description: 'With the code of the app, or with a recovery code' },
);

export const TotpStatusAnswer = Type.Object({
  enabled: Type.Boolean(),
  recoveryCodesLeft: Type.Integer({ minimum: 0 }),
});

export const TotpSetupAnswer = Type.Object({
  secret: Type.String({ description: 'Base32, to be typed into an app' }),
  uri: Type.String({ description: 'otpauth:// for a QR code' }),
  expiresAt: Type.String({ format: 'date-time', description: 'To be enabled before' }),
});

export const RecoveryCodesAnswer = Type.Object({
  recoveryCodes: Type.Array(Type.String(), {
    description: 'Each stands in for one code of the app, once. Shown this once: nobody can read them again',
  }),
});

export const StepUpAnswer = Type.Object({
  validUntil: Type.String({ format: 'date-time', description: 'From then on the next code is needed' }),
});

const totp = '492039';
const recoveryCodes = ['ABCD-EFGH-IJKL-MNOP', 'QRST-UVWX-YZ23-4567'];

export const totpExamples = {
  status: { enabled: true, recoveryCodesLeft: 10 },
  setup: { password: 'zang-hua-yin-27' },
  pending: {
    secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
    uri: 'otpauth://totp/%E9%9D%92%E7%BE%BD:lin_daiyu?issuer=%E9%9D%92%E7%BE%BD&secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&algorithm=SHA1&digits=6&period=30',
    expiresAt: '2025-08-16T12:11:00.000Z',
  },
  code: { totp },
  recoveryCodes: { recoveryCodes },
  disable: { password: 'zang-hua-yin-27', totp },
  steppedUp: { validUntil: '2025-08-16T12:11:00.000Z' },
};
