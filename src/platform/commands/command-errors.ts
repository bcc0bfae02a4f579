import { defineErrors } from '../errors/index.js';

/** What is wrong with how a command was called; what goes wrong inside it is the module's own error. */
export const commandErrors = defineErrors({
  unknownCommand: {
    code: 'unknown-command',
    status: 404,
    title: { en: 'Unknown command', 'zh-CN': '未知命令' },
    detail: {
      en: 'There is no command of this name. Expected one of: {known}.',
      'zh-CN': '没有此命令。可用命令：{known}。',
    },
  },
  invalidOptions: {
    code: 'invalid-command-options',
    status: 400,
    title: { en: 'The options are not as expected', 'zh-CN': '命令选项不正确' },
    detail: {
      en: '{problems}. `qingyu {command} --help` lists the options.',
      'zh-CN': '{problems}。运行 qingyu {command} --help 查看选项。',
    },
  },
  fileMissing: {
    code: 'command-file-missing',
    status: 400,
    title: { en: 'A file is needed', 'zh-CN': '缺少文件' },
    detail: {
      en: 'The command {command} works on a file and got none. Name it as the first argument.',
      'zh-CN': '命令 {command} 需要一个文件。请将文件名作为第一个参数。',
    },
  },
  fileTooLarge: {
    code: 'command-file-too-large',
    status: 413,
    title: { en: 'The file is too large', 'zh-CN': '文件过大' },
    detail: {
      en: 'The command {command} takes a file of at most {maxBytes} bytes. Divide it.',
      'zh-CN': '命令 {command} 接受的文件最大为 {maxBytes} 字节。请拆分后重试。',
    },
  },
  interrupted: {
    code: 'command-interrupted',
    status: 499,
    title: { en: 'Interrupted', 'zh-CN': '已中断' },
    detail: {
      en: 'The command {command} was interrupted before it ended. What it had finished by then may be kept.',
      'zh-CN': '命令 {command} 在完成前被中断。已完成的部分可能已保存。',
    },
  },
});

const usageErrors = [commandErrors.unknownCommand, commandErrors.invalidOptions, commandErrors.fileMissing];
const usageCodes: ReadonlySet<string> = new Set(usageErrors.map(({ definition }) => definition.code));

/** Whether the caller has to call differently, which the exit code tells apart from a failure. */
export function isUsageProblem({ code }: { readonly code: string }): boolean {
  return usageCodes.has(code);
}
