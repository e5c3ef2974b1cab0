"""Whether two arrays, or two attributes, hold the same."""

import numpy as np

# JSON has no number for these; xarray and zarr write them as text.
NOT_FINITE = {"NaN": np.nan, "Infinity": np.inf, "-Infinity": -np.inf}


def is_text(array):
    if array.dtype.kind in "SUT":
        return True
    if array.dtype.kind != "O":
        return False
    return all(isinstance(x, (str, bytes)) or x is None or x != x for x in array.ravel())


def texts(array):
    """Texts as lists of str: no type of text, no padding, nothing for what is missing."""

    def text(x):
        if isinstance(x, bytes):
            x = x.decode("utf-8", "replace")
        return x.rstrip("\0") if isinstance(x, str) else ""

    return [text(x) for x in np.asarray(array).ravel().tolist()]


def is_time(array):
    if array.dtype.kind in "mM":
        return True
    return array.dtype.kind == "O" and any(hasattr(x, "calendar") for x in array.ravel())


def count(different):
    where = np.flatnonzero(different)
    return f"{where.size} of {different.size} values differ, the first at {int(where[0])}"


def compare_raw(a, b):
    """What differs between stored values; None when every bit is the same."""
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        return f"shape {a.shape} became {b.shape}"
    if is_text(a) or is_text(b):
        if not (is_text(a) and is_text(b)):
            return f"type {a.dtype} became {b.dtype}"
        different = np.array([x != y for x, y in zip(texts(a), texts(b))], dtype=bool)
        return count(different) if different.any() else None
    if a.dtype.newbyteorder("=") != b.dtype.newbyteorder("="):
        return f"type {a.dtype} became {b.dtype}"
    # By their bits: NaN payloads and the sign of zero count.
    bits = f"u{a.dtype.itemsize}"
    plain = [np.ascontiguousarray(x, x.dtype.newbyteorder("=")).ravel().view(bits) for x in (a, b)]
    different = plain[0] != plain[1]
    return count(different) if different.any() else None


def has_signalling_nan(array):
    """Whether any value is a NaN that a processor complains of when it is widened."""
    if array.dtype != np.float32:
        return False
    quiet = np.ascontiguousarray(array).view(np.uint32) & 0x0040_0000
    return bool((np.isnan(array) & (quiet == 0)).any())


def compare_decoded(a, b, tolerance=None):
    """What differs between the values that a CF reader sees; None for nothing.

    `tolerance` is an array of what is allowed, for floats that were decoded at another
    width.
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        return f"shape {a.shape} became {b.shape}"
    if is_time(a) or is_time(b):
        return compare_times(a, b)
    if is_text(a) or is_text(b):
        return compare_raw(a, b)
    if a.dtype != b.dtype and tolerance is None:
        return f"decoded type {a.dtype} became {b.dtype}"
    if a.dtype.kind in "fc":
        missing = np.isnan(a) != np.isnan(b)
        if missing.any():
            return "missing mask: " + count(missing.ravel())
        with np.errstate(invalid="ignore"):
            different = ~((a == b) | np.isnan(a))
            if tolerance is not None:
                different &= ~(np.abs(a - b) <= tolerance)
    else:
        different = a != b
    different = np.atleast_1d(different)
    return count(different.ravel()) if different.any() else None


def compare_times(a, b):
    if a.dtype.kind in "mM" and b.dtype.kind == a.dtype.kind:
        missing = np.isnat(a) != np.isnat(b)
        if missing.any():
            return "missing mask: " + count(missing.ravel())
        different = (a != b) & ~np.isnat(a)
        return count(np.atleast_1d(different).ravel()) if different.any() else None
    if a.dtype.kind != b.dtype.kind:
        return f"times of type {a.dtype} became {b.dtype}"
    different = [
        getattr(x, "calendar", None) != getattr(y, "calendar", None)
        or (hasattr(x, "calendar") and x != y)
        for x, y in zip(a.ravel(), b.ravel())
    ]
    return count(np.array(different)) if any(different) else None


def plain(value):
    """An attribute as Python values, where one element is not told from a list of one."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        value = [plain(x) for x in value]
        return value[0] if len(value) == 1 else value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").rstrip("\0")
    return value


def same_attribute(name, a, b):
    """Whether an attribute has its value in the archive as far as JSON can hold it."""
    single = np.asarray(a).dtype == np.float32 and name not in ("scale_factor", "add_offset")

    def same(x, y):
        if isinstance(x, list) or isinstance(y, list):
            return (
                isinstance(x, list)
                and isinstance(y, list)
                and len(x) == len(y)
                and all(map(same, x, y))
            )
        if isinstance(x, float) and isinstance(y, str):
            y = NOT_FINITE.get(y, y)
        if isinstance(x, str) and isinstance(y, str):
            # What is no UTF-8 has lost its bytes to the reader of the source already.
            return len(x) == len(y) and all(p == q or p == "\ufffd" for p, q in zip(x, y))
        if isinstance(x, str) or isinstance(y, str):
            return False
        if isinstance(x, float) or isinstance(y, float):
            # A float32 may be written with as many digits as tell it from its neighbours.
            x, y = (np.float32(x), np.float32(y)) if single else (float(x), float(y))
            return bool(x == y or (np.isnan(x) and np.isnan(y)))
        return x == y

    return same(plain(a), plain(b))
