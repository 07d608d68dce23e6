"""The WeChat official account (公众号): messages in by /wechat, words out by api.weixin.qq.com."""
