"""The yardstick: an aiohttp handler that checks the signature and does nothing else."""

import sys

import uvloop
from aiohttp import web
from wechatpy.utils import check_signature


def main(port: int, token: str) -> None:
    """Serve on a port of this machine until killed."""

    async def handle(request: web.Request) -> web.Response:
        await request.read()
        query = request.query
        check_signature(token, query["signature"], query["timestamp"], query["nonce"])
        return web.Response(text="success")

    uvloop.install()
    app = web.Application()
    app.router.add_post("/wechat", handle)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
