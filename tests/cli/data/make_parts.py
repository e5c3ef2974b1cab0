"""Makes the files part-*.nc: parts of one small dataset, and parts that do not fit.

Run with a Python that has netCDF4: make_parts.py [DIRECTORY]
"""

import pathlib
import sys

import numpy as np
from netCDF4 import Dataset

PLACE = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
LAT = [50.0, 51.0, 52.0]
LON = [0.0, 1.0, 2.0, 3.0]


def part(name, hours, *, lat=LAT, units="hours since 2020-01-01", factor=1, t2m_units="K",
         names=("t2m", "rain"), packed=False, add=0.0, void=(), calendar="standard", label="i4"):
    with Dataset(PLACE / f"part-{name}.nc", "w", format="NETCDF3_64BIT_OFFSET") as file:
        file.Conventions = "CF-1.8"
        file.createDimension("time", None)
        file.createDimension("lat", len(lat))
        file.createDimension("lon", len(LON))
        time = file.createVariable("time", label, ("time",))
        time.units = units
        time.calendar = calendar
        for axis, labels, unit in (("lat", lat, "degrees_north"), ("lon", LON, "degrees_east")):
            variable = file.createVariable(axis, "f8", (axis,))
            variable.units = unit
            variable[:] = labels
        height = file.createVariable("height", "f4", ("lat", "lon"), fill_value=np.float32(-9999))
        height.units = "m"
        height[:] = np.add.outer(np.array(lat), np.array(LON))
        for number, variable_name in enumerate(names):
            kind = "i2" if packed and variable_name == "t2m" else "f4"
            fill = np.array(-9999, kind)
            variable = file.createVariable(variable_name, kind, ("time", "lat", "lon"), fill_value=fill)
            variable.set_auto_maskandscale(False)
            variable.units = t2m_units if variable_name == "t2m" else "mm"
            if kind == "i2":
                variable.scale_factor = 0.5
                variable.add_offset = 250.0
            values = 250 + 2 * number + np.arange(len(hours))[:, None, None] % 8
            values = values + 0.5 * np.arange(len(lat))[:, None] + 2 * np.arange(len(LON)) + add
            values = (values - 250) / 0.5 if kind == "i2" else values
            # Nothing but missing: some steps of the first variable, all of the second.
            values[list(void) if number == 0 else slice(0, len(hours) * bool(void))] = fill
            variable[:] = values
        time[:] = [factor * hour for hour in hours]


FIRST = list(range(0, 48, 6))
SECOND = list(range(48, 96, 6))
part("1", FIRST)
part("2", SECOND)
part("late", [8766 + hour for hour in FIRST])
minutes = {"units": "minutes since 2020-01-01", "factor": 60}
part("minutes", FIRST, **minutes)
part("shifted", [hour + (hour == 12) / 60 for hour in FIRST], **minutes)
part("doubled", [0, 6, 6, 12])
part("grid", FIRST, lat=[50.0, 51.0, 52.5])
part("celsius", FIRST, t2m_units="degC")
part("missing", FIRST, names=("t2m",))
part("extra", FIRST, names=("t2m", "rain", "snow"))
part("tile", FIRST, lat=[51.0, 52.0])
part("packed", FIRST, packed=True)
part("fine", FIRST, add=0.25)
part("void", SECOND, void=(2, 3))
part("noleap", SECOND, calendar="noleap")
part("days", SECOND, units="days since 2020-01-01", factor=1 / 24, label="f8")
part("day", [0], units="days since 2020-01-01", factor=1 / 24)
part("year", [24 * day for day in range(366) if day != 200], lat=[50.0], names=("t2m",))
part("flip", SECOND, lat=LAT[::-1])
