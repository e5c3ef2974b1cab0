#!/usr/bin/env python3
"""Files that continue each other, and a reader of the archive that they make.

reader.py make DIRECTORY    writes 101 files of five steps
reader.py read DIRECTORY    reads the archive again and again, until there is a file `done`
"""

import pathlib
import sys
import warnings

import numpy as np

STEPS, CELLS = 5, 12


def make(place):
    import netCDF4

    for number in range(101):
        first = number * STEPS
        index = np.arange(first, first + STEPS)
        with netCDF4.Dataset(place / f"{number:03}.nc", "w") as file:
            for name, length in (("time", None), ("x", CELLS), ("nv", 2)):
                file.createDimension(name, length)
            time = file.createVariable("time", "f8", ("time",))
            time.units, time.bounds = "days since 2000-01-01", "time_bnds"
            time[:] = index / 24
            file.createVariable("time_bnds", "f8", ("time", "nv"))[:] = np.stack([index, index + 1], 1) / 24
            file.createVariable("t", "f4", ("time", "x"))[:] = index[:, None] * CELLS + np.arange(CELLS)
            file.createVariable("n", "i4", ("x", "time"), fill_value=-1)[:] = index + np.arange(CELLS)[:, None]


def check(archive):
    import xarray

    with xarray.open_zarr(archive, consolidated=True, decode_times=False) as dataset:
        length = dataset.sizes["time"]
        assert length % STEPS == 0, length
        dataset = dataset.load()
    index = np.arange(length)
    np.testing.assert_array_equal(dataset.time, index / 24)
    np.testing.assert_array_equal(dataset.time_bnds, np.stack([index, index + 1], 1) / 24)
    np.testing.assert_array_equal(dataset.t, index[:, None] * CELLS + np.arange(CELLS))
    np.testing.assert_array_equal(dataset.n, index + np.arange(CELLS)[:, None])
    return length


def read(place):
    warnings.simplefilter("error")
    lengths = []
    while True:
        done = (place / "done").exists()
        lengths.append(check(place / "archive.zarr"))
        if done:
            break
    assert lengths == sorted(lengths) and lengths[-1] == 101 * STEPS, lengths
    assert len(set(lengths)) > 5, lengths
    print(f"{len(lengths)} readings of {len(set(lengths))} lengths")


{"make": make, "read": read}[sys.argv[1]](pathlib.Path(sys.argv[2]))
