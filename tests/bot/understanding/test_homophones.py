import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.homophones import respelt


@pytest.mark.parametrize(
    ("known", "said", "found"),
    [
        ("桑梅中路的张记米粉店", "店名写得不对，是立早章的章，章记", ("张记", "章记")),
        ("易俗河镇经贵路那边", "语音听错了 金桂路 黄金的金 桂花的桂", ("经贵路", "金桂路")),
        ("花石镇街上那个红旗超市", "语音转错了 鸿琪 鸿雁的鸿", ("红旗", "鸿琪")),
        ("西村路上面的厕所", "语音认错字了 是熙春路", ("西村路", "熙春路")),
        ("岳塘区和塘路33号", "不是和平的和，是荷花的荷，荷塘路", ("和塘路", "荷塘路")),
        ("岳塘区霞光东路", "要得 是的 交了吧", None),
        ("岳塘区霞光东路", "霞光东路", None),
    ],
)
def test_a_name_that_sounds_alike_is_found(
    known: str, said: str, found: tuple[str, str] | None
) -> None:
    assert respelt(known, said) == found


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_may_be_compared(known: str, said: str) -> None:
    found = respelt(known, said)
    assert found is None or (found[0] in known and found[1] in said)
