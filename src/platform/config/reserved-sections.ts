import Type from 'typebox';

const notYet = 'Reserved: accepted and reported at the start, but without effect in this release.';

/**
 * Keys whose names are fixed and whose parts are not built yet, so that one installation's environment
 * fits this release and the next.
 */
export const reservedSections = {
  alerts: Type.Object({
    webhookToken: Type.Optional(
      Type.String({
        secret: true,
        minLength: 1,
        description: `Bearer token of the alert webhook. ${notYet}`,
      }),
    ),
  }),
};

/** The reserved keys that somebody has set. */
export function reservedKeysSet(sources: Readonly<Record<string, string>>): string[] {
  const names = Object.entries(reservedSections).flatMap(([section, { properties }]) =>
    Object.keys(properties).map((key) => `${section}.${key}`),
  );
  return names.filter((name) => {
    return !['not set', 'default', 'config/default.yaml'].includes(sources[name] ?? 'not set');
  });
}
