import type { ApiClient } from './api-client.js';

const password = 'a-Long-passw0rd';
let users = 0;

export interface SignedInUser {
  readonly userId: string;
  readonly username: string;
  readonly password: string;
  readonly token: string;
  readonly refreshToken: string;
}

/** A reader with an account and a session of its own, come by them as everybody does. */
export async function newUser(api: ApiClient): Promise<SignedInUser> {
  users += 1;
  const username = `reader_${process.pid}_${users}`;
  const registered = await api.post('/auth/register', { body: { username, password } });
  if (registered.status !== 201) throw new Error(`no account: ${JSON.stringify(registered.body)}`);
  const { accessToken, refreshToken, user } = await api.login(username, password);
  return { userId: user.id, username, password, token: accessToken, refreshToken };
}

/** The form of an import: a text file, as an author sends it. */
export function importForm(text: string): FormData {
  const form = new FormData();
  form.append('file', new Blob([text], { type: 'text/plain' }), 'novel.txt');
  return form;
}

export interface ImportedBook {
  readonly bookId: string;
  readonly title: string;
  readonly chapters: number;
}

/** A book on the shelf, by the author of this token; the first chapters are free. */
export async function newBook(api: ApiClient, token: string, text = novel(6)): Promise<ImportedBook> {
  const answer = await api.post('/author/books/import', { token, form: importForm(text) });
  if (answer.status !== 201) throw new Error(`no book: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** A novel of so many chapters of so many characters each. */
export function novel(chapters: number, characters = 1_000, front = '书名：夜渡\n作者：陈一\n\n'): string {
  const text = '雨停的时候天已经黑了他把伞收起来站在码头上看那条船'
    .repeat(Math.ceil(characters / 25))
    .slice(0, characters);
  return (
    front + Array.from({ length: chapters }, (_, i) => `第${i + 1}章 名${i + 1}\n　　${text}`).join('\n')
  );
}
