"""The command `huiying` as programs and people use it, over a real database."""

import asyncio
import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import text
from typer.testing import CliRunner

from backend import citizens
from backend.database import Database
from backend.message import Inbound, Kind, Outcome, Reply
from backend.orders import store
from backend.turns import close_turn, open_turn
from config.cli import cli
from tests.acceptance.house import HUIYING

REPLY = "6月2日现场核实路灯损坏，已更换灯泡，电话联系市民，市民表示满意。"
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
HEAD = "标题,相似问,答案,承办单位,来源,有效期至,分类\n"
CARD = f"{HEAD}社保卡怎么补,社保卡丢了；补卡,去网点,市人社局,指南,2099-01-01,社保/卡\n"


@dataclass(frozen=True)
class Shell:
    """Runs commands as this installation would."""

    environment: dict[str, str]

    async def run(self, *arguments: str, **more: str) -> Result:
        """A command, in a thread of its own as it brings its own event loop."""
        return await asyncio.to_thread(
            CliRunner().invoke, cli, arguments, env=self.environment | more
        )

    async def json(self, *arguments: str) -> Any:
        result = await self.run(*arguments, "--json")
        assert result.exit_code in (0, 1), result.output
        return json.loads(result.stdout)

    async def refused(self, *arguments: str, **more: str) -> str:
        """The one sentence with which a command is refused."""
        result = await self.run(*arguments, **more)
        assert result.exit_code in (1, 2), result.output
        assert result.exception is None or isinstance(result.exception, SystemExit)
        sentence = result.stderr.strip()
        assert "\n" not in sentence
        return sentence


@pytest.fixture
def shell(database_url: str, redis_url: str, tmp_path: Path) -> Shell:
    return Shell(
        {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "HUIYING_DATA": str(tmp_path)}
    )


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], str]:
    def write(content: str) -> str:
        path = tmp_path / "knowledge.csv"
        path.write_text(content, encoding="utf-8")
        return str(path)

    return write


async def told(database: Database) -> str:
    """A citizen asks, then files; the order's number."""
    async with database.transaction() as connection:
        for number, outcome in enumerate((Outcome.ANSWERED, Outcome.ORDER)):
            inbound = Inbound(f"key{number}", "wechat", "oShell", Kind.TEXT, NOW, f"第{number}句")
            opened = await open_turn(connection, inbound)
            assert opened is not None
            assert opened.message_id is not None
            chat, kept = opened.conversation, None
            if outcome is Outcome.ORDER:
                fields = {"facts": "路灯坏了", "channel": "wechat", "contact": "1", "type": "求助"}
                kept = await store.add(
                    connection, fields, citizen_id=chat.citizen_id, actor="citizen:", now=NOW
                )
            await close_turn(
                connection,
                opened.message_id,
                chat,
                [Reply("好的")],
                outcome=outcome,
                received_at=NOW,
                now=NOW,
                passive=True,
                confidence=0.875,
                order_id=kept.id if kept else None,
            )
        await citizens.note_contact(connection, chat.citizen_id, name="王五")
    assert kept is not None
    return kept.number


async def test_outcomes_as_programs_read_them(shell: Shell, database: Database) -> None:
    number = await told(database)
    rows = await shell.json("outcomes")
    assert rows[0] | {"seconds": 0.0} == {
        "message_key": "key0",
        "openid": "oShell",
        "text": "第0句",
        "received_at": "2026-01-05T09:00:00+00:00",
        "outcome": "answered",
        "knowledge_id": None,
        "knowledge_title": None,
        "order_no": None,
        "confidence": 0.875,
        "seconds": 0.0,
    }
    assert [row["order_no"] for row in rows] == [None, number]
    assert all(isinstance(row["seconds"], float) for row in rows)


async def test_outcomes_as_people_read_them(shell: Shell, database: Database) -> None:
    assert "还没有" in (await shell.run("outcomes")).stdout
    await told(database)
    said = (await shell.run("outcomes")).stdout
    assert "2026-01-05 17:00" in said
    assert "2 messages: answered 1, order 1" in said


