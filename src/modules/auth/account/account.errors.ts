import { defineErrors } from '../../../platform/errors/index.js';

/** What a registration, a sign-in or an edit of oneself can be refused for. */
export const accountErrors = defineErrors({
  usernameInvalid: {
    code: 'username-invalid',
    status: 400,
    title: { 'zh-CN': '用户名不符合规则', en: 'The username breaks the rules' },
    detail: {
      'zh-CN': '用户名须为 {min} 到 {max} 个字符，只能用英文字母、数字和下划线。请换一个。',
      en: 'A username has {min} to {max} characters, only A-Z, a-z, 0-9 and underscore. Choose another one.',
    },
  },
  usernameReserved: {
    code: 'username-reserved',
    status: 400,
    title: { 'zh-CN': '用户名为系统保留', en: 'The username is reserved' },
    detail: {
      'zh-CN': '这个用户名由平台保留，不能注册。请换一个。',
      en: 'The platform keeps this username for itself. Choose another one.',
    },
  },
  usernameTaken: {
    code: 'username-taken',
    status: 409,
    title: { 'zh-CN': '用户名已被使用', en: 'The username is taken' },
    detail: {
      'zh-CN': '已有用户使用这个用户名（不区分大小写）。请换一个。',
      en: 'Somebody has this username already (case makes no difference). Choose another one.',
    },
  },
  emailInvalid: {
    code: 'email-invalid',
    status: 400,
    title: { 'zh-CN': '邮箱格式不正确', en: 'This is no e-mail address' },
    detail: {
      'zh-CN': '邮箱应形如 name@example.com，最长 254 个字符，只能用 ASCII 字符。请检查。',
      en: 'An e-mail address looks like name@example.com, in ASCII, at most 254 characters. Check it.',
    },
  },
  emailTaken: {
    code: 'email-taken',
    status: 409,
    title: { 'zh-CN': '邮箱已被使用', en: 'The e-mail address is taken' },
    detail: {
      'zh-CN': '已有账号使用这个邮箱。请换一个，或用它登录。',
      en: 'An account has this e-mail address already. Use another one, or sign in with it.',
    },
  },
  nicknameInvalid: {
    code: 'nickname-invalid',
    status: 400,
    title: { 'zh-CN': '昵称不符合规则', en: 'The nickname breaks the rules' },
    detail: {
      'zh-CN':
        '昵称须为 1 到 30 个字符，至少有一个看得见的字符，不能含有控制字符或改变文字方向的字符。请修改。',
      en: 'A nickname has 1 to 30 characters, one of them visible, and none that control or turn text. Change it.',
    },
  },
  localeInvalid: {
    code: 'locale-invalid',
    status: 400,
    title: { 'zh-CN': '语言标签不正确', en: 'This is no language tag' },
    detail: {
      'zh-CN': '语言须为 BCP 47 标签，例如 zh-CN 或 en。请修改。',
      en: 'A locale is a BCP 47 language tag, such as zh-CN or en. Correct it.',
    },
  },
  passwordLength: {
    code: 'password-length',
    status: 400,
    title: { 'zh-CN': '密码长度不符合规则', en: 'The password has the wrong length' },
    detail: {
      'zh-CN': '密码须为 {min} 到 {max} 个字符，现在是 {length} 个。',
      en: 'A password has {min} to {max} characters; this one has {length}.',
    },
  },
  passwordSimple: {
    code: 'password-simple',
    status: 400,
    title: { 'zh-CN': '密码过于简单', en: 'The password is too simple' },
    detail: {
      'zh-CN': '密码至少要有一个字母和一个数字。请补上。',
      en: 'A password needs at least one letter and one digit. Add what is missing.',
    },
  },
  passwordCommon: {
    code: 'password-common',
    status: 400,
    title: { 'zh-CN': '密码过于常见', en: 'The password is too common' },
    detail: {
      'zh-CN': '这个密码在最常见的 {max} 个密码之列，很容易被猜中。请换一个。',
      en: 'This is one of the {max} most common passwords, the first that anyone tries. Choose another one.',
    },
  },
  passwordIsUsername: {
    code: 'password-is-username',
    status: 400,
    title: { 'zh-CN': '密码与用户名相同', en: 'The password is the username' },
    detail: {
      'zh-CN': '密码不能与用户名相同。请换一个。',
      en: 'A password must differ from the username. Choose another one.',
    },
  },
  passwordHashingBusy: {
    code: 'password-hashing-busy',
    status: 503,
    title: { 'zh-CN': '登录繁忙', en: 'Sign-in is busy' },
    detail: {
      'zh-CN': '正在登录或注册的人太多。请在 {seconds} 秒后重试。',
      en: 'Too many people sign in or register right now. Try again in {seconds} seconds.',
    },
  },
  clientLeft: {
    code: 'client-left',
    status: 408,
    title: { 'zh-CN': '请求已中断', en: 'The request was given up' },
    detail: {
      'zh-CN': '请求在轮到之前已中断，没有执行。需要时请重试。',
      en: 'The request was given up before its turn and nothing was done. Send it again if it is still wanted.',
    },
  },
  invalidCredentials: {
    code: 'invalid-credentials',
    status: 401,
    title: { 'zh-CN': '登录名或密码不正确', en: 'The login or the password is wrong' },
    detail: {
      'zh-CN': '没有与这组登录名（用户名或邮箱）和密码相符的账号。请检查后重试。',
      en: 'No account matches this login (username or e-mail address) and password. Check both and try again.',
    },
  },
});
