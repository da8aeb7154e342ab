"""What a file says is read right, or not at all: never as the characters of another encoding."""

import random
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.archive.encoding import decoded
from tasks.archive.refused import Refused

SIMPLIFIED = """指令微调是让语言模型学会按照人的要求做事的一种训练方法。先准备许多成对的指令和回答，再用这些数据训练模型。
数据的质量比数量重要：重复的、错误的、含有私人信息的样本都应当去掉，并且留下理由。列出文件和目录，复制文件。
"""
TRADITIONAL = """這個命令用來列出目錄中的檔案。請先閱讀說明文件，再決定要使用哪些選項。
臺灣的使用者習慣使用繁體中文，電腦軟體的翻譯也有自己的詞彙，例如軟體、程式、網路與資料庫。
"""
JAPANESE = """この命令はディレクトリの中のファイルを一覧表示します。まず説明書を読んで、必要な選択肢を決めてください。
日本語の文章では、ひらがなとカタカナと漢字が混ざって使われます。東京の朝は静かで、電車の音が聞こえます。
"""
KOREAN = "이 명령은 디렉터리에 있는 파일의 목록을 보여 줍니다. 먼저 설명서를 읽고 필요한 선택을 정하십시오.\n"
RUSSIAN = "Эта команда выводит список файлов в каталоге. Сначала прочитайте описание, потом выберите нужные параметры.\n"
FRENCH = "Voilà déjà l’été : les élèves rêvent de la forêt où ils étaient allés. Le garçon reçoit une lettre de sa sœur.\n"
GERMAN = (
    "Die Straße führt über den Fluß, und die Bäume blühen schön. Größere Städte hören früh auf. Übung macht den Meister.\n"
)
ENGLISH = (
    "The café’s owner wrote “naïve” in the résumé – it cost €5. Nothing else was odd about the page, in plain English.\n"
)

SAMPLES = [
    (SIMPLIFIED, "gbk"),
    (SIMPLIFIED, "gb18030"),
    (TRADITIONAL, "gb18030"),
    (TRADITIONAL, "big5"),
    (JAPANESE, "shift_jis"),
    (JAPANESE, "euc_jp"),
    (KOREAN, "euc_kr"),
    (RUSSIAN, "cp1251"),
    (RUSSIAN, "koi8_r"),
    (FRENCH, "cp1252"),
    (GERMAN, "latin_1"),
    (ENGLISH, "cp1252"),
]
TEXTS = [SIMPLIFIED, TRADITIONAL, JAPANESE, KOREAN, RUSSIAN, FRENCH, GERMAN, ENGLISH]


@pytest.mark.parametrize(("text", "encoding"), SAMPLES)
@pytest.mark.parametrize("times", [1, 3, 500])
def test_an_encoding_that_nobody_tells_is_found(text: str, encoding: str, times: int) -> None:
    assert decoded((text * times).encode(encoding)) == text * times


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_found(text: str, encoding: str) -> None:
    assert decoded(text.encode(encoding)) == text


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_utf_8_and_what_begins_with_a_mark_need_no_guess(text: str, encoding: str) -> None:
    assert decoded(text.encode(encoding)) == text
    assert decoded(b"\xfe\xff" + text.encode("utf-16-be")) == text


@pytest.mark.parametrize(
    ("told", "markup", "body"),
    [
        ("text/html; charset=koi8-r", False, "да".encode("koi8-r")),
        ("", True, "<meta charset='koi8-r'>да".encode("koi8-r")),
        ("", True, "<?xml version='1.0' encoding='koi8-r'?><p>да</p>".encode("koi8-r")),
    ],
)
def test_what_is_told_is_believed_however_short(told: str, markup: bool, body: bytes) -> None:
    assert "да" in decoded(body, told, markup=markup)


@pytest.mark.parametrize(
    "said", ["<meta charset=utf-16>", "<?xml version='1.0' encoding='UTF-16'?>", "<meta charset=unicode>"]
)
@pytest.mark.parametrize("text", ["茶", "tea", "tea."])
def test_a_page_that_says_utf_16_in_single_bytes_is_none(said: str, text: str) -> None:
    assert decoded((said + text).encode(), markup=True) == said + text


@pytest.mark.parametrize("told", ["text/html; charset=iso-8859-1", "text/html; charset=gbk", "text/html; charset=koi8-r"])
def test_a_server_that_says_otherwise_does_not_spoil_what_is_utf_8(told: str) -> None:
    for text in (SIMPLIFIED, FRENCH * 3, RUSSIAN):
        assert decoded(text.encode(), told, markup=True) == text


