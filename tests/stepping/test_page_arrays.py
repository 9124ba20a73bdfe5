"""The arrays of a page: each is in it once, in full or as a heat map of letters."""

import numpy as np

from autograd import Tensor, steps
from autograd.stepping.page_arrays import QUOTE, PageArrays


def test_an_array_is_in_a_page_once_and_a_number_is_a_text() -> None:
    arrays = PageArrays()
    x = np.array([1.0, -2.0])
    assert [arrays.text(each) for each in (x, x.copy(), 2.0, x[:1])] == ["#0", "#0", "2.0", "1.0"]
    assert arrays.records == [{"dims": (2,), "numbers": "1.0\t−2.0"}]


def test_arrays_of_the_same_bytes_and_other_shapes_are_two() -> None:
    arrays = PageArrays()
    assert [arrays.text(np.zeros(shape)) for shape in ((2, 3), (3, 2))] == ["#0", "#1"]


def test_a_larger_array_is_a_map_of_letters_and_has_a_spread() -> None:
    x = np.zeros((8, 10))
    x[0, 0], x[7, 9] = 0.5, -0.5
    arrays = PageArrays()
    arrays.text(x)
    (found,) = arrays.records
    assert found["cells"] == "o" + 78 * "h" + "a"
    assert (found["wide"], found["top"]) == (10, "0.5")
    assert found["spread"] == ("−0.5", "0.0", "0.5")


def test_a_map_has_the_means_of_blocks_and_zeros_for_what_is_not_finite() -> None:
    x = np.ones((64, 48))
    x[:, :24] = np.nan
    arrays = PageArrays()
    arrays.text(x)
    (found,) = arrays.records
    assert found["wide"] == 24
    assert found["cells"] == 16 * (12 * "h" + 12 * "o")


def test_an_empty_array_has_an_empty_map() -> None:
    arrays = PageArrays()
    arrays.text(np.zeros((0, 3)))
    assert arrays.records[0]["cells"] == ""


def test_a_sentence_quotes_the_arrays_that_it_tells() -> None:
    x = Tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], label="x")
    event = steps((x * x).sum())[0]
    arrays = PageArrays()
    quoted = arrays.quoted(event.sentence, event)
    assert quoted == f"v1 = x × x = {QUOTE}1{QUOTE} × {QUOTE}1{QUOTE} = {QUOTE}0{QUOTE}"
    assert arrays.records[1]["numbers"] == "1.0\t2.0\t3.0\t4.0\t5.0\t6.0"
