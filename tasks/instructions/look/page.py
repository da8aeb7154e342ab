"""One row → the page that shows it. All text is escaped; nothing is loaded from elsewhere.

page(row, at=0, rows=20, token="k3y", nonce="n", said=None)   → "<!doctype html>…"
"""

from html import escape

from tasks.instructions.look.sample import Shown
from tasks.instructions.look.verdicts import Verdict

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:1rem auto;padding:0 1rem;color:#1f2933}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f5f7fa;padding:.6rem;border-radius:4px;margin:.2rem 0}
h2{font-size:.85rem;color:#616e7c;margin:.8rem 0 0}textarea{width:100%;box-sizing:border-box;font:inherit}
button,a{font:inherit;margin-right:.6rem}
"""
SCRIPT = """
document.addEventListener("keydown", event => {
  if (event.target.tagName === "TEXTAREA" || event.ctrlKey || event.metaKey || event.altKey) return;
  const found = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!found) return;
  event.preventDefault();
  found.click();
});
"""
KEYS = {"keep": "k", "drop": "d", "fix": "f"}


def page(row: Shown, *, at: int, rows: int, token: str, nonce: str, said: Verdict | None) -> str:
    """HTML of row number `at`, counted from 0; `said` is the verdict it has already."""
    facts = "".join(f"<li>{escape(name)}: {escape(text)}</li>" for name, text in row.facts)
    texts = "".join(f"<h2>{escape(name)}</h2><pre>\n{escape(text)}</pre>" for name, text in row.texts)
    answer = said.output if said and said.verdict == "fix" else row.output
    body = f"""<p>{_link(at - 1, "ArrowLeft", "← before", rows, token)}{_link(at + 1, "ArrowRight", "next →", rows, token)}
row {at + 1} of {rows} · {escape(row.group)} · {escape(row.by)} · <b>{said.verdict if said else "no verdict yet"}</b></p>
<ul>{facts}</ul>{texts}
<form method="post" action="/verdict"><input type="hidden" name="token" value="{escape(token)}">
<input type="hidden" name="at" value="{at}"><h2>answer (edit it, then fix)</h2>
<textarea name="output" rows="12">\n{escape(answer)}</textarea><p>{_buttons(row)}</p></form>"""
    return _whole(body, nonce)


def finished(rows: int, token: str, nonce: str) -> str:
    """What is shown where there is nothing left to look at."""
    return _whole(f"<p>All {rows} rows have a verdict. {_link(0, 'ArrowLeft', 'Look again', rows, token)}</p>", nonce)


def _buttons(row: Shown) -> str:
    """Of a row that was not kept only whether that was right: there is no row to be mended."""
    said = ("keep", "drop", "fix") if row.group == "kept" else ("keep", "drop")
    return "".join(
        f'<button name="verdict" value="{word}" data-key="{KEYS[word]}">{word} ({KEYS[word]})</button>' for word in said
    )


def _link(at: int, key: str, text: str, rows: int, token: str) -> str:
    return f'<a data-key="{key}" href="/?token={escape(token)}&amp;at={at}">{text}</a>' if 0 <= at < rows else ""


def _whole(body: str, nonce: str) -> str:
    return (
        f'<!doctype html><meta charset="utf-8"><title>Rows</title><style nonce="{nonce}">{STYLE}</style>'
        f'{body}<script nonce="{nonce}">{SCRIPT}</script>'
    )
