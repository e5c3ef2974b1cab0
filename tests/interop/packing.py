"""Makes files, lets the program pack them, and reads the archives with xarray, warnings as
errors. The bound on the error is computed here from the archive's scale alone.

    packing.py PROGRAM DIRECTORY

Prints a line of JSON for each check: its name and its fault, which is null when all is well.
"""

import itertools
import json
import warnings

import numcodecs
import numcodecs.zarr3
import numpy as np
import xarray as xr

from program import DIRECTORY, check, run

RANGES = {"t": {"min": 180, "max": 340}, "rh": {"min": 0, "max": 100}}


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
    words = run("convert", "a.nc", "no.zarr", "--keep-bits", "t=24", code=2)
    assert "float32 has 23" in words, words
    words = run("convert", "a.nc", "no.zarr", "--packing", "--packing-exclude", "rh",
                "--packing-auto-buffer-factor", "1e308", code=2)
    assert "--packing-auto-buffer-factor" in words, words


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


def filtered(format, **settings):
    """The filter as each format has it."""
    if format == 2:
        return [numcodecs.FixedScaleOffset(**settings)]
    return [numcodecs.zarr3.FixedScaleOffset(**settings)]


def document(archive, name, format):
    place = DIRECTORY / archive / name / ("zarr.json" if format == 3 else ".zarray")
    return json.loads(place.read_text())


def filter_of(archive, name, format):
    """The filter as it stands in the document, made by numcodecs; and the fill value."""
    found = document(archive, name, format)
    settings = found["filters"][0] if format == 2 else found["codecs"][0]["configuration"]
    settings = {key: value for key, value in settings.items() if key != "id"}
    return numcodecs.FixedScaleOffset(**settings), found["fill_value"]


def seen(archive, format):
    """The archive to its readers; zarr-python warns of the filter in format 3."""
    with warnings.catch_warnings():
        warnings.simplefilter("error" if format == 2 else "ignore")
        return xr.open_zarr(DIRECTORY / archive, decode_times=False).load()


def near(expected, found, scale, clamp=None):
    """Within half a step, and what the type of the array rounds off."""
    assert np.array_equal(np.isnan(expected), np.isnan(found)), "other gaps"
    if clamp is not None:
        expected = np.clip(expected, *clamp)
    there = ~np.isnan(expected)
    spacing = np.spacing(np.abs(found[there]).max())
    error = np.abs(expected[there] - found[there].astype("f8")).max()
    assert error <= scale / 2 + spacing, (error, scale)


