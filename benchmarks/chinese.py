"""Chinese sentences without a download: word lists of ours, put into patterns of ours. Some 10**7 differ.

sentences(Random(1))  →  "维护人员昨天夜里重新检查了数据库，发现索引只有三分之一是完整的。", …
"""

from collections.abc import Iterator
from random import Random

WHO = """维护人员 图书管理员 值班医生 新来的学生 老船长 审计小组 邻居家的孩子 火车司机 翻译 厨师长 气象员 测绘队 编辑部 仓库主任
志愿者 钢琴老师 果农 巡林员 海关职员 设计师 考古学者 市政工程师 面包店老板 天文爱好者 调度中心 出版商 护士长 陶艺家 保险公司 足球教练""".split()
WHEN = """昨天夜里 上个星期 去年冬天 开会之前 雨停以后 清晨五点 假期结束时 第三季度 搬家那天 停电期间 演出当晚 春节前后 考试周
收割季节 大雾散去时 两年以前 飞机降落后 周末下午 发布新版之后 洪水退去的时候""".split()
DID = """重新检查了 悄悄换掉了 仔细登记了 完全忘记了 反复比较了 临时关闭了 公开讨论了 小心修复了 逐页翻译了 亲手测量了 错误地删除了 顺利交付了
提前归还了 分批运走了 匿名捐赠了 认真描绘了 当场拆开了 远程启动了 勉强接受了 连夜抄写了""".split()
WHAT = """数据库 旧城墙的照片 一箱苹果 备用钥匙 防洪堤坝 手写乐谱 电费账单 山路的地图 显微镜 渔船的发动机 第七章的脚注 望远镜镜片 幼儿园的屋顶
出口合同 古代铜镜 地铁时刻表 配置文件 灯塔的灯泡 温室里的番茄 法语词典 水质报告 剧院的座位 蜂箱 缓存目录 毕业论文 石桥的栏杆 候鸟的脚环
急救箱 纪念邮票 冷冻样本""".split()
FOUND = """索引只有三分之一是完整的 颜色比说明书上深得多 编号和清单对不上 重量少了将近两公斤 背面还写着一行小字 没有人在上面签过名
每隔七天就会自己复原 价格已经涨了一倍 气味像是潮湿的木头 里面藏着一张旧车票 声音比想象中轻 最后一页不见了 螺丝全都拧反了 温度始终降不下来
寄件地址是一座空房子 误差不超过一毫米 保质期还剩四个月 图案来自南方的传说 密码写在便签上 底部裂开了一道缝""".split()
HOW = """说实话 按照惯例 出于谨慎 据当地报纸报道 不知为什么 和预料的相反 经过三次投票 为了节省开支 在大家的劝说下 根据附件中的规定
趁着天还没黑 凭着多年的经验 由于预算有限 隔着一条河 按照医生的建议""".split()
PATTERNS = (
    "{who}{when}{did}{what}，发现{found}。",
    "{how}，{who}{did}{what}，可是{found}。",
    "{when}，{what}被送到了{who}那里，据说{found}。",
    "如果{found}，{who}就不会{when}还守着{what}。",
    "“{found}，”{who}指着{what}说。",
    "关于{what}，{who}只记得一件事：{found}。",
    "{how}，没有人告诉{who}，{when}的{what}到底去了哪里。",
    "{who}认为{found}，因此{did}{what}。",
    "直到{when}，{who}才明白{what}为什么会这样：{found}。",
    "{what}旁边的牌子上写着：{who}{when}{did}这里的一切。",
    "既然{found}，那么{how}，{what}应当交给{who}保管。",
    "有一次{who}问起{what}，得到的回答却是{found}。",
)


def sentences(source: Random) -> Iterator[str]:
    """Without end."""
    while True:
        words = {"who": WHO, "when": WHEN, "did": DID, "what": WHAT, "found": FOUND, "how": HOW}
        yield source.choice(PATTERNS).format(**{slot: source.choice(some) for slot, some in words.items()})
