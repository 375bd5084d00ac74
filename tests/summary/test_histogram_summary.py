"""Histograms: exact counts by NumPy's, and the same edges and counts in both of the loaders."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from tensorboard.compat.proto import summary_pb2

import tfevents_lite as tfe
from tfevents_lite.summary.histogram_summary import MAX_BINS, count

from ..oracles.tensorboard import TensorBoardServer

Rows = list[tuple[float, float, float]]


def default_bins() -> NDArray[np.float64]:
    """torch's and tensorboardX's edges, which are TensorFlow's, made as they make them."""
    edge, positive = 1e-12, []
    while edge < 1e20:
        positive.append(edge)
        edge *= 1.1
    return np.array([-edge for edge in positive[::-1]] + [0] + positive)


def expected_rows(values: Any, edges: Any) -> Rows:
    """What NumPy counts between edges, without empty bins at the ends, from the least value on."""
    numbers = np.asarray(values, np.float64)
    counts, limits = np.histogram(numbers, edges)
    inside = numbers[(numbers >= limits[0]) & (numbers <= limits[-1])]
    used = np.flatnonzero(counts)
    inner = limits[used[0] + 1 : used[-1] + 1].tolist()
    counted = counts[used[0] : used[-1] + 1].tolist()
    return list(zip([inside.min(), *inner], [*inner, inside.max()], counted))


def rows_of(summary: tfe.Summary) -> Rows:
    """The rows of a histogram, as TensorBoard reads the message: no bucket at an end is empty."""
    (value,) = summary_pb2.Summary.FromString(summary.SerializeToString()).value
    histo = value.histo
    assert value.metadata.plugin_data.plugin_name == "histograms"
    assert histo.num == sum(histo.bucket)
    if histo.bucket:
        assert histo.bucket[0]
        assert histo.bucket[-1]
        assert histo.bucket_limit[-1] == histo.max
        assert histo.bucket_limit[0] > histo.min or histo.min == histo.max
    limits = histo.bucket_limit
    return list(zip([histo.min, *limits[:-1]], limits, histo.bucket))


def as_served(tensorboard: TensorBoardServer, rows: Rows) -> Rows:
    """Rows as a loader serves them: the one in Python turns them into 32-bit floats."""
    served = np.array(rows, np.float32 if tensorboard.loader == "slow" else np.float64)
    return [(left, right, count) for left, right, count in served.tolist()]


