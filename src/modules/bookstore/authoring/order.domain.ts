/** A draft and the place it holds; a list of them is in the order of their numbers. */
export interface Place {
  readonly id: string;
  readonly number: number;
}

/** What changes when the draft `id` goes to the place `number`; undefined when no draft of `drafts` holds that place. */
export function moved(drafts: readonly Place[], id: string, number: number): Place[] | undefined {
  const to = drafts.findIndex((draft) => draft.number === number);
  if (to < 0) return undefined;
  const order = drafts.filter((draft) => draft.id !== id).map((draft) => draft.id);
  order.splice(to, 0, id);
  return changes(drafts, order);
}

/** What changes when the draft `id` goes away: the drafts behind it close up over the places that drafts hold. */
export function closedUp(drafts: readonly Place[], id: string): Place[] {
  return changes(
    drafts,
    drafts.filter((draft) => draft.id !== id).map((draft) => draft.id),
  );
}

function changes(drafts: readonly Place[], order: readonly string[]): Place[] {
  return order.flatMap((id, i) => {
    const place = drafts[i] as Place;
    return place.id === id ? [] : [{ id, number: place.number }];
  });
}
