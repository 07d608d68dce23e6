"""What is wrong with a setting is told in one sentence that names it."""

from pathlib import Path

import pytest

from config import city, parts, settings
from config.settings import BadSetting, Settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without the settings of whoever runs the tests."""
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUIYING_PORT", "eighty"),
        ("HUIYING_PORT", "0"),
        ("HUIYING_PORT", "65536"),
        ("HUIYING_LOG_LEVEL", "loud"),
        ("HUIYING_DATABASE_POOL", "1"),
        ("HUIYING_SURVEY_DAYS", "sundays"),
        ("HUIYING_SURVEY_DELAY_MINUTES", "-1"),
        ("HUIYING_SURVEY_REMINDERS", "many"),
        ("WECHAT_AES_KEY", "too-short"),
        ("WECHAT_TEMPLATES", "not json"),
        ("WECHAT_TEMPLATES", "[1, 2]"),
    ],
)
def test_a_bad_setting_is_one_sentence_that_names_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSetting) as caught:
        settings.load()
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_secret_is_not_told_in_the_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WECHAT_AES_KEY", "secret-of-ours")
    with pytest.raises(BadSetting) as caught:
        settings.load()
    assert "secret-of-ours" not in str(caught.value)


def test_a_setting_in_dotenv_counts_and_the_environment_counts_more(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("HUIYING_PORT=8123\nHUIYING_HOST=0.0.0.0\nOTHERS=1\n")
    assert settings.load().address == "http://127.0.0.1:8123"
    monkeypatch.setenv("HUIYING_PORT", "8124")
    assert settings.load().address == "http://127.0.0.1:8124"


@pytest.mark.parametrize("name", ["WECHAT_APPID", "WECHAT_TOKEN", "WECHAT_SECRET"])
def test_any_setting_of_an_account_turns_the_simulator_off(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert settings.load().simulator
    monkeypatch.setenv(name, "x")
    assert not settings.load().simulator


def test_defaults_are_those_of_the_contract() -> None:
    """docs/design.md section 12."""
    known = settings.load()
    assert (known.host, known.port, known.data.name) == ("127.0.0.1", 8080, "var")
    assert known.wechat_api_base == "https://api.weixin.qq.com"


@pytest.mark.parametrize("hours", ["9", "09:00", "25:00-26:00", "20:00-09:00x", ""])
def test_bad_hours_are_one_sentence(monkeypatch: pytest.MonkeyPatch, hours: str) -> None:
    monkeypatch.setenv("HUIYING_SURVEY_HOURS", hours)
    with pytest.raises((BadSetting, ValueError), match=r"^[^\n]+$"):
        parts.policy(settings.load())


def test_a_city_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(city.BadCity, match=r"units\.yml"):
        city.load(tmp_path / "nowhere")


@pytest.mark.parametrize("content", ["- name: 市城管局\n- [", "- x: y", "just words", ""])
def test_a_city_file_that_cannot_be_used_is_named(tmp_path: Path, content: str) -> None:
    for name in ("units", "categories", "redirects"):
        (tmp_path / f"{name}.yml").write_text(content)
    with pytest.raises(city.BadCity, match=r"units\.yml"):
        city.load(tmp_path)


def test_the_city_of_the_house_can_be_used() -> None:
    known = city.load(settings.HERE / "city")
    assert len(set(known.units)) == len(known.units) > 10
    assert all("/" in category for category in known.categories)
    assert all(text.strip() for text in known.redirects.values())
