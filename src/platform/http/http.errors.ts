import { defineErrors } from '../errors/index.js';

/** What any route may answer; a route's own errors come from its module's table. */
export const httpErrors = defineErrors({
  invalidInput: {
    code: 'invalid-input',
    status: 400,
    title: { en: 'The request is not valid', 'zh-CN': '请求内容不正确' },
    detail: {
      en: '{count} value(s) of the request are not as expected; `errors` names each. Correct them and send it again.',
      'zh-CN': '请求中有 {count} 处不符合要求，详见 errors。请修改后重新提交。',
    },
  },
  malformedBody: {
    code: 'malformed-body',
    status: 400,
    title: { en: 'The body cannot be read', 'zh-CN': '请求体无法解析' },
    detail: {
      en: 'The body was expected to be what Content-Type says ({contentType}) and could not be parsed. Check its syntax.',
      'zh-CN': '请求体与 Content-Type（{contentType}）不符，无法解析。请检查格式。',
    },
  },
  invalidCursor: {
    code: 'invalid-cursor',
    status: 400,
    title: { en: 'The cursor is not valid', 'zh-CN': '游标无效' },
    detail: {
      en: 'Expected the `nextCursor` of an earlier page of this list. Leave `cursor` out to start again.',
      'zh-CN': '应为此列表前一页返回的 nextCursor。去掉 cursor 可从头开始。',
    },
  },
  authenticationRequired: {
    code: 'authentication-required',
    status: 401,
    title: { en: 'Sign in first', 'zh-CN': '请先登录' },
    detail: {
      en: 'This call needs the header `Authorization: Bearer <access token>`. Sign in to get a token.',
      'zh-CN': '此接口需要请求头 Authorization: Bearer <访问令牌>。请先登录获取令牌。',
    },
  },
  permissionDenied: {
    code: 'permission-denied',
    status: 403,
    title: { en: 'Not allowed', 'zh-CN': '没有权限' },
    detail: {
      en: 'This call needs the permission `{permission}`, which your roles do not hold.',
      'zh-CN': '此操作需要权限 {permission}，您的角色没有该权限。',
    },
  },
  stepUpRequired: {
    code: 'step-up-required',
    status: 403,
    title: { en: 'Confirm with your second factor', 'zh-CN': '需要二次验证' },
    detail: {
      en: 'This call needs a code of your authenticator app entered lately. Send one to POST /api/v1/auth/step-up, then repeat the call.',
      'zh-CN':
        '此操作需要近期完成的动态验证码确认。请先向 POST /api/v1/auth/step-up 提交验证码，再重新操作。',
    },
  },
  totpSetupRequired: {
    code: 'totp-setup-required',
    status: 403,
    title: { en: 'Set up a second factor first', 'zh-CN': '请先启用动态验证码' },
    detail: {
      en: 'On this platform administrators need an authenticator app for this call. Set one up with POST /api/v1/auth/totp/setup.',
      'zh-CN': '本平台要求管理员启用动态验证码后才能进行此操作。请先通过 POST /api/v1/auth/totp/setup 设置。',
    },
  },
  notFound: {
    code: 'not-found',
    status: 404,
    title: { en: 'Not found', 'zh-CN': '未找到' },
    detail: {
      en: 'There is nothing here that you may see. Check the address and the id.',
      'zh-CN': '这里没有您可以访问的内容。请检查地址和编号。',
    },
  },
  versionConflict: {
    code: 'version-conflict',
    status: 409,
    title: { en: 'Somebody else changed it', 'zh-CN': '内容已被他人修改' },
    detail: {
      en: 'The edit was made on version {sent}; by now it is version {current}. Read it again and repeat the edit.',
      'zh-CN': '您的修改基于版本 {sent}，现在已是版本 {current}。请重新读取后再修改。',
    },
  },
  methodNotAllowed: {
    code: 'method-not-allowed',
    status: 405,
    title: { en: 'Method not allowed', 'zh-CN': '不支持的请求方法' },
    detail: {
      en: 'This address answers {allowed}, not {method}.',
      'zh-CN': '此地址支持 {allowed}，不支持 {method}。',
    },
  },
  bodyTooLarge: {
    code: 'body-too-large',
    status: 413,
    title: { en: 'The body is too large', 'zh-CN': '请求体过大' },
    detail: {
      en: 'The body is larger than this call accepts. Send less at once.',
      'zh-CN': '请求体超过此接口允许的大小。请减少单次发送的内容。',
    },
  },
  addressMalformed: {
    code: 'address-malformed',
    status: 400,
    title: { en: 'The address cannot be read', 'zh-CN': '地址无法解析' },
    detail: {
      en: 'The path holds a percent sign that encodes nothing. Encode each part of it as UTF-8 percent encoding.',
      'zh-CN': '路径中含有无效的百分号编码。请将每一段按 UTF-8 进行百分号编码。',
    },
  },
  addressTooLong: {
    code: 'address-too-long',
    status: 414,
    title: { en: 'The address is too long', 'zh-CN': '地址过长' },
    detail: {
      en: 'A part of the path is longer than any id or name. Check how the address was put together.',
      'zh-CN': '路径中有一段超过了编号或名称的最大长度。请检查地址的拼接方式。',
    },
  },
  unsupportedMediaType: {
    code: 'unsupported-media-type',
    status: 415,
    title: { en: 'Unsupported content type', 'zh-CN': '不支持的内容类型' },
    detail: {
      en: 'The body came as {contentType}, which this call does not read. The API document says what it reads.',
      'zh-CN': '请求体类型为 {contentType}，此接口不支持。请参阅接口文档。',
    },
  },
  internal: {
    code: 'internal-error',
    status: 500,
    title: { en: 'Something went wrong on our side', 'zh-CN': '服务器内部错误' },
    detail: {
      en: 'The request could not be carried out. It is logged under the given requestId; name it when you ask for help.',
      'zh-CN': '请求未能完成，已按 requestId 记录。寻求帮助时请提供该编号。',
    },
  },
  exportsBusy: {
    code: 'exports-busy',
    status: 503,
    title: { 'zh-CN': '正在进行的导出过多', en: 'Too many exports at once' },
    detail: {
      'zh-CN': '正在进行的导出已达上限（{max} 个）。请在 {seconds} 秒后重试。',
      en: 'As many exports run as may run at once ({max}). Try again in {seconds} seconds.',
    },
  },
  overloaded: {
    code: 'overloaded',
    status: 503,
    title: { en: 'Too busy', 'zh-CN': '服务繁忙' },
    detail: {
      en: 'The server has more work than it can do in time. Try again after Retry-After seconds.',
      'zh-CN': '服务器当前过于繁忙。请在 Retry-After 秒后重试。',
    },
  },
  tookTooLong: {
    code: 'took-too-long',
    status: 503,
    title: { en: 'Not answered in time', 'zh-CN': '处理超时' },
    detail: {
      en: 'The request was not answered in time and was given up. It may have taken effect: read before you repeat it.',
      'zh-CN': '请求未能在规定时间内完成。它可能已经生效，重试前请先查询。',
    },
  },
});
