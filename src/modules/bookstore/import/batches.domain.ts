const rowsMax = 500;
const charactersMax = 1_000_000;

/** Runs of chapters that fit one statement, in order; a chapter over the limit is a run of its own. */
export function* batchesOf<C extends { readonly text: string }>(chapters: readonly C[]): Generator<C[]> {
  let batch: C[] = [];
  let characters = 0;
  for (const chapter of chapters) {
    if (batch.length === rowsMax || (batch.length > 0 && characters + chapter.text.length > charactersMax)) {
      yield batch;
      [batch, characters] = [[], 0];
    }
    batch.push(chapter);
    characters += chapter.text.length;
  }
  if (batch.length > 0) yield batch;
}
