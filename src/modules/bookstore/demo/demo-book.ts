import type { BookTraits } from '../import/import.service.js';
import { lampAtTheFerry } from './lamp-at-the-ferry.js';

interface DemoText extends BookTraits {
  readonly text: string;
}

export const demoBook: DemoText = {
  text: lampAtTheFerry,
  category: 'mystery',
  tags: ['江湖', '成长'],
  status: 'completed',
};
