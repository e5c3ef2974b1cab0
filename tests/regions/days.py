#!/usr/bin/env python3
"""Writes days that share a chunk, each in a file, and all of them in one: days.py DIRECTORY

Forty days of six steps on a grid of 80 x 100, which are 7.7 MB: waves and noise as a model has
them, a part of it missing, and counts of a few kinds.
"""

import sys

import netCDF4
import numpy as np

DAYS, STEPS, LATS, LONS = 40, 6, 80, 100


def write(path, first, steps):
    with netCDF4.Dataset(path, "w") as file:
        for name, length in (("time", None), ("lat", LATS), ("lon", LONS)):
            file.createDimension(name, length)
        time = file.createVariable("time", "i8", ("time",))
        time.units = "hours since 2021-01-01"
        time[:] = 4 * np.arange(first, first + steps)
        for name, units, values in (
            ("lat", "degrees_north", np.linspace(50, 20, LATS)),
            ("lon", "degrees_east", np.linspace(0, 40, LONS)),
        ):
            file.createVariable(name, "f8", (name,)).units = units
            file[name][:] = values
        shape = dict(dimensions=("time", "lat", "lon"), chunksizes=(1, LATS, LONS), zlib=True)
        wave = file.createVariable("wave", "f4", fill_value=np.float32("nan"), **shape)
        kinds = file.createVariable("kinds", "f4", **shape)
        for step in range(steps):
            at = first + step
            random = np.random.default_rng(at)
            y, x = np.mgrid[:LATS, :LONS]
            field = 9 * np.sin(x / 9 + at / 20) * np.cos(y / 7) + random.normal(0, 0.02, y.shape)
            field = np.round(field * 256) / 256
            field[(x - 60) ** 2 + (y - 30) ** 2 < 200] = np.nan
            wave[step] = field
            kinds[step] = random.integers(0, 50, y.shape) * np.float32(0.1)


for day in range(DAYS):
    write(f"{sys.argv[1]}/{day:02}.nc", STEPS * day, STEPS)
write(f"{sys.argv[1]}/all.nc", 0, STEPS * DAYS)
