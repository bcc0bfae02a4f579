import Type from 'typebox';

const slug = Type.String({
  pattern: '^[a-z0-9]+(-[a-z0-9]+)*$',
  maxLength: 40,
  description: 'What books and filters name it by; never changes',
});
/** Something to read, without control characters. */
const name = Type.String({
  minLength: 1,
  maxLength: 40,
  pattern: '^[^\\s\\x00-\\x1f\\x7f]([^\\x00-\\x1f\\x7f]*[^\\s\\x00-\\x1f\\x7f])?$',
});
const names = Type.Object({ 'zh-CN': name, en: name }, { additionalProperties: false });
const position = Type.Integer({ minimum: 0, maximum: 1_000_000, description: 'The lowest comes first' });

export const CategorySchema = Type.Object(
  { slug, names, position, version: Type.Integer({ description: 'Sent back with an edit' }) },
  { title: 'Category' },
);
export const CategoryList = Type.Object({ items: Type.Array(CategorySchema) });
export const NewCategory = Type.Object({ slug, names, position }, { additionalProperties: false });
export const CategoryEditBody = Type.Object(
  {
    slug,
    names: Type.Optional(
      Type.Object({ 'zh-CN': Type.Optional(name), en: Type.Optional(name) }, { additionalProperties: false }),
    ),
    position: Type.Optional(position),
    version: Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: 'Of the edited state' }),
  },
  { additionalProperties: false },
);
