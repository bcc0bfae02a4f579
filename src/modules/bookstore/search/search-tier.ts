/** How well a book matches, the best first. Each tier leaves out what those before it find. */
export const searchTiers = ['exact-title', 'title', 'names', 'whole'] as const;
export type SearchTier = (typeof searchTiers)[number];
