import { defineErrors } from '../../../platform/errors/index.js';

/** Why a token or a session is refused. The 401s each have a code of their own, so that a client knows what to tell its user. */
export const sessionErrors = defineErrors({
  tokenInvalid: {
    code: 'token-invalid',
    status: 401,
    title: { 'zh-CN': '令牌无效', en: 'The token is not valid' },
    detail: {
      'zh-CN': '需要本平台签发的令牌，收到的不是。请重新登录。',
      en: 'A token that this platform issued was expected; this is none. Sign in again.',
    },
  },
  tokenExpired: {
    code: 'token-expired',
    status: 401,
    title: { 'zh-CN': '访问令牌已过期', en: 'The access token has expired' },
    detail: {
      'zh-CN': '访问令牌的有效期已过。请用刷新令牌换取新的令牌。',
      en: 'The access token is past its life. Get a new one with the refresh token.',
    },
  },
  sessionLoggedOut: {
    code: 'session-logged-out',
    status: 401,
    title: { 'zh-CN': '已退出登录', en: 'Signed out' },
    detail: {
      'zh-CN': '这个会话已经退出登录。请重新登录。',
      en: 'This session was signed out. Sign in again.',
    },
  },
  sessionEvicted: {
    code: 'session-evicted',
    status: 401,
    title: { 'zh-CN': '会话已被其他登录取代', en: 'Another sign-in took the place of this session' },
    detail: {
      'zh-CN': '这个会话已被一次新的登录取代，时间和设备见 endedAt 与 endedByDevice。请重新登录。',
      en: 'A newer sign-in ended this session; endedAt and endedByDevice say when and where. Sign in again.',
    },
  },
  sessionRevoked: {
    code: 'session-revoked',
    status: 401,
    title: { 'zh-CN': '会话已被终止', en: 'The session was ended' },
    detail: {
      'zh-CN': '这个会话已被终止，原因见 reason。请重新登录。',
      en: 'This session was ended; reason says why. Sign in again.',
    },
  },
  sessionExpired: {
    code: 'session-expired',
    status: 401,
    title: { 'zh-CN': '会话已过期', en: 'The session has expired' },
    detail: {
      'zh-CN': '会话太久没有使用，或已到最长期限。请重新登录。',
      en: 'The session was not used for too long, or reached its longest life. Sign in again.',
    },
  },
  refreshReused: {
    code: 'refresh-reused',
    status: 401,
    title: { 'zh-CN': '刷新令牌被重复使用', en: 'A refresh token was used twice' },
    detail: {
      'zh-CN':
        '已用过的刷新令牌再次出现，可能有人盗用，会话已终止。请重新登录；若不是你本人所为，请修改密码。',
      en: 'A spent refresh token came back, so somebody may have copied it, and the session was ended. Sign in again; change the password if it was not you.',
    },
  },
  accountBanned: {
    code: 'account-banned',
    status: 401,
    title: { 'zh-CN': '账号已被封禁', en: 'The account is banned' },
    detail: {
      'zh-CN': '这个账号已被封禁，不能登录。如有疑问请联系客服。',
      en: 'This account is banned and cannot sign in. Ask the support if you think that is wrong.',
    },
  },
  deviceLimitReached: {
    code: 'device-limit-reached',
    status: 409,
    title: { 'zh-CN': '登录设备已达上限', en: 'Too many devices are signed in' },
    detail: {
      'zh-CN':
        '最多可同时登录 {limit} 台设备，现有 {count} 台。请从 sessions 中选择一个，将其编号作为 endSessionId 重新登录。',
      en: 'At most {limit} devices may be signed in at once; {count} are. Pick one of sessions and sign in again with its id as endSessionId.',
    },
  },
  sessionNotFound: {
    code: 'session-not-found',
    status: 404,
    title: { 'zh-CN': '没有这个会话', en: 'No such session' },
    detail: {
      'zh-CN': '你没有编号为此的有效会话。请从会话列表中选择。',
      en: 'You have no live session with this id. Pick one from the list of your sessions.',
    },
  },
  authUnavailable: {
    code: 'auth-unavailable',
    status: 503,
    title: { 'zh-CN': '暂时无法验证身份', en: 'Nobody can be identified right now' },
    detail: {
      'zh-CN': '账号数据暂时无法读取，因此无法确认身份。请在 {seconds} 秒后重试。',
      en: 'The accounts cannot be read right now, so nobody can be identified. Try again in {seconds} seconds.',
    },
  },
});
