declare const shape: unique symbol;

/**
 * A typed token for something one part needs and another provides. The value is the token, the type
 * is the interface: `export const Quota = port<QuotaPort>('quota')`.
 *
 * A port with `whenAbsent` may go unprovided: whoever needs it then gets that object. It is how a
 * consumer states a policy's default, and how an optional dependency answers "unavailable" instead
 * of being undefined.
 */
export interface Port<T> {
  readonly name: string;
  readonly whenAbsent?: T;
  readonly [shape]?: T;
}

// biome-ignore lint/suspicious/noExplicitAny: a set of ports is heterogeneous; each keeps its own type.
export type Ports = Readonly<Record<string, Port<any>>>;

export type Implementations<P extends Ports> = {
  readonly [K in keyof P]: P[K] extends Port<infer T> ? T : never;
};

export function port<T>(name: string, options: { whenAbsent?: T } = {}): Port<T> {
  return Object.freeze({ name, ...options });
}
