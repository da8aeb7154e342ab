"""Which licences are known: SPDX identifiers and expressions, and LicenseRef-… for one that SPDX does not list.

spdx("mit or apache-2.0")  →  "MIT OR Apache-2.0"        spdx("unknown"), spdx("see below")  →  ""
"""

from functools import lru_cache

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from tasks.archive.settings import ArchiveParams
from tasks.errors import ParamsError

LONGEST = 200
"""Characters of an expression; a row may hold anything."""


@lru_cache(maxsize=1024)
def spdx(told: str) -> str:
    """A licence as SPDX writes it; "" for what is none."""
    if len(told) > LONGEST:
        return ""
    try:
        return str(canonicalize_license_expression(told))
    except InvalidLicenseExpression:
        return ""


def check_licenses(params: ArchiveParams) -> None:
    """Raises ParamsError for a source whose licence is not known, unless params allow that."""
    for source in params.sources:
        if not params.allow_unknown_license and not spdx(source.license):
            raise ParamsError(
                f"params/archive.yaml: the license {source.license!r} of source {source.name} is not known. Name one of "
                "https://spdx.org/licenses/ (such as CC-BY-4.0), or LicenseRef-<name> for one that is not there, or set "
                "`allow_unknown_license: true`."
            )