def by_the_filter(format, bits):
    archive = f"by-filter-{format}-{bits}.zarr"
    words = run("convert", "a.nc", archive, "--packing", "--packing-bits", bits, "--zarr-format", format,
        "--packing-representation", "fixedscaleoffset", "--packing-exclude", "orog", "--chunking", "time:5")  # fmt: skip
    assert ("no standard codec" in words) == (format == 3), words
    decoded, before = seen(archive, format), source("a.nc")
    for name, type in {"t": "f4", "rh": "f8"}.items():
        codec, fill = filter_of(archive, name, format)
        assert (decoded[name].dtype, codec.dtype.str, codec.astype.itemsize) == (type, f"<{type}", bits // 8)
        # The fill value is what the codec makes of the code for missing, bit for bit.
        least = np.array([-(2 ** (bits - 1))], codec.astype)
        assert codec.decode(least).tobytes() == np.array([fill], type).tobytes(), (codec, fill)
        near(values(before, name), decoded[name].values, 1 / codec.scale)
        for attribute in ("scale_factor", "add_offset", "missing_value"):
            assert attribute not in decoded[name].attrs and attribute not in decoded[name].encoding, attribute
    assert decoded["rh"].attrs["valid_max"] == 100.0
    stored = read_stored(archive) if format == 2 else None
    if stored is not None:
        kept(before, stored, "count", "state", "lon2", "y", "time", "orog")
    run("verify", archive, "a.nc")
    # It is mended as any other.
    chunk = next(p for p in (DIRECTORY / archive / "t").rglob("*") if p.is_file() and p.name[0] in "0c1")
    chunk.unlink()
    run("verify", archive, code=6)
    run("repair", archive, "a.nc")
    run("verify", archive, "a.nc")
    assert seen(archive, format).identical(decoded)
    again = "again-" + archive
    run("convert", "a.nc", again, "--packing", "--packing-bits", bits, "--zarr-format", format,
        "--packing-representation", "fixedscaleoffset", "--packing-exclude", "orog", "--chunking", "time:5",
        "--jobs", 1)  # fmt: skip
    assert "already" in run("convert", "a.nc", again, "--packing", "--packing-bits", bits, "--zarr-format", format,
        "--packing-representation", "fixedscaleoffset", "--packing-exclude", "orog", "--chunking", "time:5",
        "--jobs", 1)  # fmt: skip


def regions_by_the_filter(format):
    archive = f"filter-regions-{format}.zarr"
    run("create-template", "a.nc", archive, "--packing", "--packing-manual-ranges", json.dumps(RANGES),
        "--packing-representation", "fixedscaleoffset", "--zarr-format", format,
        "--global-end", "2020-01-02", "--variables", "t,rh", "--chunking", "time:7")  # fmt: skip
    assert np.isnan(seen(archive, format)["t"].values).all()
    named = ("--variables", "t,rh")
    run("write-region", "a.nc", archive, *named)
    words = run("write-region", "hot.nc", archive, *named, code=4)
    assert "range from 180 to 340" in words, words
    run("write-region", "b.nc", archive, *named)
    decoded = seen(archive, format)
    for name in ("t", "rh"):
        expected = np.concatenate([values(source(f), name) for f in ("a.nc", "b.nc")])
        scale = 1 / filter_of(archive, name, format)[0].scale
        near(expected, decoded[name].values[:24], scale)
        assert np.isnan(decoded[name].values[24:]).all()
    run("verify", archive, "a.nc", "b.nc", *named)


def appended(format, maker):
    """Files are put behind what a filter has packed, also into the chunk that the end cuts."""
    archive, named = f"appended-{maker}-{format}.zarr", ("--variables", "t", "--drop-variables", "lon2")
    if maker == "ours":
        run("convert", "a.nc", archive, "--variables", "t", "--drop-variables", "lon2", "--packing",
            "--packing-manual-ranges", json.dumps({"t": RANGES["t"]}), "--zarr-format", format,
            "--packing-representation", "fixedscaleoffset", "--chunking", "time:8")  # fmt: skip
    else:
        first = of_the_python_tool("a.nc")
        encoding = {"filters": python_filter(format, 16), "dtype": "<f4", "chunks": (8, 5, 7)}
        # Its archives of format 2 have the greatest value for missing, those of format 3 NaN.
        encoding["_FillValue"] = np.float32(RANGES["t"]["max"] if format == 2 else np.nan)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            first.to_zarr(DIRECTORY / archive, zarr_format=format, encoding={"t": encoding})
    before = seen(archive, format)["t"].values
    if (format, maker) == (3, "python"):
        words = run("append", "b.nc", archive, *named, code=3)
        assert "fixedscaleoffset of \"t\" changes values" in words, words
        assert np.array_equal(seen(archive, format)["t"].values, before, equal_nan=True)
        return
    codec, _ = filter_of(archive, "t", format)
    near(values(source("a.nc"), "t"), before, 1 / codec.scale)
    run("append", "b.nc", archive, *named)
    after = seen(archive, format)["t"].values
    assert np.array_equal(after[:12], before, equal_nan=True)
    near(values(source("b.nc"), "t"), after[12:], 1 / codec.scale)
    # What is skipped is missing, within a chunk that has data too, and so is what is yet to come.
    make("later.nc", 26, n=3)
    run("append", "later.nc", archive, *named, "--allow-gaps")
    run("extend", archive, "--global-end", "2020-01-02T06:00")
    later = seen(archive, format)["t"].values
    assert np.array_equal(later[:24], after, equal_nan=True)
    assert np.isnan(later[24:26]).all() and np.isnan(later[29:]).all() and len(later) == 31
    near(values(source("later.nc"), "t"), later[26:29], 1 / codec.scale)
    run("verify", archive, "b.nc", "later.nc", *named)
    make("hot2.nc", 31, top=1000.0)
    words = run("append", "hot2.nc", archive, *named, code=4)
    assert "range from 180" in words or "beyond" in words, words
    assert np.array_equal(seen(archive, format)["t"].values, later, equal_nan=True)


def steps_that_float_has_not():
    words = run("convert", "a.nc", "no.zarr", "--packing", "--packing-bits", 32, "--packing-representation",
        "fixedscaleoffset", code=2)  # fmt: skip
    assert "float32 has no numbers for steps" in words and "representation cf" in words, words


def python_filter(format, bits):
    """The filter of zarrio 0.1.4 for the range of t."""
    low, high = RANGES["t"].values()
    scale = (high - low) / (2**bits - 1)
    settings = {"offset": low + 2 ** (bits - 1) * scale, "scale": 1 / scale, "dtype": "<f4", "astype": f"<i{bits // 8}"}
    return filtered(format, **settings)


def of_the_python_tool(name):
    """What it takes from a file: t, with every gap the same."""
    first = xr.open_dataset(DIRECTORY / name, decode_times=False)[["t"]].load()
    first["t"].values[~np.isfinite(first["t"].values)] = np.nan
    first["t"].attrs.pop("coordinates", None)
    first["t"].encoding = {}
    return first.drop_vars("lon2", errors="ignore").drop_encoding()


def archives_of_the_python_tool(bits):
    """As zarrio 0.1.4 makes them: the greatest value of the range is the fill value, and what
    was beyond the range wrapped around."""
    archive = f"python-{bits}.zarr"
    low, high = RANGES["t"].values()
    scale = (high - low) / (2**bits - 1)
    first = of_the_python_tool("a.nc")
    both = xr.concat([first, first.assign_coords(time=first["time"] + 12) * np.nan], "time")
    both["t"].attrs = first["t"].attrs
    both["time"].attrs = first["time"].attrs
    both = both.drop_encoding()
    encoding = {"t": {"filters": python_filter(2, bits), "dtype": "<f4", "_FillValue": np.float32(high), "chunks": (8, 5, 7)}}
    both.to_zarr(DIRECTORY / archive, zarr_format=2, encoding=encoding)
    named = ("--variables", "t", "--drop-variables", "lon2")
    read = lambda: seen(archive, 2)["t"].values
    before = read()
    near(values(source("a.nc"), "t"), before[:12], scale)
    assert np.isnan(before[12:]).all()
    run("info", archive)
    # What the first one wrote stays; what comes is packed as it is, and never wraps.
    run("write-region", "b.nc", archive, *named)
    after = read()
    near(values(source("b.nc"), "t"), after[12:], scale)
    assert np.array_equal(after[:12], before[:12], equal_nan=True)
    run("verify", archive, "b.nc", *named)
    # The range's own end reads as missing there, so it is no value: nor is what wraps around.
    for top in (340.0, 1000.0, -20.0):
        make("top.nc", 12, top=top)
        words = run("write-region", "top.nc", archive, *named, code=4)
        assert "beyond" in words or "range from 180" in words, words
        assert np.array_equal(read(), after, equal_nan=True), top
    words = run("write-region", "top.nc", archive, *named,
        "--packing-range-exceeded-action", "warn")  # fmt: skip
    near(np.where(values(source("top.nc"), "t") < 0, low, values(source("top.nc"), "t")), read()[12:], scale, (low, high))


def information(format):
    """Noise is rounded away, over all files alike, and attributes say what was done."""
    archive = f"information-{format}.zarr"
    bits = {}
    for level in ("0.99", "1"):
        run("convert", "smooth.nc", archive, "--keep-information", level, "--zarr-format", format,
            "--overwrite", "--jobs", 1 if level == "1" else 2)  # fmt: skip
        stored, before = read_stored(archive), source("smooth.nc")
        assert stored["q"].attrs["quantization_algorithm"] == "bitround"
        assert stored["q"].attrs["quantization_information_level"] == float(level)
        bits[level] = int(stored["q"].attrs["quantization_nsb"])
        error = np.abs(stored["q"].values.astype("f8") - before["q"].values)
        assert (error <= before["q"].values * 2.0 ** -(bits[level] + 1)).all() and error.any()
        kept(before, stored, "time", "x", "n")
        run("verify", archive, "smooth.nc")
    # Twelve of the 23 bits are noise.
    assert 3 <= bits["0.99"] <= bits["1"] <= 11, bits
    # The two halves of it as files of a template, however they are cut.
    run("create-template", "half-0.nc", "half-1.nc", archive, "--keep-information", "q=1",
        "--zarr-format", format, "--overwrite")  # fmt: skip
    run("write-region", "half-0.nc", "half-1.nc", archive)
    halves = read_stored(archive)
    assert halves["q"].attrs["quantization_nsb"] == bits["1"], (halves["q"].attrs, bits)
    assert np.array_equal(halves["q"].values, stored["q"].values)
    run("verify", archive, "half-0.nc", "half-1.nc")
    for wrong, needle in [("q=2", "a part of one"), ("n=0.9", "no floating-point"), ("time=0.9", "kept as they are"),
                          ("none=0.9", "no variable")]:  # fmt: skip
        words = run("convert", "smooth.nc", "no.zarr", "--keep-information", wrong, code=2)
        assert needle in words, words
    words = run("convert", "smooth.nc", "no.zarr", "--keep-information", "q=0.9", "--keep-bits", "q=3", code=2)
    assert "together" in words, words


def ingested():
    """One command for all files, the range over all of them."""
    run("ingest", "a.nc", "b.nc", "ingest.zarr", "--packing", "--packing-exclude", "orog")
    decoded, stored = read("ingest.zarr")
    for name in ("t", "rh"):
        expected = np.concatenate([values(source(f), name) for f in ("a.nc", "b.nc")])
        within(expected, decoded, stored, name)
    run("verify", "ingest.zarr", "a.nc", "b.nc")
    run("status", "ingest.zarr", "--require-complete")


def mended(command):
    """A packed archive is verified against its files, and mended from them."""
    archive = f"mended-{command}.zarr"
    if command == "convert":
        run("convert", "a.nc", archive, "--packing", "--chunking", "time:5")
        files = ["a.nc"]
    else:
        run("create-template", "a.nc", "b.nc", archive, "--packing", "--chunking", "time:5")
        run("write-region", "a.nc", "b.nc", archive)
        files = ["a.nc", "b.nc"]
    run("verify", archive, *files)
    before = read_stored(archive)
    chunks = sorted(p for p in (DIRECTORY / archive / "t" / "c").rglob("*") if p.is_file())
    chunks[0].unlink()
    chunks[1].write_bytes(chunks[1].read_bytes()[:-3])
    words = run("verify", archive, *files, code=6)
    assert "t" in words, words
    run("repair", archive, *files)
    run("verify", archive, *files)
    assert read_stored(archive).identical(before)


def pcodec(format):
    """numcodecs reads what is written by pcodec, where its package is there."""
    archive = f"pcodec-{format}.zarr"
    words = run("convert", "a.nc", archive, "--compression", "pcodec:8", "--zarr-format", format)
    assert ("no standard codec" in words) == (format == 3), words
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stored = xr.open_zarr(DIRECTORY / archive, mask_and_scale=False, decode_times=False).load()
    used = document(archive, "t", format)
    used = used["codecs"][0]["name"] if format == 3 else used["compressor"]["id"]
    assert used.removeprefix("numcodecs.") == "pcodec", used
    kept(source("a.nc"), stored, "t", "rh", "count", "state", "time", "lon2", "y", "orog")


def filters_that_wrap_are_not_written_through():
    """A filter wraps around, where it has no integer for the fill value too."""
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

random = np.random.default_rng(1)
wave = (1.5 + 0.4 * np.sin(np.arange(8 * 4000) / 300)).astype("f4").reshape(8, 4000)
wave = (wave.view("u4") & np.uint32(0xFFFFF000) | random.integers(0, 4096, wave.shape, "u4")).view("f4")
smooth = xr.Dataset(
    {"q": (("time", "x"), wave), "n": (("time",), np.arange(8, dtype="i4"))},
    coords={"time": ("time", np.arange(8), {"units": "hours since 2020-01-01"}), "x": np.arange(4000.0)},
)
none = {name: {"_FillValue": None} for name in smooth.variables}
none["q"] = {"_FillValue": np.float32("nan")}
smooth.to_netcdf(DIRECTORY / "smooth.nc", encoding=none, unlimited_dims=["time"])
for part in (0, 1):
    smooth.isel(time=slice(4 * part, 4 * part + 4)).to_netcdf(
        DIRECTORY / f"half-{part}.nc", encoding=none, unlimited_dims=["time"])  # fmt: skip

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
for format in (2, 3):
    for bits in (8, 16):
        check("by the filter", by_the_filter, format, bits)
    check("regions by the filter", regions_by_the_filter, format)
    for maker in ("ours", "python"):
        check("appended", appended, format, maker)
    check("information", information, format)
    check("pcodec", pcodec, format)
check("narrow", steps_that_float_has_not)
for bits in (8, 16):
    check("python", archives_of_the_python_tool, bits)
check("ingest", ingested)
for command in ("convert", "template"):
    check("mended", mended, command)
check("coordinates", coordinates_stay_exact_in_regions)
