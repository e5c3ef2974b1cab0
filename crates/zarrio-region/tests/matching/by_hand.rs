//! Regions given by hand.

use zarrio_region::NamedRegion;

use super::*;

/// Positions without labels.
fn plain(name: &str, x: u64, y: u64) -> Given {
    Given::new(name).field("v", &[("x", x), ("y", y)])
}

fn by_hand(region: &str) -> MatchOptions {
    MatchOptions {
        region: Some(region.parse().unwrap()),
        ..MatchOptions::default()
    }
}

#[test]
fn regions_are_read_and_written() {
    for text in [
        "time=0:100,lat=0:50",
        "time=10:",
        "time=:50",
        "x=:",
        "a b=1:2",
    ] {
        let region: NamedRegion = text.parse().unwrap();
        assert_eq!(region.to_string(), text);
    }
    let spaced: NamedRegion = " time = 0 : 100 , lat = :".parse().unwrap();
    assert_eq!(spaced.to_string(), "time=0:100,lat=:");
}

#[test]
fn what_is_no_region_is_named() {
    for (text, part, reason) in [
        ("", "", "it has no \"=\""),
        ("time", "time", "it has no \"=\""),
        ("x=0:1,time=5", "time=5", "it has no \":\""),
        ("=1:2", "=1:2", "it names no dimension"),
        ("time=0:10:2", "time=0:10:2", "a region has no step"),
        ("time=-1:2", "time=-1:2", "positions count from 0"),
        ("time=a:2", "time=a:2", "a position is a whole number"),
        ("time=3:3", "time=3:3", "it is empty"),
        ("time=:0", "time=:0", "it is empty"),
        ("x=0:1, x=1:2", "x=1:2", "its dimension is given twice"),
        ("x=0:1,", "", "it has no \"=\""),
        (
            "x=0:99999999999999999999",
            "x=0:99999999999999999999",
            "a position is a whole number",
        ),
    ] {
        let error = text.parse::<NamedRegion>().unwrap_err();
        assert_eq!(
            (error.part.as_str(), error.reason),
            (part, reason),
            "{text}"
        );
    }
}

#[test]
fn dimensions_without_labels_are_whole_or_by_hand() {
    let archive = plain("archive", 10, 4);
    let found = matched(&plain("file.nc", 3, 4), &archive, &by_hand("x=5:8"));
    assert_eq!(runs(&found, "v", 0), [run(5, 0, 3)]);
    assert_eq!(runs(&found, "v", 1), [run(0, 0, 4)]);
    assert_eq!(
        refusal(&plain("file.nc", 3, 4), &archive),
        "file.nc: dimension \"x\" has length 3 in the file and 10 in the archive, and neither \
         has labels along it\nhint: say where it goes, such as --region x=0:3"
    );
}

#[test]
fn open_ends_are_those_of_the_archive() {
    let archive = plain("archive", 10, 4);
    for (region, first) in [("x=7:", 7), ("x=:3", 0), ("x=7:,y=:", 7), ("x=7:10", 7)] {
        let found = matched(&plain("file.nc", 3, 4), &archive, &by_hand(region));
        assert_eq!(runs(&found, "v", 0), [run(first, 0, 3)], "{region}");
    }
}

#[test]
fn regions_are_held_against_file_and_archive() {
    let (file, archive) = (plain("file.nc", 3, 4), plain("archive", 10, 4));
    let text = |region| refused(&file, &archive, &by_hand(region)).1;
    assert_eq!(
        text("x=5:"),
        "file.nc: x=5: is 5 positions long, and the file has 3\nhint: give --region x=5:8"
    );
    assert_eq!(
        text("x=8:11"),
        "file.nc: x=8:11 lies beyond the archive, which has 10 positions"
    );
    assert!(text("x=20:").contains("lies beyond the archive"));
    assert_eq!(
        text("z=0:1,x=0:3"),
        "file.nc: z=0:1 names no dimension of what is written; there are x, y"
    );
}

#[test]
fn labels_decide_and_the_region_must_agree() {
    let file = hourly(3..6);
    let found = matched(&file, &archive(), &by_hand("time=3:6"));
    assert_eq!(runs(&found, "t2m", 0), [run(3, 0, 3)]);
    // Unsorted within the region is still by label.
    let found = matched(&hourly([5, 3, 4]), &archive(), &by_hand("time=3:6"));
    assert_eq!(runs(&found, "t2m", 0), [run(3, 1, 2), run(5, 0, 1)]);
    let text = refused(&file, &archive(), &by_hand("time=0:3")).1;
    assert_eq!(
        text,
        "file.nc: time=0:3 holds other labels than the file: 2020-01-01T03:00:00 is not among \
         those of the archive there, 2020-01-01T00:00:00 to 2020-01-01T02:00:00 in steps of \
         1h\nhint: leave time out of --region, so that the labels decide"
    );
    let mut options = by_hand("time=0:3");
    options.on_unmatched = OnUnmatched::Skip;
    assert!(match_source(&file, &archive(), &options).is_err());
}

#[test]
fn labels_on_one_side_only_leave_it_to_the_lengths() {
    let unlabelled = Given::new("file.nc").field("t2m", &[("time", 10)]);
    let found = matched(&unlabelled, &archive(), &MatchOptions::default());
    assert_eq!(runs(&found, "t2m", 0), [run(0, 0, 10)]);
    assert_eq!(
        found.notes,
        ["only the archive has labels along \"time\", which was placed by position"]
    );
    let short = Given::new("file.nc").field("t2m", &[("time", 3)]);
    let text = refusal(&short, &archive());
    assert!(
        text.contains("only the archive has labels along it"),
        "{text}"
    );
    let found = matched(&short, &archive(), &by_hand("time=4:7"));
    assert_eq!(runs(&found, "t2m", 0), [run(4, 0, 3)]);
    // A file's own labels can be left out knowingly.
    let mut options = by_hand("time=0:3");
    options.exclude = vec!["time".into()];
    let found = matched(&hourly(3..6), &archive(), &options);
    assert_eq!(runs(&found, "t2m", 0), [run(0, 0, 3)]);
}
