"""Makes files, lets the program pack them, and reads the archives with xarray, warnings as
errors. The bound on the error is computed here from the archive's scale alone.

    packing.py PROGRAM DIRECTORY

Prints a line of JSON for each check: its name and its fault, which is null when all is well.
"""

import itertools
import json
import subprocess
import sys
import traceback
import warnings
from pathlib import Path

import numcodecs
import numcodecs.zarr3
import numpy as np
import xarray as xr

PROGRAM, DIRECTORY = sys.argv[1], Path(sys.argv[2])
RANGES = {"t": {"min": 180, "max": 340}, "rh": {"min": 0, "max": 100}}


def run(*arguments, code=0):
    """The program's words; it must end with the code."""
    command = [PROGRAM, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=DIRECTORY)
    if done.returncode != code:
        raise AssertionError(f"{arguments}: code {done.returncode}: {done.stderr}")
    return done.stdout + done.stderr


def make(name, start=0, n=12, top=339.0, type="f4", flags=False):
    """A file with gaps of every kind, both ends of its ranges, and what is never packed."""
    random = np.random.default_rng(start)
    t = random.uniform(181, 338, (n, 5, 7)).astype(type)
    t[0, 0, :6] = [np.nan, 1e20, -999, np.inf, -np.inf, top]
    rh = random.uniform(0, 100, (n, 5, 7))
    rh[0, 0, :3] = [0, 100, 99.9999]
    time = start + np.arange(n)
    same = np.random.default_rng(0)
    variables = {
        "t": (("time", "y", "x"), t, {"units": "K", "missing_value": np.dtype(type).type(-999)}),
        "rh": (("time", "y", "x"), rh, {"units": "%", "valid_min": 0.0, "valid_max": 100.0}),
        "count": (("time", "x"), random.integers(0, 9, (n, 7), dtype="i4")),
        "state": (("time", "x"), np.ones((n, 7), "f4"), {"flag_values": [1.0, 2.0]}),
        "lon2": (("y", "x"), same.uniform(0, 360, (5, 7))),
        "orog": (("y", "x"), same.uniform(0, 4000, (5, 7)).astype(type)),
    }
    if not flags:
        del variables["state"]
    data = xr.Dataset(
        variables,
        coords={
            "time": ("time", time, {"units": "hours since 2020-01-01"}),
            "y": ("y", np.linspace(-90, 90, 5)),
        },
    )
    data["t"].attrs["coordinates"] = "lon2"
    fill = {name: {"_FillValue": None} for name in data.variables}
    fill["t"] = {"_FillValue": np.dtype(type).type(1e20)}
    data.to_netcdf(DIRECTORY / name, encoding=fill, unlimited_dims=["time"])


def read_stored(archive):
    """The archive as it is stored."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stored = xr.open_zarr(DIRECTORY / archive, mask_and_scale=False, decode_times=False)
        return stored.load()


def read(archive):
    """The archive as xarray decodes it, and as it is stored."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        decoded = xr.open_zarr(DIRECTORY / archive, decode_times=False).load()
    return decoded, read_stored(archive)


def source(name):
    with xr.open_dataset(DIRECTORY / name, decode_times=False, mask_and_scale=False) as data:
        return data.load()


def values(data, name):
    """A variable's values in binary64, whatever is missing as NaN."""
    array = data[name].values.astype("f8")
    for attribute in ("_FillValue", "missing_value"):
        code = data[name].attrs.get(attribute)
        if code is not None:
            array[data[name].values == code] = np.nan
    array[~np.isfinite(array)] = np.nan
    return array


