"""What is known of a page about a command with examples, English or Chinese, by name.

    # tar                        command tar, about Archiving utility.,
    > Archiving utility.         examples [{does: Create an archive, run: tar cf target.tar file}],
    - Create an archive:         with_options: those examples of which `options` is not empty
    `tar cf {{target.tar}} {{file}}`

Two forms are read: that of tldr, above, whose `{{[-a|--all]}}` becomes --all and `{{file}}` file; and a line of explanation
before a block of one line of shell, as Chinese command pages have it.
"""

import re
from typing import Any

from tasks.instructions.facts_of_prose import unwrapped

NAMES = frozenset({"command", "about", "examples", "with_options"})

MOST_EXAMPLES = 12
_NAME = re.compile(r"^(?:# +(\S.{0,39})|(\S{1,40})\n={3,})$", re.MULTILINE)
_QUOTED = re.compile(r"^> *(?!More information|See also|更多信息|更多資訊|另见|参见|參見)(\S.{5,158})$", re.MULTILINE)
_UNDER_NAME = re.compile(r"^\S{1,40}\n={3,}\n+([^\s#>`*-].{3,158})$", re.MULTILINE)
_SHORT = re.compile(r"^- (\S.{0,150}?) ?[:：]\n+`([^`\n]{1,150})`$", re.MULTILINE)
_BLOCK = re.compile(r"^\s*(?![#`])(\S.{3,150}?)\n+```(?:shell|bash|sh|console)?\n([^`\n]{2,150})\n```$", re.MULTILINE)
_OPTION = re.compile(r"\{\{\[([^\]|{}]+)\|([^\]{}]+)\]\}\}")
_PLACE = re.compile(r"\{\{(.*?)\}\}")
_RESULT = re.compile(r"输出|结果|如下|返回|output|result", re.IGNORECASE)
"""Words of a line that tells what came out, not what was done."""
_PROMPT = re.compile(r"^(?:\[[^\]\n]{1,40}\])?[$#] *|^root@\S{1,40} *")
_COMMENT = re.compile(r"\s+#.*$")
_FLAG = re.compile(r"(?<!\S)--?[A-Za-z][\w-]*")
_NOISE = re.compile(r"[*`]|\{\{|\}\}")

Facts = dict[str, Any]
Example = dict[str, Any]


def facts_of_commands(text: str) -> Facts:
    """Those of the facts that a page about a command has; {} where it has no example."""
    name = _NAME.search(text[:200])
    command = (name.group(1) or name.group(2)).strip() if name else ""
    examples = _examples(text, command) if command else []
    if not examples:
        return {}
    about = _QUOTED.search(text) or _UNDER_NAME.search(text)
    described = {"about": unwrapped(_plain(about.group(1)))} if about else {}
    with_options = [example for example in examples if example["options"]]
    return {"command": command, "examples": examples, "with_options": with_options, **described}


def shape(run: str) -> str:
    """A command without what stands for the reader's own words, by which it is found in another language."""
    return " ".join(_PLACE.sub("…", _OPTION.sub(r"\2", run)).split())


def _examples(text: str, command: str) -> list[Example]:
    """Those that run the command itself, each explanation and each command line once."""
    found = _SHORT.findall(text) or [(does, _COMMENT.sub("", run)) for does, run in _BLOCK.findall(text) if _tells(does)]
    examples = [_example(does, run) for does, run in found[:MOST_EXAMPLES]]
    own = [example for example in examples if example["does"] and command in example["run"]]
    by_does = {example["does"]: example for example in reversed(own)}
    by_run = {example["run"]: example for example in reversed(by_does.values())}
    return [example for example in own if by_run.get(example["run"]) is example]


def _tells(line: str) -> bool:
    """Whether a line before a block says what the block does, and is no heading, no remark and no result."""
    return len(line) <= 60 and "。" not in line.rstrip("。") and not _RESULT.search(line)


def _example(does: str, run: str) -> Example:
    line = _PROMPT.sub("", _PLACE.sub(r"\1", _OPTION.sub(r"\2", run)).strip())
    said = unwrapped(_plain(does)).removeprefix("- ").rstrip(":：。. ")
    return {"does": said, "run": line, "shape": shape(run), "options": list(dict.fromkeys(_FLAG.findall(line)))}


def _plain(text: str) -> str:
    return _NOISE.sub("", text)
