#!/usr/bin/env python3
"""Writes a year in twelve files, or in twenty-four: year.py DIRECTORY [halves]

Six-hourly on a grid of 4 x 5, two variables; every value follows from its place in the year:
temperature counts the elements, rain (packed) runs through 0 to 9999 again and again.
"""

import calendar
import sys

import netCDF4
import numpy as np

YEAR, LATS, LONS = 2021, 4, 5


def write(path, first, steps):
    with netCDF4.Dataset(path, "w") as file:
        for name, length in (("time", None), ("lat", LATS), ("lon", LONS)):
            file.createDimension(name, length)
        time = file.createVariable("time", "i8", ("time",))
        time.units = f"hours since {YEAR}-01-01"
        time[:] = 6 * np.arange(first, first + steps)
        for name, units, values in (
            ("lat", "degrees_north", np.linspace(50, 20, LATS)),
            ("lon", "degrees_east", np.linspace(0, 40, LONS)),
        ):
            file.createVariable(name, "f8", (name,)).units = units
            file[name][:] = values
        cells = LATS * LONS
        index = np.arange(first * cells, (first + steps) * cells).reshape(steps, LATS, LONS)
        shape = dict(dimensions=("time", "lat", "lon"), chunksizes=(31, LATS, LONS), zlib=True)
        temperature = file.createVariable("temperature", "f4", fill_value=-9e9, **shape)
        temperature.units = "K"
        temperature[:] = index
        rain = file.createVariable("rain", "i2", fill_value=-32767, **shape)
        rain.set_auto_maskandscale(False)
        rain.scale_factor, rain.units = 0.1, "mm"
        rain[:] = index % 10000


first = 0
for month in range(1, 13):
    steps = 4 * calendar.monthrange(YEAR, month)[1]
    if sys.argv[2:] == ["halves"]:
        half = steps // 2 + 1
        write(f"{sys.argv[1]}/{YEAR}-{month:02}a.nc", first, half)
        write(f"{sys.argv[1]}/{YEAR}-{month:02}b.nc", first + half, steps - half)
    else:
        write(f"{sys.argv[1]}/{YEAR}-{month:02}.nc", first, steps)
    first += steps
