import Type, { type Static } from 'typebox';

const ms = (value: number, description: string, maximum = 3_600_000) =>
  Type.Integer({ default: value, minimum: 0, maximum, unit: 'ms', description });

export const httpConfig = Type.Object({
  bodyLimitBytes: Type.Integer({
    default: 262_144,
    minimum: 1_024,
    maximum: 104_857_600,
    unit: 'bytes',
    description: 'Largest request body of a route that does not state its own limit.',
  }),
  requestTimeoutMs: ms(60_000, 'From the first byte of a request to its last; slower clients are cut off.'),
  headersTimeoutMs: ms(15_000, 'From the first byte of a request to the end of its headers.'),
  handlerTimeoutMs: ms(30_000, 'From a request to its answer, streams excepted; 503 afterwards.'),
  keepAliveTimeoutMs: ms(
    72_000,
    'An idle connection is closed after this; keep it above the balancer’s own.',
  ),
  maxConnections: Type.Integer({
    default: 10_000,
    minimum: 1,
    maximum: 1_000_000,
    unit: 'connections',
    description: 'Connections beyond this are refused by the process.',
  }),
  maxEventLoopDelayMs: ms(
    1_000,
    'Requests are shed with 503 while the event loop lags by more; 0 never sheds.',
  ),
  corsOrigins: Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
    default: [],
    maxItems: 100,
    description: 'Origins of web pages that may call the API, such as `https://www.example.com`.',
  }),
  trustedProxies: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
    default: [],
    maxItems: 100,
    description: 'Addresses or CIDR ranges of proxies whose X-Forwarded-For is believed.',
  }),
  rateLimitEnabled: Type.Boolean({
    default: true,
    description: 'Refuse requests beyond the limits of `rateLimits` with 429.',
  }),
  defaultLanguage: Type.Enum(['zh-CN', 'en'], {
    default: 'zh-CN',
    description: 'Language of problems for a request without a usable Accept-Language.',
  }),
  slowRequestMs: ms(1_000, 'A request that takes longer is logged as a warning.'),
  exportSecondsMax: Type.Integer({
    default: 600,
    minimum: 1,
    maximum: 86_400,
    unit: 's',
    description: 'An export is cut off after this, however slowly it is read.',
  }),
  exportsMax: Type.Integer({
    default: 3,
    minimum: 1,
    maximum: 100,
    unit: 'exports',
    description: 'Exports that one instance serves at once; further ones are refused with 503.',
  }),
  drainPauseMs: ms(0, 'Between "not ready" and the end of accepting, so that balancers notice.', 60_000),
  streamDeadlineMs: ms(5_000, 'What a running event stream gets, at a stop, to end by itself.', 20_000),
});

export type HttpConfig = Static<typeof httpConfig>;