def within(expected, decoded, stored, name, clamp=None):
    """Values within half a step and two units in the last place, and missing as missing."""
    found = decoded[name].values.astype("f8")
    assert np.array_equal(np.isnan(expected), np.isnan(found)), f"{name}: other gaps"
    code = stored[name].attrs["_FillValue"]
    assert np.array_equal(stored[name].values == code, np.isnan(expected)), f"{name}: codes"
    scale = stored[name].attrs["scale_factor"]
    if clamp is not None:
        expected = np.clip(expected, *clamp)
    there = ~np.isnan(expected)
    largest = np.abs(expected[there]).max()
    error = np.abs(expected[there] - found[there]).max()
    assert error <= scale / 2 + 4 * np.spacing(largest), f"{name}: off by {error}, scale {scale}"


def kept(before, stored, *names):
    for name in names:
        a, b = before[name].values, stored[name].values
        assert a.dtype == b.dtype and np.array_equal(a, b), f"{name} was changed"


def formats(format, bits):
    archive = f"v{format}-{bits}.zarr"
    run("convert", "a.nc", archive, "--packing", "--packing-bits", bits, "--zarr-format", format)
    decoded, stored = read(archive)
    before = source("a.nc")
    for name in ("t", "rh", "orog"):
        assert stored[name].dtype == f"i{bits // 8}", stored[name].dtype
        within(values(before, name), decoded, stored, name)
    kept(before, stored, "count", "state", "lon2", "y", "time")
    assert "missing_value" not in stored["t"].attrs
    # The valid range of packed values is in packed units.
    high = 2 ** (bits - 1) - 1
    ends = [stored["rh"].attrs[name] for name in ("valid_min", "valid_max")]
    assert ends == [-high, high], ends


def largest_value_is_no_gap(bits):
    """A genuine greatest value read as missing, or as the least."""
    archive = f"top-{bits}.zarr"
    ranges = json.dumps({"rh": RANGES["rh"]})
    run("convert", "a.nc", archive, "--variables", "rh", "--packing",
        "--packing-bits", bits, "--packing-manual-ranges", ranges)  # fmt: skip
    decoded, _ = read(archive)
    assert abs(decoded["rh"].values[0, 0, 1] - 100) < 1e-9
    assert abs(decoded["rh"].values[0, 0, 0]) < 1e-9


def beyond(action, bits):
    """What was beyond the range wrapped around, and success was reported."""
    archive = f"beyond-{action}-{bits}.zarr"
    ranges = json.dumps({"t": {"min": 200, "max": 300}})
    arguments = ["convert", "a.nc", archive, "--packing", "--packing-manual-ranges", ranges,
                 "--packing-bits", bits, "--packing-range-exceeded-action", action]  # fmt: skip
    if action == "error":
        words = run(*arguments, code=4)
        assert "range from 200 to 300" in words and '"max":339' in words, words
        assert not (DIRECTORY / archive / "zarr.json").exists()
        return
    words = run(*arguments)
    assert ("became its nearest end" in words) == (action == "warn"), words
    decoded, stored = read(archive)
    clamp = None if action == "widen" else (200, 300)
    within(values(source("a.nc"), "t"), decoded, stored, "t", clamp)
    if action == "widen":
        assert stored["t"].dtype == "i4"
    else:
        report = json.loads(run(*arguments, "--overwrite", "--json", "-q"))
        packed = {v["variable"]: v for v in report["variables"]}["t"]["packed"]
        assert packed["clamped"] > 0 and abs(packed["worst_excess"] - 39) < 1e-6, packed


def only_what_is_named():
    """Integers and flags were packed into floats that were nearly what they had been."""
    ranges = json.dumps({"count": {"min": 0, "max": 8}})
    run("convert", "a.nc", "named.zarr", "--packing", "--packing-bits", 8,
        "--packing-manual-ranges", ranges, "--packing-exclude", "rh, orog")  # fmt: skip
    decoded, stored = read("named.zarr")
    before = source("a.nc")
    within(values(before, "count"), decoded, stored, "count")
    kept(before, stored, "rh", "orog", "state")
    for name, why in {"lon2": "coordinates", "time": "coordinates", "absent": "no variable"}.items():
        ranges = json.dumps({name: {"min": 0, "max": 8}})
        words = run("convert", "a.nc", "no.zarr", "--packing", "--packing-manual-ranges", ranges, code=2)
        assert why in words, words


