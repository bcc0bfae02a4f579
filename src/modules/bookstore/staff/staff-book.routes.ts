import Type from 'typebox';
import { actorOf } from '../../../platform/audit/index.js';
import { access, defineRoute, httpErrors, type Route } from '../../../platform/http/index.js';
import { authoringExamples as examples } from '../authoring/authoring.examples.js';
import { OwnBookParams, OwnBookSchema } from '../authoring/authoring.schema.js';
import { ownBookView } from '../authoring/authoring.views.js';
import { bookstoreErrors } from '../bookstore.errors.js';
import { bookStatuses } from '../bookstore.port.js';
import type { StaffBooks } from './staff-books.service.js';

const StaffEditBody = Type.Object(
  {
    vipLibrary: Type.Optional(
      Type.Boolean({ description: 'Whether its paid chapters are open to members with the library benefit' }),
    ),
    status: Type.Optional(Type.Enum(bookStatuses)),
    category: Type.Optional(
      Type.Union([Type.String({ maxLength: 60 }), Type.Null()], { description: 'Slug; `null`: none' }),
    ),
    version: Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: 'Of the edited state' }),
    reason: Type.String({ minLength: 1, maxLength: 1_000, description: 'Kept in the audit log' }),
  },
  { additionalProperties: false },
);

export function staffBookRoutes(books: StaffBooks): Route[] {
  return [
    defineRoute({
      method: 'PUT',
      path: '/admin/books/{id}',
      access: access.permission('book.manage'),
      summary: 'Decide about a book',
      description: 'VIP library, status and category; what is absent stays as it is.',
      params: OwnBookParams,
      body: StaffEditBody,
      example: {
        params: examples.bookParams,
        body: { vipLibrary: true, version: 1, reason: '编辑部推荐入库' },
      },
      responses: {
        200: { description: 'The book as it is now', schema: OwnBookSchema, example: examples.book },
      },
      errors: [bookstoreErrors.bookNotFound, bookstoreErrors.categoryUnknown, httpErrors.versionConflict],
      handler: async (request) => {
        const { params, body } = request;
        return ownBookView(await books.edit(params.id, body, actorOf(request)));
      },
    }),
  ];
}
