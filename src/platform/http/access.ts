/** Who may call a route (`public` never looks at a token). Every route declares one; a route without it fails the boot. */
export type Access =
  | { readonly kind: 'public' }
  /** Anyone; a caller who signed in is known. A bad token is refused, never taken for a guest. */
  | { readonly kind: 'guest' }
  /** Anyone signed in. */
  | { readonly kind: 'user' }
  /**
   * Anyone signed in, about a thing of their own: for somebody else's (or none) it answers 404.
   * `param` is the path parameter that names the thing.
   */
  | { readonly kind: 'owner'; readonly param: string }
  /** Signed in and holding the permission `area.action`. */
  | { readonly kind: 'permission'; readonly permission: string }
  /** A program of this machine that can read the control token in the data folder. */
  | { readonly kind: 'control' };

export const access = {
  public: { kind: 'public' },
  guest: { kind: 'guest' },
  user: { kind: 'user' },
  control: { kind: 'control' },
  owner: <const P extends string>(param: P) => ({ kind: 'owner', param }) as const,
  permission: <const P extends string>(permission: P) => ({ kind: 'permission', permission }) as const,
} as const;

/** `*` and `area.*` match. */
export function permits(held: readonly string[], wanted: string): boolean {
  const area = wanted.slice(0, wanted.indexOf('.'));
  return held.some((p) => p === '*' || p === wanted || p === `${area}.*`);
}
