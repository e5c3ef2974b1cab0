#!/usr/bin/env python3
"""Writes cftime.csv: labels, units and calendars, with the dates that cftime gives them.

    python3 -m pip install cftime==1.6.*
    python3 make_cftime.py > cftime.csv

The table is made once and committed; the tests compare every row with our own arithmetic.
Labels are integers, because cftime computes those without rounding. Zones are written with
two digits of hours, because cftime passes over those with one in silence.
"""

import csv
import random
import sys
import warnings

import cftime

warnings.simplefilter("ignore")
random.seed(4404)

CALENDARS = ["standard", "proleptic_gregorian", "julian", "365_day", "366_day", "360_day"]
# How far labels may lie from the reference: some 3,000 years, and less for the small units,
# since cftime computes in 64 bits of microseconds.
UNITS = {"days": 1_100_000, "d": 40_000, "hours": 26_000_000, "hr": 400_000, "h": 9_000,
         "minutes": 1_500_000_000, "min": 3_000_000, "seconds": 90_000_000_000,
         "sec": 4_000_000_000, "s": 90_000, "milliseconds": 90_000_000_000_000,
         "msec": 86_400_123, "microseconds": 9_000_000_000_000_000, "microsec": 1_234_567}
REFERENCES = ["1970-01-01", "1970-01-01 00:00:00", "1900-1-1", "0001-01-01", "1-1-1 00:00:0.0",
              "1582-10-15 00:00:00", "1582-10-04 12:00", "1600-02-28T18:30:15Z", "2000-02-28",
              "1992-10-08 15:15:42.5 -06:00", "2024-12-30 23:59:59 UTC", "1858-11-17 00:00:00",
              "1850-03-01 00:00:00+0330", "2100-02-28 06:00:00.123456 +14:00",
              "-4712-01-01 12:00:00", "-0044-03-15", "4000-02-28 -0930"]
LIMITED = {"months": "360_day", "common_years": "365_day"}


def row(out, label, unit, reference, calendar):
    units = f"{unit} since {reference}"
    try:
        date = cftime.num2date(label, units, calendar=calendar)
        back = cftime.date2num(date, units, calendar=calendar)
    except (ValueError, OverflowError):
        return
    if back != label:
        return
    text = date.isoformat(timespec="microseconds")
    out.writerow([label, units, calendar, text])


def main():
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["label", "units", "calendar", "date"])
    for calendar in CALENDARS:
        for reference in REFERENCES:
            for unit, reach in UNITS.items():
                for label in (random.choice((-1, 0, 1)), random.randint(-reach, reach)):
                    row(out, label, unit, reference, calendar)
        # Around every place where a calendar does something unusual.
        for year in (-401, -101, -5, -4, -2, -1, 1, 4, 100, 400, 1500, 1582, 1600, 1700, 1900,
                     1904, 2000, 2100, 9999):
            for month, day in ((1, 1), (2, 28), (3, 1), (10, 4), (10, 15), (12, 30)):
                for label in (-366, -29, -1, 0, 1, 2, 60, 365):
                    if random.random() < 0.3:
                        row(out, label, "days", f"{year}-{month}-{day}", calendar)
    for unit, calendar in LIMITED.items():
        for reference in REFERENCES:
            for label in (0, 1, -1, random.randint(-900, 900)):
                row(out, label, unit, reference, calendar)


if __name__ == "__main__":
    main()
