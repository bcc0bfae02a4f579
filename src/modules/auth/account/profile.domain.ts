const charactersMax = 30;
/** What breaks lines or turns text around: a nickname stands in the middle of other people's text. */
const forbidden = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;
/** What can be seen; marks and joiners alone cannot. */
const visible = /[^\p{Z}\p{Cf}\p{M}]/u;

/** A nickname as it is kept, composed and without spaces around it; undefined for what can be none. */
export function nicknameOf(text: string): string | undefined {
  const nickname = text.normalize('NFC').trim();
  const fits = [...nickname].length <= charactersMax && !forbidden.test(nickname) && visible.test(nickname);
  return fits ? nickname : undefined;
}

/** The canonical spelling of a BCP 47 tag; undefined for what is none. */
export function localeOf(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    return undefined;
  }
}
