"""What /metrics says of the WeChat channel."""

from prometheus_client import Counter, Histogram

RECEIVED = Counter("huiying_wechat_received", "Messages and events from WeChat", ["kind"])

REFUSED = Counter("huiying_wechat_refused", "Requests to /wechat not handed on", ["reason"])

ANSWER_SECONDS = Histogram(
    "huiying_wechat_answer_seconds",
    "From a checked signature to our answer; WeChat waits for 5 s",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 5),
)

CALLS = Counter("huiying_wechat_api_calls", "Calls to WeChat's API", ["call", "code"])
