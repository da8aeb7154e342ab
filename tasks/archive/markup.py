"""Bytes of XML → a tree, without entities and network, and never of more tags than asked for.

xml(b"<a><b>one</b></a>", most_tags=100).findtext("b")  →  "one"
"""

from typing import Any

from tasks.archive.refused import Refused


def xml(body: bytes, most_tags: int) -> Any:
    """The root. Raises Refused: too_many_tags, broken_xml (also from 256 levels on)."""
    from lxml import etree

    check_tags(body, most_tags)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        check_memory(error)
        raise Refused("broken_xml", f"is no XML: {error.msg}") from error


def check_entities(root: Any) -> None:
    """Raises Refused where a document declares entities: they are left out of the tree, and so would be its text."""
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and (names := [entity.name for entity in declared.iterentities()]):
        raise Refused("entities", f"declares entities, {names[0]!r} first: not resolved, for they may be a bomb")


def check_memory(error: SyntaxError) -> None:
    """Raises MemoryError where that is what lxml calls an error of syntax."""
    from lxml import etree

    if isinstance(error, etree.XMLSyntaxError) and error.code == etree.ErrorTypes.ERR_NO_MEMORY:
        raise MemoryError from error


def check_tags(body: bytes, most: int) -> None:
    """Raises Refused where there are more, begun or ended, than `most`."""
    if (tags := body.count(b"<")) > most:
        raise Refused("too_many_tags", f"has {tags} tags, more than {most}")


def local_name(element: Any) -> str:
    """The element's name without its namespace; "" for None."""
    return "" if element is None else str(element.tag).rpartition("}")[2]
