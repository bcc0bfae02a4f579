import Type from 'typebox';

const Moment = Type.Union([Type.String({ format: 'date-time' }), Type.Null()]);

export const Services = Type.Object({
  status: Type.Enum(['ready', 'degraded', 'not-ready', 'draining']),
  items: Type.Array(
    Type.Object({
      name: Type.String(),
      version: Type.String(),
      status: Type.Enum(['healthy', 'degraded', 'unhealthy']),
      detail: Type.Optional(Type.String()),
      note: Type.Optional(Type.String()),
      critical: Type.Boolean(),
      state: Type.Enum(['waiting', 'starting', 'running', 'failed', 'closing', 'closed']),
      latencyMs: Type.Number({ description: 'How long the last health check took' }),
      startedAt: Moment,
      uptimeSeconds: Type.Number(),
      checkedAt: Moment,
      restarts: Type.Integer({ description: 'Start attempts after the first one' }),
    }),
  ),
});

export const ConfigKeys = Type.Object({
  items: Type.Array(
    Type.Object({
      key: Type.String(),
      value: Type.Optional(Type.Unknown({ description: 'Absent when the key is not set' })),
      source: Type.String(),
      description: Type.String(),
      unit: Type.Optional(Type.String()),
    }),
  ),
});

export const ErrorParams = Type.Object({
  code: Type.String({ pattern: '^[a-z0-9-]{1,64}$', description: 'The `code` of a problem' }),
});

const Localized = Type.Object({ 'zh-CN': Type.String(), en: Type.String() });

export const ErrorPage = Type.Object({
  code: Type.String(),
  status: Type.Integer(),
  title: Localized,
  detail: Localized,
});
