"""Tensors of every type: as TensorBoard's own code reads them, and through its data server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorboard.compat.proto import summary_pb2
from tensorboard.util import tensor_util

import tfevents_lite as tfe

from ..oracles.tensorboard import TensorBoardServer

DTYPES = (
    *("float16", "float32", "float64", "int8", "int16", "int32", "int64"),
    *("uint8", "uint16", "uint32", "uint64", "bool", "complex64", "complex128"),
)
SHAPES: tuple[tuple[int, ...], ...] = ((), (1,), (6,), (2, 3), (0, 2), (1, 2, 3, 1))


def read(tensor: Any) -> Any:
    """What TensorBoard's own code makes of the one tensor of a Summary."""
    made = tfe.summary.tensor("t", tensor)
    (value,) = summary_pb2.Summary.FromString(made.SerializeToString()).value
    assert value.metadata.plugin_data.plugin_name == "tensor"
    return tensor_util.make_ndarray(value.tensor)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_numbers_of_every_type_are_kept(dtype: str, shape: tuple[int, ...]) -> None:
    """Arrays of every type and shape, in any byte order and layout, are read back the same."""
    if 0 in shape and dtype in ("uint32", "uint64"):
        pytest.skip("TensorBoard's code reads no empty tensors of these types")
    values = np.random.default_rng(1).integers(0, 256, (int(np.prod(shape)), 16), np.uint8)
    array = np.ascontiguousarray(values).view("u1")[:, : np.dtype(dtype).itemsize]
    array = np.ascontiguousarray(array).view(np.uint8 if dtype == "bool" else dtype)
    array = (array > 100 if dtype == "bool" else array).reshape(shape)
    for variant in (array, array.astype(array.dtype.newbyteorder(">")), array.copy(order="F")):
        found = read(variant)
        assert (found.dtype, found.shape) == (np.dtype(dtype), shape)
        assert found.tobytes() == array.tobytes()


@pytest.mark.parametrize(
    "array",
    [
        np.array(["a", "漢字", ""]),
        np.array([["a"], ["b"]], object),
        np.array([b"\xff\x00", b"b"], object),
        ["x", "y"],
        "alone",
    ],
)
def test_strings_are_kept(array: Any) -> None:
    """Strings are kept in UTF-8 and bytes as they are, in their shape."""
    found = read(array)
    expected = np.asarray(array)
    assert found.shape == expected.shape
    assert found.reshape(-1).tolist() == [
        item if isinstance(item, bytes) else item.encode() for item in expected.reshape(-1).tolist()
    ]


def test_lists_and_long_doubles() -> None:
    """Nested lists are arrays of NumPy's type, and a long double becomes a double."""
    assert read([[1, 2], [3, 4]]).tolist() == [[1, 2], [3, 4]]
    assert read(np.array([1.5], np.longdouble)).dtype == np.float64


def test_both_loaders_take_the_file(tensorboard: TensorBoardServer) -> None:
    """A run with tensors of all types loads, and what stands behind them is served."""
    folder = tensorboard.new_run("tensors")
    with tfe.SummaryWriter(folder) as writer:
        for step in range(2):
            for dtype in DTYPES:
                writer.add_tensor(f"tensor/{dtype}", np.ones((2, 3), dtype), step)
                writer.add_tensor(f"empty/{dtype}", np.ones((0, 3), dtype), step)
            writer.add_tensor("tensor/string", np.array([["a", "b"]]), step)
        writer.add_scalar("after", 1.5, 1)
    tensorboard.reload()
    assert [point.value for point in tensorboard.scalars(folder.name, "after")] == [1.5]


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (None, "tensor of 't' must be of numbers, bool or strings, got an object None"),
        ([{}], "tensor of 't' must be of numbers, bool or strings, got an object {}"),
        (np.array(["2000-01-01"], "M8[D]"), "tensor of 't' must be of numbers, bool or strings"),
        (np.zeros(2, "i4,f4"), "tensor of 't' must be of numbers, bool or strings, got dtype"),
        (["\ud800"], "tensor of 't' must be of valid Unicode"),
        (iter([1]), "tensor of 't' must be of numbers, bool or strings, got an object"),
        ([[1], [1, 2]], "tensor of 't' must be an array"),
        (10**400, "tensor of 't' must be of numbers, bool or strings, got an object"),
    ],
)
def test_bad_tensors(tensor: Any, message: str, tmp_path: Path) -> None:
    """What is no array of numbers or strings raises an error that names the tag."""
    writer = tfe.SummaryWriter(tmp_path)
    with pytest.raises((TypeError, ValueError), match=message):
        writer.add_tensor("t", tensor)
    assert writer.file_writer.file.events == 1
    writer.close()