async def test_a_responsibility_list_is_imported_row_by_row(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "清单.csv"
    head = "分类,区域,承办单位,生效日期,失效日期,依据"
    rows = [
        "城市管理/路灯,全市,市城管局,2023-01-01,,主次干道",
        "城市管理/路灯,雨湖区,雨湖区人民政府,2023-07-17,,移交",
        "城市管理/路灯,,市住建局,2023-06-01,,也想管",
        "城市管理/路灯,,天文台,,,",
    ]
    file.write_bytes("\n".join([head, *rows]).encode("gb18030"))
    trial = await shell.run("responsibility", "import", str(file), "--dry-run")
    assert "第5行被拒绝：名录里没有“天文台”这个单位" in trial.stdout
    assert "重叠  全市 城市管理/路灯：市城管局 和 市住建局" in trial.stdout
    assert "试运行，没有写入" in trial.stdout
    assert await shell.json("responsibility", "list") == []
    await shell.run("responsibility", "import", str(file))
    listed = await shell.json("responsibility", "list", "--area", "雨湖区")
    assert [row["unit"] for row in listed] == ["雨湖区人民政府"]
    kinds = {row["kind"] for row in await shell.json("responsibility", "check")}
    assert kinds == {"重叠", "缺项"}
    assert await shell.json("responsibility", "disputes") == []
    assert await shell.json("responsibility", "returns") == {"by_unit": [], "by_pair": []}
    bad = tmp_path / "bad.csv"
    bad.write_text("区域,单位\n,x\n", encoding="utf-8")
    assert "缺少列：分类、承办单位" in await shell.refused("responsibility", "import", str(bad))


async def test_an_order_as_programs_read_it(shell: Shell, database: Database) -> None:
    number = await told(database)
    await shell.run("orders", "dispatch", number, "--unit", "市城管局")
    order = await shell.json("orders", "show", number)
    fields = "number state type category area place occurred_at facts demand contact unit priority"
    assert {*fields.split(), "deadline", "events"} <= set(order)
    assert (order["number"], order["state"], order["unit"]) == (number, "待签收", "市城管局")
    created, dispatched = order["events"]
    assert set(created) == {"kind", "at", "actor", "data"}
    assert (created["kind"], created["at"]) == ("create", "2026-01-05T09:00:00+00:00")
    assert (dispatched["actor"], dispatched["data"]["unit"]) == ("admin:cli", "市城管局")
    assert {"sign_by", "return_by"} <= set(dispatched["data"])
    assert await shell.json("orders", "verify") == []


async def test_an_order_is_led_through_its_life(shell: Shell, database: Database) -> None:
    number = await told(database)
    for arguments, state in (
        (("dispatch", number, "--unit", "市城管局"), "待签收"),
        (("sign", number, "--as", "handler:lisi"), "办理中"),
        (("close", number, "--reply", REPLY), "待回访"),
        (("reopen", number, "--reason", "又坏了"), "待签收"),
    ):
        assert state in (await shell.run("orders", *arguments)).stdout
    assert [row["number"] for row in await shell.json("orders", "list")] == [number]
    assert await shell.json("orders", "list", "--state", "已归档") == []
    assert number in (await shell.run("orders", "show", number)).stdout


async def test_an_account_acts_in_its_role_and_for_its_unit(
    shell: Shell, database: Database
) -> None:
    number = await told(database)
    for login, role, unit in (
        ("lisi", "handler", "市住建局"), ("zhao", "handler", "市城管局"), ("sj", "auditor", ""),
    ):  # fmt: skip
        person = ("--name", login, "--role", role, "--unit", unit, "--password", "hotline-12345")
        await shell.run("staff", "add", login, *person)
    await shell.run("orders", "dispatch", number, "--unit", "市城管局")
    for actor, why in (
        ("handler:lisi", "属于市住建局，这张工单不归它办"),
        ("supervisor:lisi", "角色是 handler，不是 supervisor"),
        ("auditor:sj", "您的角色不能签收"),
    ):
        assert why in await shell.refused("orders", "sign", number, "--as", actor)
    assert "办理中" in (await shell.run("orders", "sign", number, "--as", "handler:zhao")).stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("orders", "show", "20260105999999"), "没有编号"),
        (("orders", "list", "--state", "办好了"), "可用：待受理"),
        (("orders", "sign", "NUMBER"), "不能签收"),
        (("orders", "dispatch", "NUMBER", "--unit", " "), "请填写承办单位"),
        (("orders", "dispatch", "NUMBER", "--unit", "市城管局", "--as", "auditor:x"), "角色"),
    ],
)
async def test_what_may_not_be_is_refused_in_a_sentence(
    shell: Shell, database: Database, arguments: tuple[str, ...], said: str
) -> None:
    number = await told(database)
    words = [number if word == "NUMBER" else word for word in arguments]
    assert said in await shell.refused(*words)


