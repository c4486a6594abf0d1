from __future__ import annotations

from pathlib import Path

import pytest

from simkpi.errors import InputError
from simkpi.experiment.overrides import count_values, parse_values, parse_vary, variants


class TestValues:
    @pytest.mark.parametrize(
        ("text", "values"),
        [
            ("20:26:2", [20, 22, 24, 26]),
            ("20:25:2", [20, 22, 24]),
            ("30:20:-5", [30, 25, 20]),
            ("0.1:0.3:0.1", [0.1, 0.2, 0.3]),
            ("20%:30%:5%", ["20%", "25%", "30%"]),
            ("20:30:5%", ["20%", "25%", "30%"]),
            ("2m:3m:0.5m", ["2m", "2.5m", "3m"]),
            ("4:5:1,9", [4, 5, 9]),
            ("20%,30%", ["20%", "30%"]),
            ("[3, 4],[4, 5]", [[3, 4], [4, 5]]),
            ("{exponential: 4m},{exponential: 5m}", [{"exponential": "4m"}, {"exponential": "5m"}]),
            ("08:00,08:30", ["08:00", "08:30"]),
            ("longest-idle,least-loaded", ["longest-idle", "least-loaded"]),
            ("'20:26:2'", ["20:26:2"]),
        ],
    )
    def test_are_read_as_written(self, text: str, values: list[object]) -> None:
        assert parse_values(text) == values
        assert count_values(text) == len(values)

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("1,,2", "holds an empty value"),
            ("20:30:0", "does not lead from 20 to 30"),
            ("20:30:-1", "does not lead from 20 to 30"),
            ("2m:50s:1m", "mixes the units m, s"),
        ],
    )
    def test_mistakes_are_named(self, text: str, said: str) -> None:
        with pytest.raises(InputError, match=said):
            parse_values(text)

    def test_a_path_needs_values(self) -> None:
        assert parse_vary("a.b = 1,2") == ("a.b", "1,2")
        for text in ("a.b", "=1", "a.b="):
            with pytest.raises(InputError, match="must be PATH=VALUES"):
                parse_vary(text)


class TestDesigns:
    def test_grid_takes_every_combination_the_last_field_fastest(self) -> None:
        assert variants({"a": "1,2", "b": ["x", "y"]}) == [
            {"a": 1, "b": "x"},
            {"a": 1, "b": "y"},
            {"a": 2, "b": "x"},
            {"a": 2, "b": "y"},
        ]

    def test_zip_takes_them_side_by_side(self) -> None:
        assert variants({"a": "1,2", "b": "x,y"}, design="zip") == [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
        with pytest.raises(InputError, match="a has 2, b has 3"):
            variants({"a": "1,2", "b": "x,y,z"}, design="zip")

    def test_a_latin_hypercube_takes_each_slice_of_each_range_once(self) -> None:
        found = variants({"a": "0:100", "b": "20%:30%"}, design="lhs:20", seed=3)
        slices = sorted(int(one["a"] // 5) for one in found)
        assert slices == list(range(20))
        assert all(20 <= float(one["b"].rstrip("%")) <= 30 for one in found)
        assert found == variants({"a": "0:100", "b": "20%:30%"}, design="lhs:20", seed=3)
        assert found != variants({"a": "0:100", "b": "20%:30%"}, design="lhs:20", seed=4)
        assert {one["a"] for one in variants({"a": "4:8:1"}, design="lhs:50")} == {4, 5, 6, 7, 8}

    @pytest.mark.parametrize("separator", [",", ";"])
    def test_a_table_has_a_variant_a_row_and_leaves_empty_cells_alone(self, separator: str, tmp_path: Path) -> None:
        file = tmp_path / "variants.csv"
        file.write_text("a,b\n1,20%\n\n2,\n".replace(",", separator), encoding="utf-8-sig")
        assert variants({}, design=file) == [{"a": 1, "b": "20%"}, {"a": 2}]
        assert variants({"c": "8,9"}, design=str(file))[:2] == [{"a": 1, "b": "20%", "c": 8}, {"a": 1, "b": "20%", "c": 9}]

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("a,b\n1\n1,2,3\n", "csv:2: has 1 cells, the header has 2\n.*csv:3: has 3 cells"),
            ("a,a\n1,2\n", "a different path over every column"),
            ("a\n", "needs a header"),
            ("", "needs a header"),
        ],
    )
    def test_faults_of_a_table_are_told_with_their_lines(self, text: str, said: str, tmp_path: Path) -> None:
        file = tmp_path / "variants.csv"
        file.write_text(text)
        with pytest.raises(InputError, match=said):
            variants({}, design=file)

    def test_an_absent_table_and_a_bad_design_are_named(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="no such file"):
            variants({}, design=tmp_path / "none.csv")
        with pytest.raises(InputError, match="as in lhs:50; got 'lhs:many'"):
            variants({"a": "1:2"}, design="lhs:many")
        with pytest.raises(InputError, match="must be a range"):
            variants({"a": "1,2"}, design="lhs:5")

    def test_too_many_are_refused_before_they_are_made(self) -> None:
        with pytest.raises(InputError, match="makes 1,000,000,000,000 scenarios"):
            variants({"a": "1:1000000:1", "b": "1:1000000:1"})

    def test_all_faults_are_told_at_once(self) -> None:
        with pytest.raises(InputError) as told:
            variants({"a": "1,,2", "b": "1:2:0", "c": []})
        assert [problem.path for problem in told.value.problems] == ["a", "b", "c"]