def packed_sources():
    """Packed integers stay those integers, unless another packing is asked for."""
    before = source("packed.nc")
    run("convert", "packed.nc", "kept.zarr", "--packing")
    _, stored = read("kept.zarr")
    kept(before, stored, "p")
    ranges = json.dumps({"p": {"min": -100, "max": 100}})
    run("convert", "packed.nc", "again.zarr", "--packing", "--packing-bits", 32,
        "--packing-manual-ranges", ranges)  # fmt: skip
    decoded, stored = read("again.zarr")
    with xr.open_dataset(DIRECTORY / "packed.nc") as data:
        within(data["p"].values.astype("f8"), decoded, stored, "p")


def template_of_files():
    """The range of a template was that of its zeros, and every region wrapped around."""
    words = run("create-template", "a.nc", "t.zarr", "--packing", "--global-end", "2020-01-01", code=2)
    assert "--packing-manual-ranges" in words and "several files" in words, words
    run("create-template", "a.nc", "b.nc", "t.zarr", "--packing", "--global-end", "2020-01-01")
    decoded, _ = read("t.zarr")
    assert np.isnan(decoded["t"].values).all() and decoded["orog"].notnull().all()
    for name in ("a.nc", "b.nc"):
        run("write-region", name, "t.zarr")
    decoded, stored = read("t.zarr")
    for name in ("t", "rh"):
        expected = np.concatenate([values(source(f), name) for f in ("a.nc", "b.nc")])
        within(expected, decoded, stored, name)


def regions_keep_to_the_range(format):
    """Regions were never compared with the range: 55 in a range to 40 was stored as 15."""
    archive = f"region-{format}.zarr"
    run("create-template", "a.nc", archive, "--packing", "--packing-manual-ranges",
        json.dumps(RANGES), "--zarr-format", format, "--global-end", "2020-01-02")  # fmt: skip
    run("write-region", "a.nc", archive)
    before = read(archive)[1]
    words = run("write-region", "hot.nc", archive, code=4)
    assert "range from 180 to 340" in words and '"max":1000' in words, words
    after = read(archive)[1]
    for name in ("t", "rh", "count"):
        assert np.array_equal(before[name].values, after[name].values), f"{name} was written"
    words = run("write-region", "hot.nc", archive, "--packing-range-exceeded-action", "warn")
    assert "1 value beyond the range" in words, words
    decoded, stored = read(archive)
    hot = slice(24, 36)
    part = [data.isel(time=hot) for data in (decoded, stored)]
    within(values(source("hot.nc"), "t"), *part, "t", (180, 340))
    run("write-region", "hot.nc", archive, "--packing-range-exceeded-action", "widen", code=2)


def rounding_has_to_be_asked_for():
    """Into packed integers that do not say that they are rounded, floats go exactly."""
    run("convert", "growing.nc", "exact.zarr")
    words = run("write-region", "fine.nc", "exact.zarr", code=4)
    assert "would become" in words and "--packing" in words, words
    run("write-region", "fine.nc", "exact.zarr", "--packing")
    decoded, stored = read("exact.zarr")
    within(np.array([np.nan, -3.14, 2.72, 12.34, 99.99]), decoded, stored, "p")
    # A code for missing that is among the others is no value.
    run("convert", "inside.nc", "inside.zarr")
    words = run("write-region", "fine.nc", "inside.zarr", "--packing", code=4)
    assert "code that means missing" in words, words


def steps_of_a_given_size():
    run("create-template", "a.nc", "b.nc", "steps.zarr", "--precision", "t=0.01,rh=0.5")
    run("write-region", "a.nc", "steps.zarr")
    decoded, stored = read("steps.zarr")
    assert (stored["t"].dtype, stored["rh"].dtype) == ("i2", "i1"), stored.dtypes
    assert stored["t"].attrs["scale_factor"] == 0.01
    first = [data.isel(time=slice(0, 12)) for data in (decoded, stored)]
    for name in ("t", "rh"):
        within(values(source("a.nc"), name), *first, name)
    kept(source("a.nc"), first[1], "count", "state")
    words = run("convert", "a.nc", "no.zarr", "--precision", "t=1e-9", code=2)
    assert "more steps" in words, words