async def test_verify_finds_what_was_changed_past_the_events(
    shell: Shell, database: Database
) -> None:
    number = await told(database)
    async with database.transaction() as connection:
        await connection.exec_driver_sql("UPDATE orders SET unit = '别的单位'")
    result = await shell.run("orders", "verify", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (
        1,
        [{"number": number, "fields": "unit"}],
    )


# -- knowledge ------------------------------------------------------------------------------------


async def test_knowledge_is_imported_row_by_row(shell: Shell, file: Callable[[str], str]) -> None:
    path = file(CARD + "没有答案,,,,,,\n")
    done = await shell.json("knowledge", "import", path)
    assert done == {
        "added": ["社保卡怎么补"],
        "changed": [],
        "unchanged": [],
        "retired": [],
        "refused": [[3, "没有答案", "答案为空"]],
        "written": True,
    }
    said = (await shell.run("knowledge", "import", path)).stdout
    assert "第3行被拒绝  没有答案：答案为空" in said
    assert "未变1条" in said


async def test_a_dry_run_writes_nothing(shell: Shell, file: Callable[[str], str]) -> None:
    done = await shell.json("knowledge", "import", file(CARD), "--dry-run")
    assert (done["added"], done["written"]) == (["社保卡怎么补"], False)
    assert await shell.json("knowledge", "list") == []


async def test_strict_is_all_or_nothing(shell: Shell, file: Callable[[str], str]) -> None:
    path = file(CARD + "没有答案,,,,,,\n")
    result = await shell.run("knowledge", "import", path, "--strict")
    assert result.exit_code == 1
    assert "全部没有写入" in result.stdout
    assert await shell.json("knowledge", "list") == []


async def test_replacing_retires_what_is_not_in_the_file(
    shell: Shell, file: Callable[[str], str]
) -> None:
    await shell.json("knowledge", "import", file(CARD))
    other = "标题,答案\n另一个,答\n"
    done = await shell.json("knowledge", "import", file(other), "--replace")
    assert (done["added"], done["retired"]) == (["另一个"], ["社保卡怎么补"])
    rows = {row["title"]: row["retired"] for row in await shell.json("knowledge", "list")}
    assert rows == {"另一个": False, "社保卡怎么补": True}


async def test_an_export_can_be_imported_again(
    shell: Shell, file: Callable[[str], str], tmp_path: Path
) -> None:
    await shell.json("knowledge", "import", file(CARD))
    for ending in ("csv", "xlsx", "yml"):
        path = str(tmp_path / f"export.{ending}")
        assert "已导出1条" in (await shell.run("knowledge", "export", path)).stdout
        assert (await shell.json("knowledge", "import", path))["unchanged"] == ["社保卡怎么补"]


async def test_the_review_shows_units_and_what_they_missed(
    shell: Shell, file: Callable[[str], str], database: Database
) -> None:
    await shell.json("knowledge", "import", file(CARD))
    (unit,) = await shell.json("knowledge", "review")
    assert (unit["unit"], unit["entries"], unit["late"], unit["points"]) == ("市人社局", 1, 0, 0)
    assert "没有逾期" in (await shell.run("knowledge", "review", "--late")).stdout
    async with database.transaction() as connection:
        await connection.execute(text("UPDATE knowledge SET confirmed_at = '2020-01-01'"))
    (unit,) = await shell.json("knowledge", "review")
    assert (unit["late"], unit["points"]) == (1, -0.5)
    (late,) = await shell.json("knowledge", "review", "--late")
    assert (late["unit"], late["title"]) == ("市人社局", "社保卡怎么补")
    assert "市人社局" in (await shell.run("knowledge", "review")).stdout
    assert await shell.json("knowledge", "review", "--month", "2020-01") == []


async def test_files_that_are_no_knowledge_are_refused(
    shell: Shell, file: Callable[[str], str], tmp_path: Path
) -> None:
    assert "缺少列" in await shell.refused("knowledge", "import", file("a,b\n"))
    assert "只能导出" in await shell.refused("knowledge", "export", str(tmp_path / "a.txt"))


# -- what is wrong with the installation ----------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "DATABASE_URL"),
        ("postgresql://nobody@127.0.0.1:1/none", "DATABASE_URL"),
    ],
)
@pytest.mark.parametrize("command", [("outcomes",), ("orders", "list"), ("staff", "list")])
async def test_a_database_that_cannot_be_had(
    shell: Shell, url: str, said: str, command: tuple[str, ...]
) -> None:
    assert said in await shell.refused(*command, DATABASE_URL=url)


