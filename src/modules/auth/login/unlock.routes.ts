import Type from 'typebox';
import { actorOf } from '../../../platform/audit/index.js';
import { access, defineRoute, type Route } from '../../../platform/http/index.js';
import { authErrors } from '../auth.errors.js';
import type { LoginGuard } from './login-guard.js';

const UserParams = Type.Object({ id: Type.String({ format: 'uuid', description: 'Id of the user' }) });
const UnlockBody = Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' }) });
const Unlocked = Type.Object({
  unlocked: Type.Boolean({ description: 'Whether the sign-in of the account was locked' }),
});

export function unlockRoutes(guard: LoginGuard): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/admin/users/{id}/unlock-login',
      access: access.permission('user.ban'),
      summary: 'Let a user sign in again who failed too often',
      description: 'Ends the lock of the account and forgets its failures. A lock of an address stays.',
      params: UserParams,
      body: UnlockBody,
      example: {
        params: { id: '0198b3c8-1f3a-7c21-9d55-6f0a3c1b7e42' },
        body: { reason: '用户来电，已核对身份' },
      },
      responses: {
        200: { description: 'Nothing holds the account back', schema: Unlocked, example: { unlocked: true } },
      },
      errors: [authErrors.userNotFound],
      handler: (request) => guard.unlock(request.params.id, actorOf(request), request.body.reason),
    }),
  ];
}
