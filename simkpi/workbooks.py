"""Workbooks on the ground floor: how one is opened, and how one is begun in which text is never read as a formula."""

from __future__ import annotations

import datetime as dt
import io
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simkpi.errors import OutputError, Problem, SimkpiError

#: Date of creation of every workbook: the same content gives the same bytes.
_NO_DATE = dt.datetime(2000, 1, 1)
#: First bytes of the formats: zip (xlsx, ods) and the older compound file (xls).
_BEGINNINGS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def is_book(data: bytes) -> bool:
    """Say whether *data* begins as a workbook does."""
    return data.startswith(_BEGINNINGS)


def open_book(source: Path | bytes, error: type[SimkpiError], *, file: str = "") -> Any:
    """Open a workbook for reading.

    Parameters
    ----------
    source : Path or bytes
        The file, or its content.
    error : type of SimkpiError
        What to raise.
    file : str
        Name for messages; default: the path.

    Raises
    ------
    SimkpiError
        Of the given type, if it is no workbook, is protected or can not be read.
    """
    import python_calamine

    shown = file or (str(source) if isinstance(source, Path) else "")
    try:
        if isinstance(source, bytes):
            return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(source))
        return python_calamine.CalamineWorkbook.from_path(str(source))
    except FileNotFoundError:
        raise error(Problem("no such file", file=shown)) from None
    except python_calamine.PasswordError:
        raise error(Problem("is protected by a password; save it without one", file=shown)) from None
    except (python_calamine.CalamineError, python_calamine.ZipError, python_calamine.XmlError, OSError) as reason:
        raise error(Problem(f"is not a workbook ({reason})", file=shown)) from None


def row_height(texts: Sequence[str], widths: Sequence[float]) -> float:
    r"""Return the height, points, of a row in which every text is seen in full: not all programs find it themselves.

    Parameters
    ----------
    texts : sequence of str
        What the cells hold; it wraps at spaces.
    widths : sequence of float
        Widths of their columns, characters.

    Examples
    --------
    >>> row_height(["KPI", "Average handle time"], [12, 12]), row_height(["a\nb"], [30])
    (45.0, 30.0)
    """
    return 15.0 * max([1, *(_lines(text, width) for text, width in zip(texts, widths, strict=False))])


def _lines(text: str, width: float) -> int:
    # bold letters are wider than the zero by which columns are measured
    room = max(1, int(width * 0.88))
    return sum(max(1, len(textwrap.wrap(line, room))) for line in text.splitlines() or [""])


@contextmanager
def new_book(path: Path) -> Iterator[Any]:
    """Begin a workbook that is written when the block ends; texts stay texts, whatever they start with.

    Raises
    ------
    OutputError
        If the file can not be written.
    """
    import xlsxwriter

    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
        "default_date_format": "yyyy-mm-dd hh:mm:ss.000",
    }
    try:
        with xlsxwriter.Workbook(str(path), options) as book:
            book.set_properties({"created": _NO_DATE})
            yield book
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        raise OutputError(Problem(f"can not be written ({error})", file=str(path))) from None
