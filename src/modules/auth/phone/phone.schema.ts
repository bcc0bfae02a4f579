import Type from 'typebox';
import { signInMembers } from '../auth.schema.js';
import { codePurposes } from './session-code.js';

const Phone = Type.String({
  minLength: 1,
  maxLength: 32,
  description: 'A mobile number of mainland China, or a number with its country code (E.164)',
});
const Code = Type.String({ pattern: '^[0-9]{6}$', description: 'The six digits that were sent' });

export const PhoneCodeBody = Type.Object({
  phone: Phone,
  purpose: Type.Optional(
    Type.Enum(codePurposes, { description: '`sign-in` when absent; a code is good for its purpose only' }),
  ),
});

export const PhoneCodeAnswer = Type.Object({
  expiresIn: Type.Integer({ description: 'Life of the code, seconds' }),
  retryAfter: Type.Integer({ description: 'Seconds until this phone may get another one' }),
});

export const PhoneLoginBody = Type.Object({ phone: Phone, code: Code, ...signInMembers });
export const BindPhoneBody = Type.Object({ phone: Phone, code: Code });
export const UnbindPhoneBody = Type.Object({ code: Code });
export const BoundPhone = Type.Object({
  phone: Type.Union([Type.String({ description: 'E.164' }), Type.Null()]),
});