def fewer_bits(format):
    """Errors are relative, and gaps of every kind stay what they were."""
    archive = f"bits-{format}.zarr"
    run("create-template", "a.nc", archive, "--zarr-format", format, "--keep-bits", "t=7",
        "--significant-digits", "rh=3", "--global-end", "2020-01-01T11:00")  # fmt: skip
    run("write-region", "a.nc", archive)
    stored = read_stored(archive)
    before = source("a.nc")
    for name, bits in {"t": 7, "rh": 10}.items():
        a, b = (data[name].values for data in (before, stored))
        expected = values(before, name)
        there = np.isfinite(expected)
        assert a.dtype == b.dtype and np.array_equal(a[~there], b[~there], equal_nan=True)
        error = np.abs(a[there].astype("f8") - b[there])
        assert (error <= np.abs(expected[there]) * 2.0 ** -(bits + 1)).all()
        assert (error > 0).any()
        unsigned = b.view(f"u{b.dtype.itemsize}")[there]
        dropped = {4: 23, 8: 52}[b.dtype.itemsize] - bits
        assert (unsigned & ((1 << dropped) - 1) == 0).all()
        assert stored[name].attrs["quantization_nsb"] == bits
    kept(before, stored, "count", "state", "orog")
    words = run("convert", "a.nc", "no.zarr", "--keep-bits", "lon2=7", code=2)
    assert "coordinates" in words, words


def codecs(format, codec):
    """Packing turned the chosen compression off; packed or not, every codec is there."""
    archive = f"codec-{format}-{codec.replace(':', '-')}.zarr"
    arguments = ["convert", "a.nc", archive, "--compression", codec, "--zarr-format", format]
    words = run(*arguments, "--packing", "--packing-exclude", "rh")
    own = codec.split(":")[0] in ("zlib", "bz2")
    assert ("no standard codec" in words) == (own and format == 3), words
    with warnings.catch_warnings():
        warnings.simplefilter("ignore" if own else "error")
        stored = xr.open_zarr(DIRECTORY / archive, mask_and_scale=False, decode_times=False).load()
        decoded = xr.open_zarr(DIRECTORY / archive, decode_times=False).load()
    text = (DIRECTORY / archive / "t" / ("zarr.json" if format == 3 else ".zarray")).read_text()
    document = json.loads(text)
    used = document["codecs"][1:] if format == 3 else filter(None, [document["compressor"]])
    names = [c.get("name", c.get("id")).removeprefix("numcodecs.") for c in used]
    assert names == [name for name in [codec.split(":")[0]] if name != "none"], names
    before = source("a.nc")
    within(values(before, "t"), decoded, stored, "t")
    kept(before, stored, "rh", "count", "state", "time")


def own_codecs_and_checksums():
    (DIRECTORY / "own.toml").write_text(
        '[compression]\nmethod = "zstd:3"\nchecksum = "crc32c"\nvariables = { rh = "gzip:9" }\n'
    )
    run("--config", "own.toml", "convert", "a.nc", "own.zarr")
    names = {}
    for name in ("t", "rh"):
        document = json.loads((DIRECTORY / "own.zarr" / name / "zarr.json").read_text())
        names[name] = [codec["name"] for codec in document["codecs"]]
    assert names == {"t": ["bytes", "zstd", "crc32c"], "rh": ["bytes", "gzip", "crc32c"]}, names
    stored = read_stored("own.zarr")
    kept(source("a.nc"), stored, "t", "rh", "count")
    words = run("convert", "a.nc", "no.zarr", "--checksum", "crc32c", "--zarr-format", 2, code=2)
    assert "format 2 has no place" in words, words


