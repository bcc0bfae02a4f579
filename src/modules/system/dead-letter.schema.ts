import Type from 'typebox';
import { pageOf, pageQuery } from '../../platform/http/index.js';

const Moment = Type.String({ format: 'date-time' });
const HandlerName = Type.String({ pattern: '^[a-z][a-z0-9-]{0,99}$' });
const EventType = Type.String({ pattern: '^[a-z0-9-]{1,100}\\.[a-z0-9-]{1,100}$' });

export const DeadLetterQuery = pageQuery({
  handler: Type.Optional(Type.Intersect([HandlerName], { description: 'Only those of this handler' })),
  event: Type.Optional(Type.Intersect([EventType], { description: 'Only those of this type of event' })),
});

export const DeadLetterCursor = Type.Tuple([Type.Integer({ minimum: 0 }), HandlerName]);

export const DeadLetterParams = Type.Object({
  id: Type.String({
    pattern: '^[0-9]{1,15}-[a-z][a-z0-9-]{0,99}$',
    description: 'The `id` of a dead letter',
  }),
});

const DeadLetterItem = Type.Object({
  id: Type.String(),
  event: Type.String({ description: 'The type of the event' }),
  eventId: Type.String(),
  handler: Type.String({ description: 'The handler that the event never reached' }),
  aggregate: Type.Union([Type.String(), Type.Null()], {
    description: 'What the event is about; its later events have gone on',
  }),
  attempts: Type.Integer(),
  lastError: Type.String({ description: 'Why the last try failed' }),
  occurredAt: Moment,
  failedAt: Moment,
});

export const DeadLetterPage = pageOf(DeadLetterItem);
