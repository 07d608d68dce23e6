import pytest

from channels.wechat.template import Template


def test_an_id_alone_sends_the_fields_by_their_own_names() -> None:
    template = Template.parse("TplA")
    assert (template.id, template.subscription) == ("TplA", False)
    assert template.data({"thing1": "路灯"}) == {"thing1": {"value": "路灯"}}


def test_names_are_mapped_and_only_the_mapped_are_sent() -> None:
    template = Template.parse("subscribe:TplB number=character_string1 matter=thing2 absent=time3")
    assert (template.id, template.subscription) == ("TplB", True)
    assert template.data({"number": "XT1", "matter": "路灯", "unit": "城管局"}) == {
        "character_string1": {"value": "XT1"},
        "thing2": {"value": "路灯"},
    }


def test_values_are_cut_to_what_their_kind_allows() -> None:
    data = Template.parse("TplA").data(
        {"thing12": "路" * 21, "phrase1": "办理中" * 2, "time3": "x" * 99}
    )
    assert data["thing12"]["value"] == "路" * 19 + "…"
    assert data["phrase1"]["value"] == "办理中办理"
    assert data["time3"]["value"] == "x" * 99


def test_a_value_is_one_line() -> None:
    assert Template.parse("T").data({"thing1": "路灯\n 不亮"}) == {"thing1": {"value": "路灯 不亮"}}


@pytest.mark.parametrize("setting", ["", "  ", "TplA thing1"])
def test_a_setting_that_cannot_be_read_is_a_value_error(setting: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        Template.parse(setting)
