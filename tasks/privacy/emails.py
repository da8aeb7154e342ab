"""Addresses of mail, as spans of a text.

    emails("写信到zhang.wei@corp.cn。")                        →  [(3, 20)]
    emails("bob@example.com, git@github.com:org/repo.git")   →  []

Left alone is what reaches nobody: names reserved for examples (RFC 2606), machines that a command is told to go to, files
and units of systemd that have the shape.
"""

import re
from collections.abc import Iterator

from tasks.script import UNSEGMENTED

LONGEST_LOCAL = 64
"""Characters before the @: RFC 5321, 4.5.3.1.1."""
_WORDY = rf"[^\W{UNSEGMENTED}]"  # not of Chinese, where the words before an address touch it
_LOCAL = re.compile(rf"{_WORDY}(?:(?:{_WORDY}|[.%+-])*{_WORDY})?\Z")
_DOMAIN = re.compile(rf"(?:[^\W_{UNSEGMENTED}](?:[^\W_{UNSEGMENTED}]|-){{0,62}}\.){{1,8}}(?a:[A-Za-z]{{2,24}}(?![\w-]))")
_RESERVED = re.compile(
    r"(?i)(?:^|\.)(?:example\.(?:com|net|org|edu|cn)|(?:your|my)?domain\.(?:com|org|net)"
    r"|[^.]+\.(?:test|example|invalid|localhost|local|internal|lan|domain|domainname))$"
)
_FILE_OR_UNIT = re.compile(
    r"(?i)\.(?:service|socket|timer|target|mount|slice|scope|png|jpe?g|gif|svg|webp|js|json|ya?ml|txt|conf|html?)$"
)
_NOBODY = {"git", "hg", "svn", "root", "user", "username", "anonymous", "email", "you", "name", "yourname", "your.name"}
_REMOTE_COMMAND = re.compile(
    r"\b(?:ssh|scp|sftp|rsync|mosh|sshfs|ssh-copy-id|ssh-keygen|clone|kinit)\s(?:(?![,;，；。]|\.\s)[^\n]){0,80}\Z", re.A
)


def emails(text: str) -> Iterator[tuple[int, int]]:
    """Looked for around each @, so that a long text without one costs nothing."""
    at = text.find("@")
    while at >= 0:
        local = _LOCAL.search(text, max(0, at - LONGEST_LOCAL), at)
        domain = _DOMAIN.match(text, at + 1)
        if local and domain and not _reaches_nobody(text, local, domain):
            yield local.start(), domain.end()
        at = text.find("@", at + 1)


def _reaches_nobody(text: str, local: re.Match[str], domain: re.Match[str]) -> bool:
    start, end = local.start(), domain.end()
    if local[0].lower() in _NOBODY or _RESERVED.search(domain[0]) or _FILE_OR_UNIT.search(domain[0]):
        return True
    # scp's host:/path, and user@host of an address such as ftp://user@host.
    if text.startswith((":/", ":~", ":."), end) or text.endswith("://", 0, start):
        return True
    line = text[max(text.rfind("\n", 0, start) + 1, start - 100) : start]
    return _REMOTE_COMMAND.search(line) is not None