RANDOM = np.random.default_rng(3)
NORMAL = RANDOM.standard_normal(20_000)
# Few and many values, of each type, some at edges and beside them.
SAMPLES: dict[str, Any] = {
    "float32": NORMAL.astype(np.float32),
    "float64": NORMAL * 1e-13,
    "longdouble": NORMAL.astype(np.longdouble),
    "float16": NORMAL[:5000].astype(np.float16),
    "int64": (NORMAL * 1e15).astype(np.int64),
    "uint8": RANDOM.integers(0, 256, (100, 120), np.uint8),
    "bool": NORMAL > 1,
    "list": [[1, 2], [3, 4.5]],
    "one": 0.0,
    "edges": default_bins(),
    "edges32": np.repeat(default_bins(), 6).astype(np.float32),
    "around": np.concatenate(
        [np.nextafter(default_bins(), end) for end in (-math.inf, math.inf)] * 3
    ),
    "tiny": np.array([0.0, -0.0, 5e-324, -5e-324, 1e-45, -1e-45] * 2000),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_default_bins_are_torchs(name: str) -> None:
    """Each value is counted in the bin that NumPy puts it in, given torch's edges."""
    values = SAMPLES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Half the values around the outermost edges are beyond.
        made = tfe.summary.histogram("h", values)
    assert rows_of(made) == expected_rows(values, default_bins())


@settings(max_examples=100, deadline=None)
@given(
    hnp.arrays(
        st.sampled_from([np.float32, np.float64, np.float16]),
        st.integers(1, 40),
        elements={"allow_nan": False, "allow_infinity": False},
    ),
    st.booleans(),
)
def test_any_floats_are_counted_as_by_numpy(values: NDArray[Any], many: bool) -> None:
    """Both ways to count, by search and by table, agree with NumPy for all floats."""
    repeated = np.repeat(values, 1 << 13) if many else values
    counts, _ = np.histogram(values.astype(np.float64), default_bins())
    counted, *_ = count(repeated, "tensorflow")
    np.testing.assert_array_equal(counted, counts * (len(repeated) // len(values)))


@pytest.mark.parametrize(
    "bins", ["auto", "doane", "fd", "scott", "sturges", "sqrt", 1, 30, np.int8(7)]
)
def test_other_bins_are_numpys(bins: Any) -> None:
    """A rule and a number give the bins of numpy.histogram."""
    for values in (NORMAL, NORMAL.astype(np.float32), np.array([1.0]), np.arange(100)):
        edges = np.histogram_bin_edges(values.astype(np.float64), bins)
        found = rows_of(tfe.summary.histogram("h", values, bins))
        expected = expected_rows(values, edges)
        assert [row[2] for row in found] == [row[2] for row in expected]
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_edges_are_taken_as_given() -> None:
    """Of given edges, the last is in the last bin, and what lies beyond is in none."""
    made = tfe.summary.histogram("h", [-5, 0, 0.5, 1, 2, 2, 3], [0, 1, 2])
    assert rows_of(made) == [(0, 1, 2), (1, 2, 3)]
    made = tfe.summary.histogram("h", [-5, 0.25, 0.5, 1, 1.5, 3], [0, 1, 2])
    assert rows_of(made) == [(0.25, 1, 2), (1, 1.5, 2)]


@pytest.mark.parametrize(("most", "number"), [(1, 1), (2, 2), (7, 7), (64, 55), (1000, 110)])
def test_max_bins_merges_neighbours(most: int, number: int) -> None:
    """There are at most max_bins, between edges that were there, and no value is lost."""
    values = np.concatenate([np.geomspace(1, 32767, 500)])
    full = rows_of(tfe.summary.histogram("h", values))
    merged = rows_of(tfe.summary.histogram("h", values, max_bins=most))
    assert len(full) == 110
    assert len(merged) == number <= most
    assert sum(count for _, _, count in merged) == 500
    assert {left for left, _, _ in merged} <= {left for left, _, _ in full}
    assert (merged[0][0], merged[-1][1]) == (full[0][0], full[-1][1])
    assert [right for _, right, _ in merged[:-1]] == [left for left, _, _ in merged[1:]]


def test_both_loaders_show_the_same(tensorboard: TensorBoardServer) -> None:
    """The edges and counts that are served are exactly those that were counted."""
    folder = tensorboard.new_run("histograms")
    cases: dict[str, tuple[Any, Any]] = {
        "default": (NORMAL.astype(np.float32), "tensorflow"),
        "auto": (NORMAL, "auto"),
        "edges": ([0.1, 0.2, 0.9], [0, 0.3, 0.6, 1]),
        "one": (3, "tensorflow"),
        "negative": (-NORMAL * NORMAL, 10),
    }
    with tfe.SummaryWriter(folder) as writer:
        for tag, (values, bins) in cases.items():
            for step in range(3):
                writer.add_histogram(tag, values, step, bins, 100.0 + step)
    tensorboard.reload()
    for tag, (values, bins) in cases.items():
        edges = default_bins() if bins == "tensorflow" else np.histogram_bin_edges(values, bins)
        expected = expected_rows(values, edges)
        for step, point in enumerate(tensorboard.histograms(folder.name, tag)):
            assert (point.step, point.wall_time) == (step, 100.0 + step)
            assert point.buckets == as_served(tensorboard, expected), tag


def test_what_is_no_value_is_counted_apart(tensorboard: TensorBoardServer) -> None:
    """NaN, infinities and values beyond ±1e20 are in no bin; one warning a call says how many."""
    folder = tensorboard.new_run("apart")
    values = [1.0, math.nan, math.nan, math.inf, -math.inf, -math.inf, 1e21, -1e30, 2.0]
    with tfe.SummaryWriter(folder) as writer:
        for step, bins in enumerate(("tensorflow", "auto", 2)):
            with pytest.warns(UserWarning, match="of 'h' is without 2 NaN, 3 infinite, 2 beyond"):
                writer.add_histogram("h", values, step, bins)
        with pytest.warns(UserWarning, match="of 'h' is without 2 NaN, 3 infinite$"):
            writer.add_histogram("h", values, 3, [0, 1.5, 3])
        with pytest.warns(UserWarning, match="of 'none' is without 3 NaN$"):
            writer.add_histogram("none", [math.nan] * 3, 0)
        writer.add_histogram("none", [], 1)
        writer.add_histogram("none", np.zeros((0, 3), np.int8), 2, "fd")
    tensorboard.reload()
    points = tensorboard.histograms(folder.name, "h")
    assert [sum(count for _, _, count in point.buckets) for point in points] == [2, 2, 2, 2]
    assert [point.buckets for point in tensorboard.histograms(folder.name, "none")] == [[], [], []]


def test_a_far_outlier_does_not_exhaust_memory() -> None:
    """A rule that asks for 10^22 bins gets as many as are of use."""
    values = np.append(NORMAL, 1e20)
    for bins in ("fd", "auto"):
        assert 1 < len(rows_of(tfe.summary.histogram("h", values, bins))) <= MAX_BINS


@pytest.mark.parametrize("bins", ["tensorflow", "auto"])
def test_raw_histograms_are_served(tensorboard: TensorBoardServer, bins: str) -> None:
    """The limits and counts of tensorboardX's example are shown with min and max at the ends."""
    folder = tensorboard.new_run("raw")
    values = np.array([index + 0.001 for index in range(30) for _ in range(index)])
    counts, limits = np.histogram(values, default_bins() if bins == "tensorflow" else bins)
    with tfe.SummaryWriter(folder) as writer:
        writer.add_histogram_raw(
            "h", values.min(), values.max(), len(values), values.sum(), values.dot(values),
            limits[1:].tolist(), counts.tolist(), 5,
        )  # fmt: skip
    tensorboard.reload()
    (point,) = tensorboard.histograms(folder.name, "h")
    used = np.flatnonzero(counts)
    inner = limits[used[0] + 1 : used[-1] + 1].tolist()
    counted = counts[used[0] : used[-1] + 1].tolist()
    expected = list(zip([1.001, *inner], [*inner, 29.001], counted))
    assert point.buckets == as_served(tensorboard, expected)


def test_raw_histograms_mend_outer_edges(tensorboard: TensorBoardServer) -> None:
    """TensorFlow's outermost limits, ±DBL_MAX and infinity, give way to min and max."""
    folder = tensorboard.new_run("outer")
    largest = np.finfo(np.float64).max
    with tfe.SummaryWriter(folder) as writer:
        writer.add_histogram_raw("h", -3, 4, 6, 0, 0, [-largest, 0, 1, math.inf], [0, 1, 2, 3], 0)
        writer.add_histogram_raw("none", 0, 0, 0, 0, 0, [1, 2], [0, 0], 0)
    tensorboard.reload()
    (point,) = tensorboard.histograms(folder.name, "h")
    assert point.buckets == [(-3, 0, 1), (0, 1, 2), (1, 4, 3)]
    assert tensorboard.histograms(folder.name, "none")[0].buckets == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("abc",), "values of 'h' must be an array of numbers"),
        ((None,), "values of 'h' must be an array of numbers"),
        ((1j,), "values of 'h' must be an array of numbers"),
        ((iter([1]),), "values of 'h' must be an array of numbers"),
        (([1], 0, "wrong"), "histogram of 'h': bins must be 'tensorflow', a rule of"),
        (([1], 0, 0), "histogram of 'h': bins must be 1 to 100000, got 0"),
        (([1], 0, 1.5), "histogram of 'h': bins must be an integer, got 1.5"),
        (([1], 0, True), "histogram of 'h': bins must be an integer, got True"),
        (([1], 0, None), "histogram of 'h': bins must be an integer, got None"),
        (
            ([1], 0, [1, 1]),
            "histogram of 'h': bins must be a rule, a number, or two or more finite",
        ),
        (
            ([1], 0, [0, math.nan]),
            "histogram of 'h': bins must be a rule, a number, or two or more",
        ),
        (([1], 0, "auto", None, 0), "histogram of 'h': max_bins must be 1 or more, got 0"),
        (([1], 0, "auto", None, 2.5), "histogram of 'h': max_bins must be an integer, got 2.5"),
        (([1], "x"), "global_step of 'h' must be an integer, got 'x'"),
    ],
)
def test_bad_histograms(arguments: Any, message: str, tmp_path: Path) -> None:
    """What can't be counted raises an error that names tag and argument; nothing is written."""
    writer = tfe.SummaryWriter(tmp_path)
    with pytest.raises((TypeError, ValueError), match=message):
        writer.add_histogram("h", *arguments)
    assert writer.file_writer.file.events == 1
    writer.close()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 1, 1, 1, 1, [1, 2], [1]), "bucket_limits and bucket_counts of 'h' must be equally"),
        ((0, 1, 1, 1, 1, [2, 1], [1, 1]), "bucket_limits of 'h' must be numbers in ascending"),
        ((0, 1, 1, 1, 1, [1, math.nan], [1, 1]), "bucket_limits of 'h' must be numbers in asc"),
        ((0, 1, 1, 1, 1, [1], [-1]), "bucket_counts of 'h' must be finite and not negative"),
        ((0, 1, 1, 1, 1, [1], [math.inf]), "bucket_counts of 'h' must be finite and not negative"),
        ((0, math.inf, 1, 1, 1, [1], [1]), "min and max of 'h' must be finite, min first"),
        ((2, 1, 1, 1, 1, [1], [1]), "min and max of 'h' must be finite, min first, got 2.0 and 1"),
        (("a", 1, 1, 1, 1, [1], [1]), "value of 'h min' must be a number, got 'a'"),
        ((0, 1, 1, 1, 1, "ab", [1]), "bucket_limits of 'h' must be an array of numbers"),
        ((0, 1, 1, 1, 1, [[1]], [1]), r"bucket_limits of 'h' must have one axis, got shape"),
    ],
)
def test_bad_raw_histograms(arguments: Any, message: str, tmp_path: Path) -> None:
    """Limits and counts that make no histogram raise an error that names tag and argument."""
    writer = tfe.SummaryWriter(tmp_path)
    with pytest.raises((TypeError, ValueError), match=message):
        writer.add_histogram_raw("h", *arguments)
    assert writer.file_writer.file.events == 1
    writer.close()
