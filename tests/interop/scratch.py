"""Lets the program convert files whose chunks lie across those of the archive, with copies on
the disk and without, and compares the archives byte by byte and with the files.

    scratch.py PROGRAM DIRECTORY

Prints a line of JSON for each check: its name and its fault, which is null when all is well.
"""

import netCDF4
import numpy as np
import xarray as xr

from program import DIRECTORY, check, run

SHAPE = (192, 96, 101)
SERIES = "time:full,y:8,x:8"
MAPS = "time:1,y:full,x:full"
SMALL = ["--memory", "6MiB", "--jobs", "1"]


def line(*arguments, code=0):
    """The program's words on one line."""
    return " ".join(run(*arguments, code=code).split())


def make(name, chunks, format="NETCDF4", start=0):
    random = np.random.default_rng(start)
    file = netCDF4.Dataset(DIRECTORY / name, "w", format=format)
    for dimension, length in zip(("time", "y", "x"), SHAPE):
        file.createDimension(dimension, length)
        file.createVariable(dimension, "f8", (dimension,))[:] = np.arange(length)
    file["time"][:] += start
    file["time"].units = "hours since 2020-01-01"
    how = dict(zlib=True, chunksizes=chunks) if format == "NETCDF4" else {}
    for variable, kind in (("t", "f4"), ("count", "i2")):
        values = random.normal(280, 9, SHAPE).astype(kind)
        file.createVariable(variable, kind, ("time", "y", "x"), fill_value=-1, **how)[:] = values
    file.close()


def objects(archive):
    """What an archive has, but for when and how it was made."""
    root = DIRECTORY / archive
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and "/c/" in str(path)
    }


def equal(archive, file, rows=slice(None)):
    a = xr.open_zarr(DIRECTORY / archive, decode_times=False).isel(time=rows).load()
    b = xr.open_dataset(DIRECTORY / file, decode_times=False).load()
    for name in b.variables:
        assert np.array_equal(a[name].values, b[name].values, equal_nan=True), name


def converted(file, chunks, *more):
    arguments = ["convert", file, "copied.zarr", "--chunking", chunks, "--overwrite", *more]
    words = line(*arguments, *SMALL, "--scratch", "disk", "--dry-run")
    assert "copied to the disk first" in words and "reads the source" not in words, words
    plain = line(*arguments, *SMALL, "--dry-run")
    assert "reads the source" in plain and "copied to" not in plain, plain
    # Packing leaves so little room that it is many times.
    assert ("for a copy with --scratch" in plain) == bool(more), plain
    run(*arguments, *SMALL, "--scratch", "disk")
    assert not list((DIRECTORY / "disk").iterdir())
    run("convert", file, "again.zarr", "--chunking", chunks, "--overwrite", *more)
    assert len(objects("again.zarr")) > 100 and objects("again.zarr") == objects("copied.zarr")
    if not more:
        equal("copied.zarr", file)
        run("verify", "copied.zarr", file)


def region():
    """Not at the beginning of a chunk, and with a chunk that others share."""
    hours = {"--global-start": "2020-01-01T00:00", "--global-end": "2020-01-20T00:00"}
    run("create-template", "maps.nc", "region.zarr", "--chunking", "time:200,y:8,x:8",
        *(word for pair in hours.items() for word in pair))  # fmt: skip
    arguments = ["write-region", "later.nc", "region.zarr", *SMALL, "--scratch", "disk"]
    words = line(*arguments, "--dry-run")
    assert "copied to the disk first" in words, words
    run(*arguments)
    equal("region.zarr", "later.nc", slice(100, 100 + SHAPE[0]))
    run("verify", "region.zarr", "later.nc")


def enough_memory():
    """No copy is made where none is of use."""
    words = line("convert", "maps.nc", "no.zarr", "--chunking", SERIES, "--memory", "512MiB",
                 "--scratch", "disk", "--dry-run")  # fmt: skip
    assert "copied to" not in words, words


def refused():
    words = line("convert", "maps.nc", "no.zarr", "--chunking", SERIES, *SMALL,
                 "--scratch", "absent", code=1)  # fmt: skip
    for needle in ("absent", '"t"', "--scratch", "No such file"):
        assert needle in words, (needle, words)
    assert not (DIRECTORY / "no.zarr").exists()
    # Nor is anything lost of what was to be replaced.
    before = objects("copied.zarr")
    run("convert", "maps.nc", "copied.zarr", "--chunking", SERIES, *SMALL, "--overwrite",
        "--scratch", "absent", code=1)  # fmt: skip
    assert before and objects("copied.zarr") == before
    equal("region.zarr", "later.nc", slice(100, 100 + SHAPE[0]))
    run("write-region", "later.nc", "region.zarr", *SMALL, "--force", "--scratch", "absent", code=1)
    run("status", "region.zarr")
    equal("region.zarr", "later.nc", slice(100, 100 + SHAPE[0]))


(DIRECTORY / "disk").mkdir()
make("maps.nc", (1, *SHAPE[1:]))
make("series.nc", (SHAPE[0], 8, 8))
make("classic.nc", None, "NETCDF3_64BIT_OFFSET")
make("later.nc", (1, *SHAPE[1:]), start=100)
check("converted", converted, "maps.nc", SERIES)
check("converted", converted, "series.nc", MAPS)
check("converted", converted, "classic.nc", SERIES)
check("converted", converted, "maps.nc", SERIES, "--packing")
for action in (region, enough_memory, refused):
    check(action.__name__, action)
