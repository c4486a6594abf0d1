"""The look of workbooks of results: headers, number formats by unit and precision, and charts in simkpi's colours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from simkpi.report import theme
from simkpi.units import decimals_for
from simkpi.workbooks import row_height


class Pen:
    """A workbook that is being written, its formats and its language.

    Parameters
    ----------
    book : Workbook
        From :func:`simkpi.workbooks.new_book`.
    lang : str
        ``en`` or ``fr``. Decimal signs are the spreadsheet's own affair: cells hold numbers.
    """

    BLUE, ORANGE, GREEN, RED, GREY, GRID = theme.BLUE, theme.ORANGE, theme.GREEN, theme.VERMILLION, theme.GREY, theme.GRID

    def __init__(self, book: Any, lang: str) -> None:
        self.book, self.lang = book, lang
        self.title = book.add_format({"bold": True, "font_size": 12})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self._head = book.add_format(
            {"bold": True, "bg_color": theme.BLUE, "font_color": "#FFFFFF", "text_wrap": True, "valign": "top"}
        )
        self._widths: dict[str, Sequence[float]] = {}
        self._numbers: dict[str, Any] = {}
        self._fills: dict[str, Any] = {}

    def sheet(self, name: str, *, widths: Sequence[float]) -> Any:
        """Add a sheet with columns of the given *widths*, characters."""
        sheet = self.book.add_worksheet(name[:31])
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        self._widths[sheet.get_name()] = widths
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        return sheet

    def header(self, sheet: Any, row: int, words: Sequence[str]) -> None:
        """Write a header row, high enough for its words."""
        sheet.set_row(row, row_height(words, self._widths[sheet.get_name()]))
        for column, word in enumerate(words):
            sheet.write_string(row, column, word, self._head)

    def number(self, code: str) -> Any:
        """Return the format of a number."""
        return self._numbers.setdefault(code, self.book.add_format({"num_format": code}))

    def filled(self, color: str | None) -> Any:
        """Return the format of a filled cell; None if there is no color."""
        return self._fills.setdefault(color, self.book.add_format({"bg_color": color, "indent": 1})) if color else None

    def figure(self, sheet: Any, row: int, column: int, value: float | None, *, like: tuple[str, float | None]) -> None:
        """Write a figure in full, shown as its unit and half-width (*like*) support; nothing if it is undefined."""
        if value is not None and math.isfinite(value):
            sheet.write_number(row, column, value, self.number(number_format(*like)))

    @staticmethod
    def range(sheet: Any, first_row: int, first_column: int, last_row: int, last_column: int) -> str:
        """Return a range as the formula of a chart."""
        from xlsxwriter.utility import quote_sheetname, xl_range_abs

        return f"={quote_sheetname(sheet.get_name())}!{xl_range_abs(first_row, first_column, last_row, last_column)}"

    def place(self, chart: Any, sheet: Any, name: str, row: int, column: int, *, legend: bool = True) -> None:
        """Put a chart with its title into a sheet."""
        chart.set_title({"name": name, "name_font": {"size": 12, "bold": True}, "overlay": False})
        chart.set_legend({"position": "bottom"} if legend else {"none": True})
        chart.set_size({"width": 860, "height": 300})
        chart.show_blanks_as("gap")
        sheet.insert_chart(row, column, chart, {"description": name})


def number_format(unit: str, half_width: float | None) -> str:
    """Return a spreadsheet's format for a figure.

    Examples
    --------
    >>> number_format("fraction", 0.006), number_format("seconds", 2.0), number_format("count", None)
    ('0.0%', '#,##0" s"', '#,##0.##')
    """
    if unit == "fraction":
        digits = decimals_for(half_width * 100) if half_width else 1
        return f"0{'.' + '0' * digits if digits else ''}%"
    if unit == "seconds":
        digits = decimals_for(half_width, most=2) if half_width else 1
        return f'#,##0{"." + "0" * digits if digits else ""}" s"'
    if not half_width:
        return "#,##0.##"
    digits = decimals_for(half_width)
    return f"#,##0{'.' + '0' * digits if digits else ''}"
