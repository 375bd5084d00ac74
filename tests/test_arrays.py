"""`arrays`: tensors of any framework, anywhere, become arrays without importing one."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfevents_lite.inputs import arrays

EXPECTED = np.array([[0, 1.5, 0], [-2, 0, 3]])


class OnDevice:
    """Like a tensor of torch on a GPU, with a gradient: NumPy gets it when all that is undone."""

    shape = EXPECTED.shape

    def __init__(self, undone: tuple[str, ...] = ()) -> None:
        self._undone = undone

    def detach(self) -> OnDevice:
        return OnDevice((*self._undone, "detach"))

    def cpu(self) -> OnDevice:
        return OnDevice((*self._undone, "cpu"))

    def __array__(self, dtype: Any = None, copy: Any = None) -> npt.NDArray[Any]:
        if set(self._undone) != {"detach", "cpu"}:
            raise TypeError("can't convert a tensor on a device, or with a gradient")
        return EXPECTED


class HalfPrecise(OnDevice):
    """Like a tensor of torch in bfloat16, which NumPy has not."""

    def detach(self) -> HalfPrecise:
        return self

    def cpu(self) -> HalfPrecise:
        return self

    def __array__(self, dtype: Any = None, copy: Any = None) -> npt.NDArray[Any]:
        raise TypeError("Got unsupported ScalarType BFloat16")

    def float(self) -> npt.NDArray[np.float32]:
        return EXPECTED.astype(np.float32)


class CuPyLike:
    """Like an array of CuPy, which refuses to be converted silently."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> npt.NDArray[Any]:
        raise TypeError("Implicit conversion to a NumPy array is not allowed")

    def get(self) -> npt.NDArray[Any]:
        return EXPECTED


class MXNetLike:
    """Like an array of MXNet, which NumPy sees as an object."""

    def asnumpy(self) -> npt.NDArray[Any]:
        return EXPECTED


class SparseTensorLike:
    """Like TensorFlow's SparseTensor."""

    indices = np.array([[0, 1], [1, 0], [1, 2]])
    values = np.array([1.5, -2, 3])
    dense_shape = np.array([2, 3])


class SciPyLike:
    """Like a sparse array of SciPy."""

    def toarray(self) -> npt.NDArray[Any]:
        return EXPECTED


@pytest.mark.parametrize(
    "value",
    [OnDevice(), HalfPrecise(), CuPyLike(), MXNetLike(), SparseTensorLike(), SciPyLike()],
    ids=lambda value: type(value).__name__,
)
def test_look_alikes_of_tensors(value: object) -> None:
    """What a framework's tensor can do is enough to know it by."""
    array = arrays.to_array(value)
    assert isinstance(array, np.ndarray)
    np.testing.assert_array_equal(array, EXPECTED)


def test_a_list_of_tensors_is_one_array() -> None:
    """Tensors in a list are converted one by one."""
    array = arrays.to_array([OnDevice(), HalfPrecise()])
    np.testing.assert_array_equal(array, np.stack([EXPECTED] * 2))


@pytest.mark.parametrize("name", ["bfloat16", "float8_e4m3fn", "float8_e5m2", "int4", "uint4"])
def test_types_of_jax(name: str) -> None:
    """NumPy's extension types of ml_dtypes, JAX's, become types that NumPy computes with."""
    ml_dtypes = pytest.importorskip("ml_dtypes")
    given_as = np.array([0, 1, 3], getattr(ml_dtypes, name))
    array = arrays.to_array(given_as)
    assert array.dtype == (np.int8 if "int" in name else np.float32)
    assert array.tolist() == [0, 1, 3]


@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support is in beta")
def test_torch_tensors() -> None:
    """With gradients, in types that NumPy lacks, sparse, negated, in lists: all are converted."""
    torch = pytest.importorskip("torch")
    tensor = torch.tensor(EXPECTED, dtype=torch.float32)
    cases = {
        "gradient": tensor.clone().requires_grad_(),
        "parameter": torch.nn.Parameter(tensor),
        "bfloat16": tensor.bfloat16(),
        "half": tensor.half(),
        "sparse": tensor.to_sparse(),
        "csr": tensor.to_sparse_csr(),
        "sparse with gradient": tensor.to_sparse().requires_grad_(),
        "negated view": torch.complex(-tensor, -tensor).conj().imag,
        "list": [row.requires_grad_() for row in tensor.clone()],
        "rows": [row.bfloat16() for row in tensor],
    }
    for name, case in cases.items():
        np.testing.assert_array_equal(arrays.to_array(case), EXPECTED, name)
    with pytest.raises(TypeError, match="Tensor gives no array"):
        arrays.to_array(torch.empty(2, 3, device="meta"))


@pytest.mark.parametrize(
    ("value", "error", "problem"),
    [
        (None, TypeError, "its dtype is object"),
        ((number for number in range(3)), TypeError, "its dtype is object"),
        ("text", TypeError, "its dtype is <U4"),
        (b"bytes", TypeError, r"its dtype is \|S5"),
        ([1, "a"], TypeError, "its dtype is <U"),
        (2**70, TypeError, "its dtype is object"),
        (np.array([1j]), TypeError, "its dtype is complex128"),
        ([[1], [1, 2]], ValueError, "inhomogeneous"),
    ],
)
def test_what_is_no_array_of_numbers(value: object, error: type[Exception], problem: str) -> None:
    """It is refused with what it is."""
    with pytest.raises(error, match=problem):
        arrays.check_dtype(arrays.to_array(value))


@given(st.sampled_from(["f2", "f4", "f8"]), st.lists(st.floats(), min_size=1, max_size=6))
def test_the_unit_scale_is_exact(dtype: str, numbers: list[float]) -> None:
    """[0, 1] is scaled as exact arithmetic would, whatever else is in the array."""
    with np.errstate(over="ignore"):
        array = np.array(numbers, dtype)
    pixels, unknown = arrays.to_pixels(array, "unit")
    exact = np.nan_to_num(array.astype(np.float64), nan=0.0).clip(0, 1)
    np.testing.assert_array_equal(pixels, np.floor(exact * 255 + 0.5).astype(np.uint8))
    assert unknown == np.isnan(array).sum()


@pytest.mark.parametrize("dataformats", ["", "HW", "HWCN", "NHWCX", "HHWC", "NHW C", None, 3])
def test_wrong_dataformats(dataformats: Any) -> None:
    """Letters that are missing, twice or unknown are refused."""
    with pytest.raises(ValueError, match="dataformats"):
        arrays.order_axes(np.zeros((2, 3, 4)), dataformats, "HWC")


def test_tensorflow_tensors() -> None:
    """Tensors, variables, sparse tensors and bfloat16 are converted."""
    tf = pytest.importorskip("tensorflow")
    tensor = tf.constant(EXPECTED, tf.float32)
    cases = {
        "tensor": tensor,
        "variable": tf.Variable(tensor),
        "bfloat16": tf.cast(tensor, tf.bfloat16),
        "half": tf.cast(tensor, tf.float16),
        "sparse": tf.sparse.from_dense(tensor),
        "list": list(tensor),
    }
    for name, case in cases.items():
        np.testing.assert_array_equal(arrays.to_array(case), EXPECTED, name)
