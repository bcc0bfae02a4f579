export const demoBook = {
  category: '悬疑',
  tags: ['江湖'],
  status: 'serialising',
  text: '第一章 x\n文',
} as const;
