"""What the citizen wants done (诉求): 「希望…」, 「请尽快…」, 「要求…」."""

import re

_MOST = 3
_LONGEST = 200

_SAID = re.compile(
    r"(?:我的|本人)?(?:诉求|要求)(?:如下|[是为])?[:：是为]\s*(?P<what>[^\n。！？!?]{2,120})"
)
_CLAUSE = r"[^，,。！？!?；;\n]"
_GO_ON = r"(?:并且?|同时|以及|而且|或者|还我|给我们?一个|给个|尽快|及时|让|不要再|不然)"
_WISH = re.compile(
    rf"(?:(?:强烈|恳切)?(?:希望|盼望?|要求|请求|恳请|恳求|呼吁|敬请|烦请|建议|提议|能否|可否){_CLAUSE}{{2,80}}"
    rf"|(?:能不能|可不可以)(?=派|帮|尽快|让|给|把|安排|来|管|叫|在|加|多){_CLAUSE}{{2,80}}"
    rf"|(?:麻烦(?![你您]们?了)|(?<![邀申聘宴有])请(?![问假客教示帖柬])){_CLAUSE}{{3,80}}"
    rf"|(?:我们?|只|就|(?<=[，,。；;\s]))要(?:求)?(?=[他它她你]们?|物业|店家|商家|老板|公司|学校|医院|开发商|厂家){_CLAUSE}{{3,80}}"
    rf"|(?<!不)[想要](?=退[款钱费还货]|赔偿|赔我|补偿|换货|恢复){_CLAUSE}{{2,80}})"
    rf"(?:[，,\s]?{_GO_ON}{_CLAUSE}{{1,60}}){{0,3}}"
)
_MATTER = re.compile(r"(?:建议|麻烦)[^，,]{0,6}(?:是|很|太|死)")
"""「麻烦得很」 asks for nothing."""
_TAIL = re.compile(r"(?:[，,\s]|谢谢[您你]?们?|感谢|拜托了?|啊|呀|吧|哦|[。.!！~])+$")
_CONTACT = re.compile(r"[，,\s]*(?:我的|我|本人)?(?:联系)?(?:电话|手机|号码)[^，,]*$")


def find_demand(text: str) -> str:
    """What a text asks for, in the citizen's words; several wishes joined, '' for none."""
    said = _SAID.search(text)
    if said:
        return _trimmed(said["what"])
    wishes = (_trimmed(match[0]) for match in _WISH.finditer(text) if not _MATTER.match(match[0]))
    found = list(dict.fromkeys(wish for wish in wishes if wish))[:_MOST]
    return "；".join(found)[:_LONGEST]


def _trimmed(wish: str) -> str:
    return _TAIL.sub("", _CONTACT.sub("", wish))
