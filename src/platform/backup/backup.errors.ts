import { defineErrors } from '../errors/index.js';

export const backupErrors = defineErrors({
  fileExists: {
    code: 'backup-file-exists',
    status: 409,
    title: { 'zh-CN': '文件已存在', en: 'The file exists' },
    detail: {
      'zh-CN': '{path} 已存在，未作任何更改。请换一个文件名，或使用 --force 覆盖。',
      en: '{path} exists already and was left as it is. Choose another name, or replace it with --force.',
    },
  },
  notWritable: {
    code: 'backup-not-writable',
    status: 507,
    title: { 'zh-CN': '无法写入备份', en: 'The backup cannot be written' },
    detail: {
      'zh-CN': '无法写入 {path}（{reason}），没有留下不完整的文件。请换一个目录或腾出空间后重试。',
      en: '{path} could not be written ({reason}); no part of it was left. Choose another folder or make room, and repeat.',
    },
  },
  notReadable: {
    code: 'backup-not-readable',
    status: 422,
    title: { 'zh-CN': '无法读取备份', en: 'The backup cannot be read' },
    detail: {
      'zh-CN': '无法读取 {path}（{reason}），未作任何更改。',
      en: '{path} could not be read ({reason}). Nothing was changed.',
    },
  },
  damaged: {
    code: 'backup-damaged',
    status: 422,
    title: { 'zh-CN': '备份已损坏', en: 'The backup is damaged' },
    detail: {
      'zh-CN': '{path} 不是完整的备份：{reason}。未作任何更改，请使用另一份备份。',
      en: '{path} is no complete backup: {reason}. Nothing was changed; take another copy of it.',
    },
  },
  otherFormat: {
    code: 'backup-of-other-format',
    status: 422,
    title: { 'zh-CN': '不支持的备份格式', en: 'A backup of another format' },
    detail: {
      'zh-CN': '{path} 的格式版本为 {found}，本版本可读取 {known}。未作任何更改，请使用更新的版本恢复。',
      en: '{path} has the format version {found}, and this release reads {known}. Nothing was changed; restore it with a newer release.',
    },
  },
  otherSchema: {
    code: 'backup-of-other-schema',
    status: 422,
    title: { 'zh-CN': '备份来自其他版本', en: 'A backup of another release' },
    detail: {
      'zh-CN':
        '备份由 {application} 版本创建，包含本版本未知的数据库迁移：{migrations}。未作任何更改，请使用该版本或更新的版本恢复。',
      en: 'The backup was made by release {application}, with migrations that this release does not know: {migrations}. Nothing was changed; restore it with that release or a newer one.',
    },
  },
  keyMissing: {
    code: 'backup-key-missing',
    status: 409,
    title: { 'zh-CN': '缺少密钥', en: 'The key of the backup is missing' },
    detail: {
      'zh-CN':
        '备份中的密文由密钥 {missing} 加密，当前没有该密钥。未作任何更改。请将其配置为 secrets.key 或加入 secrets.previousKeys；内嵌安装的密钥在其数据目录的 secrets.key 文件中。',
      en: 'Secrets in the backup are encrypted with the key {missing}, which is not at hand. Nothing was changed. Configure it as secrets.key or among secrets.previousKeys; an embedded installation keeps its key in the file secrets.key of its data folder.',
    },
  },
  targetInUse: {
    code: 'restore-target-in-use',
    status: 409,
    title: { 'zh-CN': '目标不为空', en: 'The installation is in use' },
    detail: {
      'zh-CN':
        '只能恢复到没有用户的安装，此处已有：{found}。未作任何更改。请在首次启动前恢复到新的数据目录或空数据库。',
      en: 'A backup is restored only where nobody is yet; here there are {found}. Nothing was changed. Restore into a new data folder or an empty database, before its first start.',
    },
  },
});