async def test_a_database_that_is_not_there(shell: Shell) -> None:
    url = shell.environment["DATABASE_URL"].replace("huiying_", "nowhere_")
    assert "nowhere_" in await shell.refused("outcomes", DATABASE_URL=url)


async def test_a_database_that_was_never_prepared(shell: Shell, postgres: str) -> None:
    assert "huiying serve" in await shell.refused("outcomes", DATABASE_URL=postgres)


async def test_a_bad_setting(shell: Shell) -> None:
    assert "HUIYING_PORT" in await shell.refused("outcomes", HUIYING_PORT="x")
    assert "WECHAT_TEMPLATES" in await shell.refused("orders", "list", WECHAT_TEMPLATES="x")


async def test_a_bad_role_or_setting_ends_serving_in_a_sentence(shell: Shell) -> None:
    assert "--role" in await shell.refused("serve", "--role", "boss")
    assert "HUIYING_PORT" in await shell.refused("serve", HUIYING_PORT="x")


def test_a_city_that_is_not_there_ends_serving_in_a_sentence(shell: Shell) -> None:
    ended = subprocess.run(
        [HUIYING, "serve"],
        env=shell.environment | {"HUIYING_CITY": "/nowhere"},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("huiying: /nowhere/units.yml")
    assert ended.stderr.count("\n") == 1


async def test_doctor_names_what_is_wrong(shell: Shell) -> None:
    result = await shell.run(
        "doctor",
        "--json",
        HUIYING_PORT="1",
        HUIYING_CITY="/nowhere",
        RASA_URL="http://127.0.0.1:1",
    )
    rows = {row["part"]: row["status"] for row in json.loads(result.stdout)}
    assert result.exit_code == 1
    assert rows == {
        "settings": "ok",
        "city": "wrong",
        "callbacks": "ok",
        "engine": "wrong",
        "disk": "ok",
        "server": "wrong",
        "database": "ok",
    }


# -- staff ----------------------------------------------------------------------------------------


async def test_staff_are_let_in_and_out(shell: Shell) -> None:
    add = (
        "staff",
        "add",
        "lisi",
        "--name",
        "李四",
        "--role",
        "handler",
        "--password",
        "long-enough",
    )
    assert "--unit" in await shell.refused(*add)
    assert "8 characters" in await shell.refused(*add[:-1], "short", "--unit", "市城管局")
    assert "lisi" in (await shell.run(*add, "--unit", "市城管局")).stdout
    (member,) = await shell.json("staff", "list")
    assert (member["login"], member["role"], member["unit"]) == ("lisi", "handler", "市城管局")
    assert (await shell.run("staff", "remove", "lisi")).exit_code == 0
    assert await shell.json("staff", "list") == []
    assert "没有账号" in await shell.refused("staff", "remove", "nobody")


async def test_callbacks_are_run_by_hand(shell: Shell, database: Database) -> None:
    number = await told(database)
    for step in (("dispatch", number, "--unit", "x"), ("sign", number)):
        await shell.run("orders", *step)
    await shell.run("orders", "close", number, "--reply", REPLY)
    done = await shell.json("callbacks", "run")
    assert done["failed"] == 0
    (row,) = await shell.json("callbacks", "list")
    assert row["number"] == number


def test_the_installed_command_lists_its_nouns() -> None:
    said = subprocess.run([HUIYING, "--help"], capture_output=True, text=True, check=True).stdout
    for noun in ("serve", "knowledge", "orders", "callbacks", "outcomes", "staff", "doctor"):
        assert noun in said


async def test_seeded_orders_are_what_their_events_say(shell: Shell) -> None:
    result = await shell.run("orders", "seed", "60")
    assert result.exit_code == 0, result.output
    assert "已写入 60 张工单" in result.stdout
    assert await shell.json("orders", "verify") == []
    rows = await shell.json("orders", "list", "--limit", "100")
    assert len(rows) == 60
    word = rows[0]["facts"][-4:]
    assert rows[0] in await shell.json("orders", "list", "--search", word)


async def test_nobody_seeds_among_citizens(shell: Shell, database: Database) -> None:
    await told(database)
    assert "citizens" in await shell.refused("orders", "seed", "5")
