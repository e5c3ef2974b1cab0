"""Converts with xarray, zarr-python and dask's threads, as a tuned script does it.

    convert_xarray.py FILE OUTPUT [--chunks T,Y,X] [--default-codec] [--packed] [--format 2|3]
"""

import argparse

import xarray
from numcodecs import Blosc
from zarr.codecs import BloscCodec


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("output")
    parser.add_argument("--chunks", default="100,50,100")
    parser.add_argument("--default-codec", action="store_true")
    parser.add_argument("--packed", action="store_true")
    parser.add_argument("--format", type=int, default=3)
    arguments = parser.parse_args()
    lengths = [int(n) for n in arguments.chunks.split(",")]
    chunks = dict(zip(("time", "lat", "lon"), lengths))
    dataset = xarray.open_dataset(arguments.file, chunks={}, decode_times=False)
    # What is read at once is what is written at once along time.
    dataset = dataset.chunk(chunks)
    encoding = {}
    for name in dataset.data_vars:
        settings = dict(chunks=tuple(lengths))
        if not arguments.default_codec and arguments.format == 3:
            settings["compressors"] = [BloscCodec(cname="zstd", clevel=3, shuffle="shuffle")]
        elif not arguments.default_codec:
            settings["compressors"] = [Blosc(cname="zstd", clevel=3, shuffle=Blosc.SHUFFLE)]
        if arguments.packed:
            low, high = (210.0, 330.0) if name == "t2m" else (-50.0, 50.0)
            settings.update(dtype="int16", scale_factor=(high - low) / 65532,
                            add_offset=(high + low) / 2, _FillValue=-32768)
        dataset[name].encoding = {}
        encoding[name] = settings
    dataset.to_zarr(arguments.output, mode="w", encoding=encoding,
                    zarr_format=arguments.format, consolidated=True)


if __name__ == "__main__":
    main()
