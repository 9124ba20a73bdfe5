"""Tables of records: text, HTML and columns."""

from dataclasses import dataclass

import pytest

from nn.support.text_table import Table


@dataclass
class Row:
    entries: dict

    def cells(self):
        return self.entries


TABLE = Table([Row({"name": "a<b", "x": 1 / 3}), Row({"name": "c", "y": 1200})], caption="two")


def test_rows_are_a_sequence():
    assert len(TABLE) == 2
    assert TABLE[1].entries["y"] == 1200
    assert [row.entries["name"] for row in TABLE] == ["a<b", "c"]
    assert len(TABLE[:1]) == 1


def test_columns_are_those_of_all_rows_and_none_where_a_row_has_none():
    assert TABLE.columns == ("name", "x", "y")
    assert TABLE.column("x") == [1 / 3, None]


def test_text_is_aligned_words_to_the_left_and_numbers_to_the_right():
    assert str(TABLE) == "\n".join(
        [
            "two",
            "name       x     y",
            "a<b   0.3333     —",
            "c          —  1200",
        ]
    )


def test_a_long_text_takes_several_lines_and_a_number_beside_it_stays_at_the_top():
    said = "the signal is multiplied by 1.03e-16 from the first hidden layer to the last"
    rows = [Row({"what": said, "n": 7, "change": "lr"}), Row({"what": "none", "n": 1})]
    assert str(Table(rows)) == "\n".join(
        [
            "what                            n  change",
            "the signal is multiplied by     7  lr",
            "1.03e-16 from the first hidden",
            "layer to the last",
            "none                            1  —",
        ]
    )


def test_html_is_escaped():
    assert "<td>a&lt;b</td>" in TABLE._repr_html_()
    assert "<caption>two</caption>" in TABLE._repr_html_()


def test_a_column_that_is_not_there_is_a_key_error_that_names_those_that_are():
    with pytest.raises(KeyError, match="no column 'z': this table has name, x, y"):
        TABLE.column("z")


def test_an_empty_table_shows_its_caption():
    assert str(Table([], caption="nothing")) == "nothing"
    assert str(Table([])) == "(no rows)"
