"""Chinese sentences without a download: short words of ours, put into patterns of ours, hardly two alike.

next(sentences(Random(1)))  →  "清晨第415号仓库的旧铜镜又丢了，值班的护士长只好连夜登记下来。"
"""

from collections.abc import Iterator
from random import Random

WORDS = {
    "old": ["旧", "新", "大", "小", "破", "白", "黑", "红", "轻", "重", "湿", "干", "空", "满", "远", "近", "冷", "热", "甜", "苦", "圆", "方", "薄", "厚", "静", "响", "直", "弯", "慢", "快"],
    "thing": ["铜镜", "账单", "乐谱", "钥匙", "地图", "词典", "合同", "蜂箱", "石桥", "灯塔", "番茄", "邮票", "论文", "堤坝", "渔船", "屋顶", "脚环", "样本", "索引", "缓存", "螺丝", "照片", "图纸", "车票", "棉被", "陶罐", "雨伞", "书架", "算盘", "风筝", "芦苇", "煤炉", "木梯", "砚台", "瓷砖", "罗盘", "录音", "招牌", "桌布", "药方"],
    "who": ["船长", "会计", "护士", "园丁", "翻译", "厨师", "司机", "果农", "法官", "裁缝", "画家", "渔民", "教练", "学生", "邻居", "木匠", "店主", "记者", "队员", "导游", "医生", "编辑", "门卫", "钟表匠", "气象员", "管理员", "工程师", "调度员", "修补工", "讲解员"],
    "job": ["值班", "退休", "年轻", "沉默", "外地", "本地", "左撇子", "热心", "迟到", "病愈", "远房", "固执", "代班", "守夜", "粗心", "细心", "出名", "失业", "实习", "匿名"],
    "when": ["清晨", "昨夜", "上周", "去年", "雨后", "会前", "春节", "停电时", "搬家前", "收割后", "第三天", "两年前", "大雾里", "周末", "开学时", "考试前", "演出后", "退潮时", "入秋后", "除夕"],
    "where": ["码头", "阁楼", "山口", "北站", "药房", "操场", "仓库", "井边", "剧院", "果园", "海关", "地窖", "茶馆", "桥头", "温室", "机房", "渡口", "校门", "庙里", "河滩"],
    "did": ["登记", "换掉", "忘记", "比较", "关闭", "讨论", "修好", "翻译", "测量", "删除", "交付", "归还", "运走", "捐赠", "描下", "拆开", "启动", "接受", "抄写", "藏起", "擦亮", "卖掉", "寄出", "称过", "晒干", "锁上", "借走", "补齐", "涂改", "推倒"],
    "how": ["悄悄", "连夜", "亲手", "小心", "公开", "临时", "分批", "勉强", "反复", "顺利", "错误", "当场", "远程", "匿名", "逐页", "提前", "认真", "彻底", "随手", "照例"],
    "but": ["可是", "不过", "然而", "于是", "因此", "后来", "结果", "据说", "其实", "好在", "偏偏", "至今", "幸亏", "何况", "原来"],
    "state": ["少两斤", "不见了", "涨了价", "很潮湿", "对不上", "拧反了", "漏着水", "没签名", "裂开了", "发了霉", "还剩半", "全空了", "像新的", "不认账", "太拥挤", "没响过", "冻住了", "生了锈", "掉了色", "走了样", "卡住了", "有回声", "过期了", "变轻了", "没人要"],
}
PATTERNS = (
    "{when}{job}{who}{how}{did}了{old}{thing}，{but}{where}{number}号{thing2}{state}。",
    "{where}那{number}件{old}{thing}{state}，{but}{job}{who}{how}{did}它。",
    "“{thing}{state}？”{job}{who}在{where}问{number}次，{but}{when}才{did}{thing2}。",
    "{but}{when}，{old}{thing}和{thing2}{state}，{where}的{who}{how}{did}{number}回。",
    "凡是{old}{thing}，{job}{who}都{how}{did}，{but}第{number}只{thing2}{state}。",
    "{number}元一张的{thing}，{when}被{who}{how}{did}，{but}{where}{old}{thing2}{state}。",
    "{who}{but}{how}去{where}，{when}{did}{number}个{old}{thing2}，说{thing}{state}。",
    "若{thing}{state}，{job}{who}{when}便{how}{did}{where}的{number}份{old}{thing2}。",
)


def sentences(source: Random) -> Iterator[str]:
    """Without end."""
    while True:
        words = {slot: source.choice(some) for slot, some in WORDS.items()}
        words |= {"thing2": source.choice(WORDS["thing"]), "number": str(source.randrange(2, 1000))}
        yield source.choice(PATTERNS).format(**words)
