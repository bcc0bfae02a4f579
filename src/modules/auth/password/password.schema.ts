import Type from 'typebox';

const textMax = 256;
/** Where an operation asks for it again. */
export const proofPassword = Type.Optional(
  Type.String({
    maxLength: textMax,
    description: 'The current password. Absent for an account that has none: then the sign-in must be recent',
  }),
);
const newPassword = Type.String({
  maxLength: textMax,
  description: 'At least a letter and a digit, and not a common one',
});
export const linkToken = Type.String({
  maxLength: textMax,
  description: 'What follows `#token=` in the link',
});

export const PasswordChangeBody = Type.Object({
  current: proofPassword,
  next: newPassword,
});

export const PasswordForgotBody = Type.Object({
  login: Type.String({ maxLength: textMax, description: 'Username or e-mail address' }),
});

export const PasswordResetBody = Type.Object({ token: linkToken, password: newPassword });

export const IssueResetBody = Type.Object({
  reason: Type.String({
    minLength: 1,
    maxLength: 500,
    pattern: '^[^\\u0000-\\u001f\\u007f]*$',
    description: 'Kept in the audit log',
  }),
});

export const IssueResetParams = Type.Object({
  id: Type.String({ format: 'uuid', description: 'Id of the user' }),
});

/** Says nothing about who has an account. */
export const AcceptedAnswer = Type.Object({ accepted: Type.Literal(true) });

export const IssueResetAnswer = Type.Object({
  url: Type.String({ description: 'To hand over to the user; good once' }),
  token: Type.String({ description: 'The secret part of it' }),
  expiresAt: Type.String({ format: 'date-time' }),
});

const token = 'AZizyVoQfwKMPh0rSm-AkTw5sFq8yN2vYxKc7dLr0mJhTgBzQ1uWeR4aP6iSjXoV';

export const passwordExamples = {
  change: { current: 'zang-hua-yin-27', next: 'zang-hua-yin-28' },
  forgot: { login: 'lin_daiyu' },
  accepted: { accepted: true },
  reset: { token, password: 'zang-hua-yin-28' },
  issueParams: { id: '0198b3c8-1f3a-7c21-9d55-6f0a3c1b7e42' },
  issue: { reason: '本人到柜台核验身份' },
  issued: {
    url: `https://novel.example/reset-password#token=${token}`,
    token,
    expiresAt: '2025-08-16T13:01:00.000Z',
  },
};
