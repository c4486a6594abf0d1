"""Names of the files that the page saves: from a title, safe on every system."""

from __future__ import annotations

import re
import unicodedata


def file_name(title: str) -> str:
    """Make a name of a file, without its ending, from a title: ASCII letters, digits and hyphens.

    Examples
    --------
    >>> file_name("Boutique, été <script>"), file_name("../..")
    ('boutique-ete-script', 'scenario')
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "scenario"
