"""Makes NetCDF files with fields like those of a weather model.

    data.py DIRECTORY [--months 12] [--steps 248] [--tiny 1000]

What is there already stays.

Two variables, t2m and u10, of float32 over time, lat and lon: travelling waves, a daily cycle
and noise, in steps of 1/256 K and 1/512 m/s as models write them. A month is 248 steps of three
hours on a grid of 181 x 360.

    months/01.nc ...  NetCDF-4, deflate 4 and shuffle, a chunk for each step
    classic/01.nc     the first month, NetCDF-3 with 64-bit offsets
    large/01.nc       three such months in one file
    days/01.nc ...    the first month again, a file for each of its days
    tiny/0000.nc ...  files of one step on a grid of 10 x 10
"""

import argparse
import shutil
from pathlib import Path

import netCDF4
import numpy as np

FIRST = 1_086_936  # Hours from 1900-01-01 to 2023-12-31.
DAYS = 31
VARIABLES = {
    "t2m": dict(units="K", long_name="2 metre temperature", standard_name="air_temperature"),
    "u10": dict(units="m s-1", long_name="10 metre U wind", standard_name="eastward_wind"),
}


class Field:
    """A field that moves on from step to step."""

    def __init__(self, name, lat, lon, seed):
        random = np.random.default_rng(seed)
        phi, lam = np.deg2rad(lat.astype("f8")), np.deg2rad(lon.astype("f8"))
        self.lat, self.lon, self.random = phi[:, None], lam[None, :], random
        self.waves = []
        for _ in range(14):
            kx, ky = int(random.integers(1, 30)), random.uniform(0.5, 25)
            speed, phase = random.uniform(-0.6, 0.6), random.uniform(0, 2 * np.pi)
            size = 6 / (1 + 0.25 * (kx + ky))
            shape = np.sin(ky * phi + phase)[:, None] * size * np.cos(phi)[:, None]
            self.waves.append((shape, kx * lam, speed))
        self.is_temperature = name == "t2m"
        base = 288 - 45 * np.sin(phi) ** 2 if self.is_temperature else 8 * np.sin(3 * phi)
        self.base = base[:, None] + 0 * lam[None, :]
        self.step_size, self.noise = (1 / 256, 0.02) if self.is_temperature else (1 / 512, 0.01)

    def at(self, step):
        field = self.base.copy()
        for shape, angle, speed in self.waves:
            field += shape * np.sin(angle + speed * step * 0.35)[None, :]
        if self.is_temperature:
            field += 4 * np.cos(self.lon + 2 * np.pi * step / 8) * np.cos(self.lat)
        field += self.random.standard_normal(field.shape, dtype="f4") * self.noise
        return (np.round(field / self.step_size) * self.step_size).astype("f4")


def grid(rows, columns):
    lat = np.linspace(90, -90, rows).astype("f4")
    return lat, (np.arange(columns) * (360 / columns)).astype("f4")


def create(path, first, steps, lat, lon, classic=False):
    path.parent.mkdir(parents=True, exist_ok=True)
    file = netCDF4.Dataset(path, "w", format="NETCDF3_64BIT_OFFSET" if classic else "NETCDF4")
    file.Conventions, file.title = "CF-1.7", "a field like that of a weather model"
    for name, length in (("time", steps), ("lat", len(lat)), ("lon", len(lon))):
        file.createDimension(name, length)
    time = file.createVariable("time", "i4", ("time",))
    time.units, time.calendar = "hours since 1900-01-01 00:00:00", "proleptic_gregorian"
    time.standard_name, time.axis = "time", "T"
    time[:] = FIRST + 3 * (first + np.arange(steps))
    for name, values, units in (("lat", lat, "degrees_north"), ("lon", lon, "degrees_east")):
        variable = file.createVariable(name, "f4", (name,))
        variable.units = units
        variable.standard_name = {"lat": "latitude", "lon": "longitude"}[name]
        variable[:] = values
    for name, attributes in VARIABLES.items():
        how = {} if classic else dict(
            zlib=True, complevel=4, shuffle=True, chunksizes=(1, len(lat), len(lon)))
        file.createVariable(name, "f4", ("time", "lat", "lon"), **how).setncatts(attributes)
    return file


def months(directory, count, steps, classic=False):
    lat, lon = grid(181, 360)
    fields = {name: Field(name, lat, lon, 1 + i) for i, name in enumerate(VARIABLES)}
    for month in range(count):
        first = month * steps
        files = [create(directory / f"{month + 1:02}.nc", first, steps, lat, lon, classic)]
        for step in range(steps):
            for name, field in fields.items():
                values = field.at(first + step)
                for file in files:
                    file[name][step] = values
        for file in files:
            file.close()


def tiny(directory, count):
    lat, lon = grid(10, 10)
    fields = {name: Field(name, lat, lon, 1 + i) for i, name in enumerate(VARIABLES)}
    for step in range(count):
        file = create(directory / f"{step:04}.nc", step, 1, lat, lon)
        for name, field in fields.items():
            file[name][0] = field.at(step)
        file.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=Path)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--steps", type=int, default=248)
    parser.add_argument("--tiny", type=int, default=1000)
    arguments = parser.parse_args()
    steps = arguments.steps
    for name, make, how in [("months", months, (arguments.months, steps)),
                            ("classic", months, (1, steps, True)),
                            ("large", months, (1, 3 * steps)),
                            ("days", months, (DAYS, max(1, steps // DAYS))),
                            ("tiny", tiny, (arguments.tiny,))]:
        whole, part = arguments.directory / name, arguments.directory / f"{name}.part"
        if not whole.exists():
            shutil.rmtree(part, ignore_errors=True)
            make(part, *how)
            part.rename(whole)


if __name__ == "__main__":
    main()
