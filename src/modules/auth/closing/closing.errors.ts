import { defineErrors } from '../../../platform/errors/index.js';

export const closingErrors = defineErrors({
  staffCannotClose: {
    code: 'staff-cannot-close',
    status: 409,
    title: { 'zh-CN': '员工账号不能注销', en: 'A staff account cannot be closed' },
    detail: {
      'zh-CN': '账号持有员工角色（{roles}），不能自行注销。请先由管理员收回这些角色。',
      en: 'The account holds roles of the staff ({roles}) and cannot be closed by itself. Have an admin take them away first.',
    },
  },
  accountInUse: {
    code: 'account-in-use',
    status: 409,
    title: { 'zh-CN': '账号暂时不能注销', en: 'The account cannot be closed yet' },
    detail: {
      'zh-CN': '还有未完成的事项，详见 obstacles。处理完后再注销。',
      en: 'Something is still under way; `obstacles` says what. Settle it, then close the account.',
    },
  },
});
