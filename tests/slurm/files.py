#!/usr/bin/env python3
"""Writes days in files of their own: files.py DIRECTORY COUNT"""

import sys

import netCDF4
import numpy as np

LATS, LONS = 120, 160
directory, count = sys.argv[1], int(sys.argv[2])
random = np.random.default_rng(1)
for day in range(count):
    with netCDF4.Dataset(f"{directory}/day-{day:02}.nc", "w") as file:
        for name, length in (("time", None), ("lat", LATS), ("lon", LONS)):
            file.createDimension(name, length)
        time = file.createVariable("time", "i8", ("time",))
        time.units = "hours since 2021-01-01"
        time[:] = 24 * day + np.arange(24)
        for name, values in (("lat", np.linspace(90, -90, LATS)), ("lon", np.arange(LONS) * 2.0)):
            file.createVariable(name, "f8", (name,))[:] = values
        wind = file.createVariable("wind", "f4", ("time", "lat", "lon"), fill_value=-1e30)
        wind.units = "m s-1"
        wind[:] = random.normal(size=(24, LATS, LONS)).round(2)
