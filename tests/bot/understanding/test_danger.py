"""Every emergency is heard; talk about dangers is not taken for one."""

import pytest

from bot.understanding.understanding import Builtin

NOW = (
    ("着火了，快来人", "fire"),
    ("我家厨房油锅起火了", "fire"),
    ("三楼有人家里冒黑烟，好像里面还有小孩", "fire"),
    ("楼下充电的电动车炸了，火好大", "fire"),
    ("屋里好重的煤气味，不知道哪里漏", "gas"),
    ("施工的把天然气管挖断了，一直在喷气", "gas"),
    ("煤气中毒，叫不醒了", "gas"),
    ("有人晕倒在公交站，没有呼吸了", "medical"),
    ("小孩掉进河里了！", "medical"),
    ("我不想活了，你们别管我", "medical"),
    ("桥上有个女的要跳江", "medical"),
    ("我爸喝了农药", "medical"),
    ("有人在砍人，好多血", "crime"),
    ("救命，他在砸门，手里有刀", "crime"),
    ("我刚刚被抢了，人往东边跑了", "crime"),
    ("我家孩子在商场不见了", "crime"),
    ("出车祸了，人躺在地上不动", "traffic"),
    ("大货车侧翻了，司机卡在里面", "traffic"),
    ("房子塌了，有人埋在下面", "structure"),
    ("我被困在电梯里了，好黑", "structure"),
    ("有个男的从公交站一直跟着我到小区门口", "crime"),
    ("后面有人跟着我，好怕", "crime"),
    ("有人尾随我，我不敢回家", "crime"),
    ("一个陌生男人一路跟着我女儿", "crime"),
    ("有个人一直跟在我后面，我走快他也走快", "crime"),
    ("我被人跟踪了", "crime"),
    ("有辆车跟着我跟了两条街了", "crime"),
    ("那个人又在我家楼下守着我，我不敢下去", "crime"),
    ("前男友跟踪我，现在就在门外面", "crime"),
    ("有人偷偷跟在我崽后面，戴着口罩", "crime"),
    ("水管爆了，水漏到电箱里冒火花", "fire"),
    ("司机开车打电话，刚刚撞到人了", "traffic"),
    ("闻到煤气味，灶打不着火", "gas"),
)
CALM = (
    "楼道堆满杂物，消防通道堵了，担心着火",
    "去年我们小区着过一次火，到现在电线还没换",
    "灭火器过期了去哪里换",
    "燃气费怎么交",
    "燃气公司安检多久一次",
    "烧烤店油烟太大了",
    "这家店最近很火，停车停得到处都是",
    "我气死了，打了三次电话没人管",
    "上个月被车撞了，对方不赔钱怎么办",
    "工伤怎么认定，去年在工地摔断了腿",
    "电梯经常坏，希望物业维修",
    "派出所一直没给我答复",
    "请问消防验收要什么材料",
    "火车站出口黑车拉客",
    "医院急诊排队太久",
    "路灯坏了，晚上容易出车祸",
    "建议在河边装护栏，防止小孩落水",
    "救护车收费标准是多少",
    "公积金怎么提取",
    "楼上半夜打麻将吵死人",
    "我家阳台有个马蜂窝，怕蜇人",
    "屋檐下好大的马蜂窝，请消防来摘掉",
    "楼下树上有个蜂窝，要掉下来了",
    "蜂子窝就在窗户边，小孩被蛰了一下",
    "胡蜂窝太大了，不敢开窗",
    "水管爆了，水流了一地",
    "自来水管爆裂，水到处喷",
    "路边水管炸了，水喷得好高",
    "主水管爆了，整条街停水",
    "家里水管爆了快来人修",
    "暖气管爆了，地板泡了",
    "水管要爆了",
    "燃气灶打不着火",
    "煤气灶点不着火了",
    "燃气灶打不燃火，没有味道",
    "热水器打不着火，冒不出热水",
    "灶打不起火了怎么办",
    "公交司机开车打电话",
    "司机边开车边打电话，太危险了",
    "12路司机一直在打电话，投诉他",
    "出租车司机开车玩手机",
    "网约车司机边开车边打电话",
    "小区的流浪狗一直跟着我要吃的",
    "银行推销的一直跟着我推销保险",
    "网上商家一直跟踪我的浏览记录投诉",
    "快递一直跟踪不到",
    "推销的人跟着我走了一路，烦死了",
    "水表爆了一直漏水",
    "厕所水管炸了，楼下都淹了",
    "下水管爆了，粪水喷出来",
    "我家燃气打不着火，是不是停气了",
    "灶台打火打不着，请上门修",
    "有人砍树",
)


@pytest.mark.parametrize(("text", "kind"), NOW)
def test_an_emergency_is_heard(builtin: Builtin, text: str, kind: str) -> None:
    found = builtin.danger.detect(text, builtin.engine.rank(text))
    assert found == f"danger_{kind}"


@pytest.mark.parametrize("text", CALM)
def test_talk_of_danger_is_not_an_emergency(builtin: Builtin, text: str) -> None:
    assert builtin.danger.detect(text, builtin.engine.rank(text)) == ""


def test_a_sign_is_heard_without_the_classifier(builtin: Builtin) -> None:
    assert builtin.danger.detect("着火了", ()) == "danger_fire"
