import Type from 'typebox';

const serverConfig = Type.Object({
  host: Type.String({
    default: '127.0.0.1',
    minLength: 1,
    description: 'Address to listen on. `0.0.0.0` or `::` opens the server to the network.',
  }),
  port: Type.Integer({
    default: 8080,
    minimum: 0,
    maximum: 65_535,
    unit: 'TCP port',
    description: 'Port to listen on; 0 picks a free one.',
  }),
});

const dataConfig = Type.Object({
  dir: Type.String({
    default: 'data',
    minLength: 1,
    path: true,
    description: 'Folder of everything this installation keeps itself: embedded database, locks, uploads.',
  }),
});

const loggerConfig = Type.Object({
  format: Type.Enum(['json', 'pretty'], {
    default: 'json',
    description: '`json`: one object a line, for machines. `pretty`: for people, in development.',
  }),
  level: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
    default: 'info',
    description: 'Lines below this level are not written.',
  }),
});

const seedConfig = Type.Object({
  demo: Type.Boolean({
    default: true,
    description: 'Put the demo author, reader and book into an empty database.',
  }),
});

/** The sections of the platform that no engine of its own declares. */
export const platformSections = {
  server: serverConfig,
  data: dataConfig,
  logger: loggerConfig,
  seed: seedConfig,
};
