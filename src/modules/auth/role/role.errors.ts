import { defineErrors } from '../../../platform/errors/index.js';

/** Why a role cannot be made, changed, removed or given. */
export const roleErrors = defineErrors({
  roleNotFound: {
    code: 'role-not-found',
    status: 404,
    title: { 'zh-CN': '没有这个角色', en: 'No such role' },
    detail: {
      'zh-CN': '没有名为 {role} 的角色。请从角色列表中选择。',
      en: 'There is no role {role}. Pick one from the list of roles.',
    },
  },
  roleUnknown: {
    code: 'role-unknown',
    status: 400,
    title: { 'zh-CN': '角色不存在', en: 'A role does not exist' },
    detail: {
      'zh-CN': '以下角色不存在：{roles}。请从角色列表中选择。',
      en: 'These roles do not exist: {roles}. Pick from the list of roles.',
    },
  },
  roleFixed: {
    code: 'role-fixed',
    status: 409,
    title: { 'zh-CN': '系统角色不可更改', en: 'System roles are fixed' },
    detail: {
      'zh-CN': '{role} 是系统角色，由平台固定，不能新建、修改或删除。请使用自定义角色。',
      en: '{role} is a system role: the platform fixes it, nobody can make, change or remove it. Use a custom role.',
    },
  },
  roleExists: {
    code: 'role-exists',
    status: 409,
    title: { 'zh-CN': '角色已存在', en: 'The role exists already' },
    detail: {
      'zh-CN': '已有名为 {role} 的角色。请修改它，或换一个名称。',
      en: 'There is a role {role} already. Change that one, or choose another name.',
    },
  },
  roleInUse: {
    code: 'role-in-use',
    status: 409,
    title: { 'zh-CN': '角色正在使用', en: 'The role is in use' },
    detail: {
      'zh-CN': '仍有用户持有角色 {role}（至少 {holders} 人）。请先收回该角色再删除。',
      en: 'Users hold the role {role} (at least {holders}). Take it from them before you remove it.',
    },
  },
  permissionUnknown: {
    code: 'permission-unknown',
    status: 400,
    title: { 'zh-CN': '权限不存在', en: 'A permission does not exist' },
    detail: {
      'zh-CN': '平台没有这些权限：{permissions}。请从权限列表中选择。',
      en: 'The platform knows no such permissions: {permissions}. Pick from the list of permissions.',
    },
  },
  permissionNotHeld: {
    code: 'permission-not-held',
    status: 403,
    title: { 'zh-CN': '超出您自己的权限', en: 'More than you may do yourself' },
    detail: {
      'zh-CN': '您没有这些权限，因此不能授予或收回：{permissions}。请联系持有这些权限的人。',
      en: 'You do not hold these permissions, so you cannot give or take them: {permissions}. Ask somebody who does.',
    },
  },
  ownRoleKept: {
    code: 'own-role-kept',
    status: 409,
    title: { 'zh-CN': '不能收回自己的角色', en: 'Nobody takes roles from themselves' },
    detail: {
      'zh-CN': '您不能收回自己的角色：{roles}。请让其他有权限的人操作。',
      en: 'You cannot take roles from yourself: {roles}. Ask somebody else who may assign roles.',
    },
  },
});