@pytest.mark.parametrize("text", ["café déjà", "El niño pequeño", "informação", "på gården", "La città è più bella"])
def test_a_few_words_of_the_west_are_not_taken_for_russian(text: str) -> None:
    try:
        assert decoded(text.encode("cp1252")) == text
    except Refused as refused:
        assert refused.rule == "not_text"


def test_a_text_does_not_tell_its_encoding_by_speaking_of_one() -> None:
    text = "How to write: charset=koi8-r, or <?xml encoding='big5'?>. " + GERMAN
    assert decoded(text.encode()) == text


noise = random.Random(1)
NO_TEXTS = {
    "bytes by chance": noise.randbytes(5000),
    "high bytes by chance": bytes(noise.randrange(128, 256) for _ in range(5000)),
    "a picture": b"\x89PNG\r\n\x1a\n" + noise.randbytes(2000),
    "a program": b"\x7fELF\2\1\1" + bytes(9) + noise.randbytes(500) + bytes(500) + noise.randbytes(5000),
    "UTF-8, then Latin-1": SIMPLIFIED.encode() + GERMAN.encode("latin-1"),
    "French in UTF-8, then in CP1252": FRENCH.encode() + FRENCH.encode("cp1252"),
    "one UTF-8 word in CP1252": FRENCH.encode("cp1252") * 9 + "élève".encode(),
    "one Latin-1 byte in UTF-8": SIMPLIFIED.encode() + b"caf\xe9\n" + SIMPLIFIED.encode(),
    "UTF-8, then GBK": SIMPLIFIED.encode() + SIMPLIFIED.encode("gbk"),
    "GBK, then Big5": SIMPLIFIED.encode("gbk") + TRADITIONAL.encode("big5"),
    "GBK, then Shift-JIS": SIMPLIFIED.encode("gbk") + JAPANESE.encode("shift_jis"),
    "much GBK, then Shift-JIS": SIMPLIFIED.encode("gbk") * 900 + JAPANESE.encode("shift_jis") * 3,
    "GBK, then UTF-16": SIMPLIFIED.encode("gbk") + SIMPLIFIED.encode("utf-16-le"),
    "Shift-JIS, then UTF-8": JAPANESE.encode("shift_jis") + JAPANESE.encode(),
    "CP1252, then CP1251": FRENCH.encode("cp1252") + RUSSIAN.encode("cp1251"),
    "GBK with a wrong byte at its end": SIMPLIFIED.encode("gbk") * 900 + b"\xff",
    "UTF-16 with an odd byte": b"\xff\xfe" + SIMPLIFIED.encode("utf-16-le") + b"\n",
    "half of UTF-32": b"\xff\xfe\0\0" + SIMPLIFIED.encode("utf-32-le")[:-2],
    "UTF-8 with its mark and a wrong byte": b"\xef\xbb\xbf" + FRENCH.encode("cp1252"),
}


@pytest.mark.parametrize("body", NO_TEXTS.values(), ids=NO_TEXTS.keys())
def test_what_is_no_text_or_two_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as caught:
        decoded(body)
    assert caught.value.rule in ("not_text", "unknown_encoding")
    assert "byte " in caught.value.reason


@pytest.mark.parametrize("body", [b"a\0b", b"text\0", b"\0\0\0\0", ENGLISH.encode() + bytes(7)])
def test_a_stray_nul_does_not_make_utf_16_of_a_text(body: bytes) -> None:
    assert decoded(body) == body.decode()


@pytest.mark.parametrize("unit", [b"\x81\x30", b"\xa4\xa2", b"\xe3\x81", b"\xe9 ", b"\xff", b"\0\xd8", b"\xd0\xcf\x11\xe0"])
def test_to_find_or_to_refuse_takes_a_moment_whatever_the_bytes(unit: bytes) -> None:
    start = time.process_time()
    with suppress(Refused):
        decoded(unit * (2**21 // len(unit)))
    assert time.process_time() - start < 10  # linear takes 0.84 s on a slow processor, quadratic minutes


@given(st.binary(max_size=400))
def test_no_bytes_are_an_error_and_what_is_read_was_there(body: bytes) -> None:
    try:
        text = decoded(body)
    except Refused:
        return
    assert len(text) <= len(body)


@given(st.text(st.characters(codec="utf-8"), max_size=200))
@pytest.mark.whole  # seconds
def test_every_text_in_utf_8_comes_back(text: str) -> None:
    body = text.encode()
    if 4 * body.count(0) < len(body):
        assert decoded(b"x" + body) == "x" + text
