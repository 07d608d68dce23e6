"""The chats are still there after a restart."""

from pathlib import Path

from backend.clock import Clock
from channels.simulator.account import Mode
from channels.simulator.server import FakeWeChat
from tests.channels.simulator.webhook import Webhook


async def test_a_restart_keeps_chats_pictures_and_settings(
    tmp_path: Path, hook: Webhook, clock: Clock
) -> None:
    hook.answers = [
        '满意吗 <a href="weixin://bizmsgmenu?msgmenucontent=满意&msgmenuid=s1">满意</a>'
    ]
    async with FakeWeChat.running(clock=clock, webhook_url=hook.url, storage=tmp_path) as first:
        await first.send_text("o1", "你好")
        await first.send_image("o1", b"picture")
        first.world.mode = Mode.COMPATIBLE
        first.world.refuse("o1", True)
        before = first.conversation("o1")
    async with FakeWeChat.running(clock=clock, webhook_url=hook.url, storage=tmp_path) as second:
        assert second.conversation("o1") == before
        assert (second.world.mode, second.citizen("o1").refusing) == (Mode.COMPATIBLE, True)
        media_id = before[-1].data["media_id"]
        assert second.world.media.get(media_id).content == b"picture"
        await second.tap("o1", "s1")
        assert hook.got[-1]["bizmsgmenuid"] == "s1"
        assert second.citizen("o1").quota.left(clock.now()) == 8


async def test_a_file_that_cannot_be_read_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("{broken")
    async with FakeWeChat.running(storage=tmp_path) as wechat:
        assert wechat.world.citizens == {}
    assert (tmp_path / "state.broken").read_text() == "{broken"
