// Which file may import which. Arrows run down only: main -> app -> flows -> modules/*/index -> platform.
// `comment` is what the offender reads: it says what to do instead.

const tests = '\\.test\\.ts$|/tests/|^src/testing/';
const npm = (names) => `(^|node_modules/)(${names})(/|$)`;

export const rules = [
  {
    name: 'no-circles',
    comment:
      'Move what both need into a third file, or let the consumer own a port that the other implements.',
    from: { path: '^src/' },
    to: { circular: true },
  },
  {
    name: 'platform-knows-no-module',
    comment:
      'platform/ serves any application: take what differs as a parameter, or declare a port in platform/.',
    from: { path: '^src/platform/', pathNot: tests },
    to: { path: '^src/(modules|flows|cli)/|^src/[^/]+\\.ts$' },
  },
  {
    name: 'kernel-is-the-lowest',
    comment: 'Everything rests on platform/kernel: it may import nothing else of src.',
    from: { path: '^src/platform/kernel/', pathNot: tests },
    to: { path: '^src/', pathNot: '^src/platform/kernel/' },
  },
  {
    name: 'module-is-the-top-of-platform',
    comment:
      'defineModule sits above the other platform folders: hand them plain values (a list of routes, a schema).',
    from: { path: '^src/platform/(?!module/|kit/)', pathNot: tests },
    to: { path: '^src/platform/(module|kit)/' },
  },
  {
    name: 'platform-only-through-index',
    comment: 'Import another platform folder through its index.js, and export there what others may use.',
    from: { path: '^src/platform/([^/]+)/' },
    to: { path: '^src/platform/[^/]+/(?!index\\.ts$)', pathNot: '^src/platform/$1/' },
  },
  {
    name: 'platform-only-through-index-from-above',
    comment: 'Import a platform folder through its index.js, and export there what others may use.',
    from: { path: '^src/(?!platform/)' },
    to: { path: '^src/platform/[^/]+/(?!index\\.ts$)' },
  },
  {
    name: 'modules-only-through-index',
    comment:
      'A module shows others only its port and types, in index.ts; a change of two modules belongs into flows/.',
    from: { path: '^src/modules/([^/]+)/' },
    to: { path: '^src/modules/[^/]+/(?!index\\.ts$)', pathNot: '^src/modules/$1/' },
  },
  {
    name: 'modules-only-through-index-from-above',
    comment:
      'Import a module through modules/<name>/index.js; what is not exported there is its own business.',
    from: { path: '^src/(?!modules/)' },
    to: { path: '^src/modules/[^/]+/(?!index\\.ts$)' },
  },
  {
    name: 'modules-know-nothing-above',
    comment:
      'A module is used by flows, app and cli, never the other way round: declare a port that they bind.',
    from: { path: '^src/modules/', pathNot: tests },
    to: { path: '^src/(flows|cli)/|^src/[^/]+\\.ts$' },
  },
  {
    name: 'flows-know-nothing-above',
    comment: 'A flow composes ports of modules; what it needs of the application comes in as a port.',
    from: { path: '^src/flows/', pathNot: tests },
    to: { path: '^src/cli/|^src/[^/]+\\.ts$' },
  },
  {
    name: 'app-knows-neither-main-nor-cli',
    comment:
      'app.ts and modules.ts describe the application; main.ts and cli/ run it and are imported by nobody.',
    from: { path: '^src/(app|modules)\\.ts$' },
    to: { path: '^src/main\\.ts$|^src/cli/' },
  },
  {
    name: 'routes-never-import-repositories',
    comment: 'A route is schema + one service call + return: put the query behind a method of the service.',
    from: { path: '\\.routes\\.ts$' },
    to: { path: '\\.(repository|tables)\\.ts$|^src/platform/database/' },
  },
  {
    name: 'domain-does-no-io',
    comment:
      'A *.domain.ts is pure: pass in what it decides about, let the service read, write and ask the clock.',
    from: { path: '\\.domain\\.ts$' },
    to: {
      path:
        '\\.(repository|tables|service|routes|module)\\.ts$|^src/platform/(?!kernel/|errors/)' +
        `|^(node:)?(fs|net|http|https|http2|tls|dns|dgram|child_process|worker_threads|cluster|timers|process)(/|$)|${npm('kysely|pg|@electric-sql|ioredis|fastify|undici')}`,
    },
  },
  {
    name: 'sql-driver-in-one-place',
    comment: 'Only platform/database opens connections: use Database and Tx from platform/database/index.js.',
    from: { path: '^src/', pathNot: '^src/platform/database/|^src/testing/database' },
    to: { path: npm('pg|pg-[a-z-]+|@electric-sql') },
  },
  {
    name: 'sql-only-in-repositories',
    comment: 'Queries live in *.repository.ts, their tables in *.tables.ts: add a method there and call it.',
    from: {
      path: '^src/',
      pathNot: '^src/platform/database/|^src/testing/database|\\.(repository|tables)\\.ts$',
    },
    to: { path: npm('kysely') },
  },
  {
    name: 'redis-client-in-one-place',
    comment: 'Only platform/redis talks to Redis: use the capability (cache, limiter, lease) that you need.',
    from: { path: '^src/', pathNot: '^src/platform/redis/' },
    to: { path: npm('ioredis|redis') },
  },
  {
    name: 'files-in-one-place',
    comment: 'Only platform/files opens files: use its functions, or add the one you need there.',
    from: { path: '^src/', pathNot: `^src/platform/files/|${tests}` },
    to: { path: '^(node:)?fs(/promises)?$' },
  },
  {
    name: 'runtime-imports-no-tests',
    comment:
      'The code that runs must work without the tests: move the shared part out of src/testing or tests/.',
    from: { path: '^src/', pathNot: tests },
    to: { path: tests },
  },
  {
    name: 'nobody-imports-benchmarks',
    comment:
      'bench/ measures src/: move what both need into src/, or into src/testing/ if only they need it.',
    from: { path: '^src/' },
    to: { path: '^bench/' },
  },
  {
    name: 'runtime-needs-no-dev-dependency',
    comment: 'A package that the platform needs to run belongs into "dependencies" of package.json.',
    from: { path: '^src/', pathNot: tests },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'imports-exist',
    comment: 'The file or package is not there: mind the `.js` at the end, or install what is missing.',
    from: { path: '^src/' },
    to: { couldNotResolve: true },
  },
].map((rule) => ({ severity: 'error', ...rule }));