def filters_that_wrap_are_not_written_through():
    """The archives of the Python tool pack by a filter that wraps around."""
    before = source("a.nc")[["rh", "time"]]
    scale = {"id": "fixedscaleoffset", "offset": 50, "scale": 600, "dtype": "<f8", "astype": "<i2"}
    for format in (2, 3):
        codec = numcodecs.FixedScaleOffset.from_config({k: v for k, v in scale.items() if k != "id"})
        filters = [codec] if format == 2 else [numcodecs.zarr3.FixedScaleOffset(**{
            k: v for k, v in scale.items() if k != "id"})]  # fmt: skip
        archive = f"filter-{format}.zarr"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            before.to_zarr(DIRECTORY / archive, zarr_format=format, encoding={"rh": {"filters": filters}})
        words = run("write-region", "a.nc", archive, "--variables", "rh", code=4)
        assert "fixedscaleoffset would change values" in words, words


def coordinates_stay_exact_in_regions():
    """An archive with packed coordinates takes no others for them."""
    run("convert", "packed.nc", "axis.zarr")
    words = run("write-region", "moved.nc", "axis.zarr", code=4)
    assert "x" in words, words


def check(name, action, *arguments):
    try:
        action(*arguments)
        fault = None
    except Exception:
        fault = traceback.format_exc()
    print(json.dumps({"check": f"{name} {arguments}", "fault": fault}), flush=True)


make("a.nc", flags=True)
make("b.nc", 12, flags=True)
make("hot.nc", 24, top=1000.0, flags=True)
packed = xr.Dataset({"p": (("x",), np.array([np.nan, -99.9, 0, 12.3, 99.9]))}, coords={"x": np.arange(5) * 0.5})
codes = {"dtype": "i2", "scale_factor": 0.1, "_FillValue": -32768}
packed.to_netcdf(DIRECTORY / "packed.nc", encoding={"p": codes, "x": {"dtype": "i2", "scale_factor": 0.5, "_FillValue": None}})
axis = {"time": ("time", np.arange(5), {"units": "hours since 2020-01-01"})}
bare = {"time": {"_FillValue": None}}
growing = xr.Dataset({"p": (("time",), packed["p"].values)}, coords=axis)
growing.to_netcdf(DIRECTORY / "growing.nc", encoding={"p": codes, **bare})
inside = {"dtype": "i2", "scale_factor": 0.1, "_FillValue": 27}
growing.to_netcdf(DIRECTORY / "inside.nc", encoding={"p": inside, **bare})
fine = growing.assign(p=("time", np.array([np.nan, -3.14, 2.72, 12.34, 99.99])))
fine.to_netcdf(DIRECTORY / "fine.nc", encoding=bare)
packed.assign_coords(x=np.arange(5) * 0.5 + 0.1).to_netcdf(DIRECTORY / "moved.nc")

for format, bits in itertools.product((3, 2), (8, 16, 32)):
    check("formats", formats, format, bits)
for bits in (8, 16, 32):
    check("largest value", largest_value_is_no_gap, bits)
    for action in ("error", "warn", "ignore", "widen"):
        check("beyond", beyond, action, bits)
check("only what is named", only_what_is_named)
check("packed sources", packed_sources)
check("template", template_of_files)
for format in (3, 2):
    check("regions", regions_keep_to_the_range, format)
check("rounding", rounding_has_to_be_asked_for)
check("steps", steps_of_a_given_size)
for format in (3, 2):
    check("bits", fewer_bits, format)
    for codec in ("none", "zstd:5", "gzip:6", "zlib:6", "bz2:9", "blosc:lz4:5:bitshuffle", "blosc:zstd:3"):
        check("codecs", codecs, format, codec)
check("own codecs", own_codecs_and_checksums)
check("filters", filters_that_wrap_are_not_written_through)
check("coordinates", coordinates_stay_exact_in_regions)
