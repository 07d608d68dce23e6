"""WeChat's refusals: a code, and the words WeChat says with it."""

MEANINGS = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid appid",
    40014: "invalid access_token",
    40016: "invalid button size",
    40017: "invalid button type",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40020: "invalid button url size",
    40023: "invalid sub button size",
    40029: "invalid code",
    40035: "invalid parameter",
    40037: "invalid template_id",
    40066: "invalid url",
    40125: "invalid appsecret",
    40163: "code been used",
    40164: "invalid ip, not in whitelist",
    40200: "invalid account type",
    41001: "access_token missing",
    41005: "media data missing",
    42001: "access_token expired",
    43002: "require POST method",
    43004: "require subscribe",
    43101: "user refuse to accept the msg",
    44002: "empty post data",
    44004: "empty content",
    45002: "content size out of limit",
    45008: "article size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    45072: "invalid command",
    45080: "need sending message to user",
    45081: "typing status is already set",
    47001: "data format error",
    47003: "argument invalid!",
    48001: "api unauthorized",
    48002: "user block receive message",
    50002: "user limited",
    61004: "access clientip is not registered",
}
"""The codes this simulator can answer, from developers.weixin.qq.com (通用错误码)."""


class Refused(Exception):
    """WeChat says no: `code` is its errcode, `detail` is put behind the standard words."""

    def __init__(self, code: int, detail: str = "") -> None:
        self.code = code
        self.errmsg = " ".join(filter(None, (MEANINGS.get(code, "system error"), detail)))
        super().__init__(f"{code} {self.errmsg}")
