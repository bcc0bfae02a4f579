import { type EventHandler, onEvent } from '../../../platform/events/index.js';
import { chapterDue } from '../bookstore.events.js';
import type { Publishing } from './publishing.service.js';

export function authoringHandlers(publishing: Publishing): EventHandler[] {
  return [
    onEvent({
      event: chapterDue,
      name: 'settle-scheduled-chapter',
      handle: (tx, { payload }) => publishing.settle(tx, payload),
    }),
  ];
}
