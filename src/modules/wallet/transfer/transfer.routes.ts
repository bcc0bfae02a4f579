import Type from 'typebox';
import { access, defineRoute, type Route } from '../../../platform/http/index.js';
import { walletErrors } from '../wallet.errors.js';
import type { TransferService } from './transfer.service.js';

const uuid = Type.String({ format: 'uuid' });
const exampleId = '0198c5a4-9a10-7f00-8000-5d2f7c1b2a33';

export function transferRoutes(transfers: TransferService): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/wallet/transfers',
      access: access.user,
      idempotent: true,
      summary: 'Send paid coins to another user',
      description: 'Only where the installation enables it.',
      body: Type.Object({
        toUserId: uuid,
        amount: Type.Integer({ description: 'Coins' }),
        note: Type.Optional(Type.String({ maxLength: 200, description: 'Told to whoever gets them' })),
      }),
      example: { body: { toUserId: exampleId, amount: 100, note: '谢谢' } },
      responses: {
        201: {
          description: 'They are there',
          schema: Type.Object({ transactionId: uuid, toUserId: uuid, amount: Type.Integer() }),
          example: { transactionId: exampleId, toUserId: exampleId, amount: 100 },
        },
      },
      errors: [
        walletErrors.transfersDisabled,
        walletErrors.transferRecipient,
        walletErrors.transferLimit,
        walletErrors.amountInvalid,
        walletErrors.insufficientBalance,
        walletErrors.walletLocked,
      ],
      handler: ({ caller, body, once }) => transfers.send(caller.userId, body, once),
    }),
  ];
}
