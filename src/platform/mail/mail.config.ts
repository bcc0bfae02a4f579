import Type, { type Static } from 'typebox';

export const mailConfig = Type.Object(
  {
    transport: Type.Enum(['file'], {
      default: 'file',
      description:
        'How mail leaves. `file`: it does not, each mail is written to a file in the folder `mail` of the data folder.',
    }),
    from: Type.String({
      default: 'no-reply@localhost.localdomain',
      minLength: 3,
      maxLength: 254,
      description: 'Address that mail comes from.',
    }),
    fromName: Type.String({
      default: '青羽',
      maxLength: 100,
      description: 'Name that stands before that address.',
    }),
    filesMax: Type.Integer({
      default: 1000,
      minimum: 1,
      maximum: 100_000,
      unit: 'files',
      description: 'Mails kept as files; beyond it the oldest is removed.',
    }),
    messageBytesMax: Type.Integer({
      default: 1_048_576,
      minimum: 1024,
      maximum: 26_214_400,
      unit: 'bytes',
      description: 'Text and HTML of one mail together; a larger one is refused.',
    }),
  },
  { additionalProperties: false },
);

export type MailConfig = Static<typeof mailConfig>;
