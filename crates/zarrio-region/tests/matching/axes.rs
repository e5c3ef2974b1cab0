//! Labels that are no times, along one dimension or several.

use super::*;

/// A grid of times, latitudes and longitudes.
fn grid(name: &str, lat: Data, lon: Data) -> Given {
    let given = Given::new(name)
        .axis("time", Data::I64(vec![0, 1]), HOURS)
        .axis("lat", lat, "degrees_north")
        .axis("lon", lon, "degrees_east");
    let lengths: Vec<u64> = given
        .schema()
        .root
        .dimensions
        .iter()
        .map(|d| d.length)
        .collect();
    given.field(
        "t2m",
        &[("time", 2), ("lat", lengths[1]), ("lon", lengths[2])],
    )
}

fn degrees(range: std::ops::Range<i32>) -> Vec<f32> {
    range.map(|i| i as f32).collect()
}

fn world() -> Given {
    grid(
        "archive",
        Data::F32(degrees(-90..91)),
        Data::F32(degrees(0..360)),
    )
}

#[test]
fn a_tile_lands_where_its_coordinates_say() {
    let file = grid(
        "file.nc",
        Data::F32(degrees(-10..10)),
        Data::F32(degrees(100..130)),
    );
    let found = matched(&file, &world(), &MatchOptions::default());
    assert_eq!(runs(&found, "t2m", 1), [run(80, 0, 20)]);
    assert_eq!(runs(&found, "t2m", 2), [run(100, 0, 30)]);
    assert_eq!(names(&found).1, ["time", "lat", "lon"]);
}

#[test]
fn a_reversed_latitude_is_placed_by_its_labels() {
    let mut lat = degrees(-90..91);
    lat.reverse();
    let file = grid("file.nc", Data::F32(lat), Data::F32(degrees(0..360)));
    let found = matched(&file, &world(), &MatchOptions::default());
    let down = Run {
        reversed: true,
        ..run(0, 0, 181)
    };
    assert_eq!(runs(&found, "t2m", 1), [down]);
}

#[test]
fn a_longitude_that_begins_elsewhere_is_two_runs() {
    let lon: Vec<f32> = degrees(180..360)
        .into_iter()
        .chain(degrees(0..180))
        .collect();
    let file = grid("file.nc", Data::F32(degrees(-90..91)), Data::F32(lon));
    let found = matched(&file, &world(), &MatchOptions::default());
    assert_eq!(runs(&found, "t2m", 2), [run(0, 180, 180), run(180, 0, 180)]);
}

#[test]
fn another_grid_is_refused_with_all_that_is_wrong() {
    let lat = degrees(-90..91).iter().map(|v| v + 0.5).collect();
    let lon = degrees(0..360).iter().map(|v| v + 400.0).collect();
    let file = grid("file.nc", Data::F32(lat), Data::F32(lon));
    let (all, text) = refused(&file, &world(), &MatchOptions::default());
    assert_eq!(all.len(), 2);
    assert_eq!(
        text,
        "file.nc: does not match the archive in 2 respects\n\
         - 181 of 181 labels along \"lat\" are not in the archive: -89.5, -88.5, -87.5 and 178 \
         more; the archive has -90 to 90 in steps of 1 (the one nearest to -89.5 is -90)\n\
         - 360 of 360 labels along \"lon\" are not in the archive: 400, 401, 402 and 357 more; \
         the archive has 0 to 359 in steps of 1 (the one nearest to 400 is 359)\n\
         hint: check that this is the right archive: it has none of the labels along this dimension"
    );
}

#[test]
fn numbers_are_compared_in_the_coarser_type() {
    let tenths = |range: std::ops::Range<i32>| range.map(|i| f64::from(i) / 10.0);
    let archive = grid(
        "archive",
        Data::F64(tenths(0..50).collect()),
        Data::I32((0..20).collect()),
    );
    let file = grid(
        "file.nc",
        Data::F32(tenths(7..12).map(|v| v as f32).collect()),
        Data::F64(vec![4.0, 5.0]),
    );
    let found = matched(&file, &archive, &MatchOptions::default());
    assert_eq!(runs(&found, "t2m", 1), [run(7, 0, 5)]);
    assert_eq!(runs(&found, "t2m", 2), [run(4, 0, 2)]);
    // The other way about, the file's are rounded.
    let found = matched(
        &grid(
            "file.nc",
            Data::F64(tenths(7..12).collect()),
            Data::I8(vec![4]),
        ),
        &grid(
            "archive",
            Data::F32(tenths(0..50).map(|v| v as f32).collect()),
            Data::I64((0..20).collect()),
        ),
        &MatchOptions::default(),
    );
    assert_eq!(runs(&found, "t2m", 1), [run(7, 0, 5)]);
}

#[test]
fn labels_that_rounding_makes_one_are_doubled() {
    let file = grid(
        "file.nc",
        Data::F64(vec![10.0, 10.000_000_01]),
        Data::F32(vec![0.0]),
    );
    let text = refusal(&file, &world());
    assert!(
        text.contains("10 at positions 0 and 1, after rounding to float32"),
        "{text}"
    );
}

#[test]
fn zero_has_one_sign_and_nan_is_no_label() {
    let file = grid(
        "file.nc",
        Data::F32(vec![-0.0, 1.0]),
        Data::F32(vec![f32::NAN]),
    );
    let text = refusal(&file, &world());
    assert!(
        text.contains("1 of 1 label along \"lon\" is not in the archive: NaN;"),
        "{text}"
    );
    assert!(!text.contains("lat"), "{text}");
    let holes = grid(
        "archive",
        Data::F32(vec![f32::NAN, f32::NAN, 1.0]),
        Data::F32(vec![0.0]),
    );
    let file = grid("file.nc", Data::F32(vec![1.0]), Data::F32(vec![-0.0]));
    let found = matched(&file, &holes, &MatchOptions::default());
    assert_eq!(runs(&found, "t2m", 1), [run(2, 0, 1)]);
}

#[test]
fn a_tolerance_matches_what_is_near_and_must_be_small() {
    let lat = vec![10.001f64, 10.999];
    let file = grid("file.nc", Data::F64(lat), Data::F64(vec![5.0]));
    assert!(refusal(&file, &world()).contains("10.001, 10.999;"));
    let tolerance = |coord_tolerance| MatchOptions {
        coord_tolerance,
        ..MatchOptions::default()
    };
    let found = matched(&file, &world(), &tolerance(0.01));
    assert_eq!(runs(&found, "t2m", 1), [run(100, 0, 2)]);
    let text = refused(&file, &world(), &tolerance(0.5)).1;
    assert!(
        text.contains(
            "the tolerance 0.5 is not below half the archive's spacing along \"lat\", which is 1"
        ),
        "{text}"
    );
    // It is never applied to times.
    let late = timed("file.nc", Data::F64(vec![1.01]), HOURS);
    assert!(match_source(&late, &archive(), &tolerance(0.1)).is_err());
}

#[test]
fn integers_of_any_size_are_exact() {
    let big = 1i64 << 60;
    let given = |name, labels: Vec<i64>| {
        let length = labels.len() as u64;
        Given::new(name)
            .axis("id", Data::I64(labels), "")
            .field("v", &[("id", length)])
    };
    let archive = given("archive", vec![big, big + 1, big + 2]).unwritten("v");
    let found = matched(
        &given("file.nc", vec![big + 1]),
        &archive,
        &MatchOptions::default(),
    );
    assert_eq!(runs(&found, "v", 0), [run(1, 0, 1)]);
}

#[test]
fn packed_coordinates_are_decoded() {
    let archive = grid(
        "archive",
        Data::F64(vec![0.0, 0.5, 1.0, 1.5]),
        Data::F32(vec![0.0]),
    );
    let file = grid("file.nc", Data::I16(vec![1, 2]), Data::F32(vec![0.0])).attribute(
        "lat",
        "scale_factor",
        zarrio_model::AttributeValue::Float64(vec![0.5]),
    );
    let found = matched(&file, &archive, &MatchOptions::default());
    assert_eq!(runs(&found, "t2m", 1), [run(1, 0, 2)]);
}

#[test]
fn levels_members_and_texts_are_labels_too() {
    let given = |name, level: Vec<i32>, member: Vec<&'static str>| {
        let (levels, members) = (level.len() as u64, member.len() as u64);
        Given::new(name)
            .axis("level", Data::I32(level), "hPa")
            .axis("member", Data::Text(member), "")
            .field("t", &[("member", members), ("level", levels)])
    };
    let archive = given(
        "archive",
        vec![1000, 850, 500, 200],
        vec!["r1", "r2", "r10"],
    )
    .unwritten("t");
    let file = given("file.nc", vec![500, 1000], vec!["r10", "r1"]);
    let found = matched(&file, &archive, &MatchOptions::default());
    assert_eq!(runs(&found, "t", 0), [run(0, 1, 1), run(2, 0, 1)]);
    assert_eq!(runs(&found, "t", 1), [run(0, 1, 1), run(2, 0, 1)]);
    let text = refusal(&given("file.nc", vec![850], vec!["r3"]), &archive);
    assert_eq!(
        text.lines().next().unwrap(),
        "file.nc: 1 of 1 label along \"member\" is not in the archive: \"r3\"; the archive has \
         \"r1\", \"r2\", \"r10\""
    );
    let number = Given::new("file.nc")
        .axis("level", Data::I32(vec![850]), "hPa")
        .axis("member", Data::I32(vec![1]), "")
        .field("t", &[("member", 1), ("level", 1)]);
    assert_eq!(
        refusal(&number, &archive),
        "file.nc: variable \"member\" is int32 in the file and string in the archive"
    );
}

#[test]
fn coordinates_in_other_units_are_refused_and_spellings_are_not() {
    let file = grid("file.nc", Data::F32(vec![1.0]), Data::F32(vec![0.0]));
    let spelled = grid("file.nc", Data::F32(vec![1.0]), Data::F32(vec![0.0]))
        .attribute("lat", "units", "degree_N");
    let options = MatchOptions::default();
    assert_eq!(
        matched(&spelled, &world(), &options),
        matched(&file, &world(), &options)
    );
    let radians = file.attribute("lat", "units", "radians");
    assert_eq!(
        refusal(&radians, &world()),
        "file.nc: variable \"lat\" has units \"radians\" in the file and units \
         \"degrees_north\" in the archive"
    );
}

#[test]
fn a_long_axis_takes_no_time() {
    let archive = timed("archive", Data::I64((0..350_000).collect()), HOURS);
    let file = hourly((0..350_000).rev());
    let began = std::time::Instant::now();
    let found = time_runs(&file, &archive);
    assert_eq!(found.len(), 1);
    assert!(began.elapsed().as_secs() < 5);
}

#[test]
fn the_same_axis_lies_where_it_is_for_a_comparison_though_labels_tell_no_place() {
    let options = MatchOptions {
        same_axes: true,
        ..MatchOptions::default()
    };
    let coarse = Data::F32(vec![7e5, 700_000.06, 700_000.1]);
    let days = "days since 0001-01-01";
    for (labels, units) in [
        (Data::F64(vec![9.97e36, 9.97e36]), HOURS),
        (Data::F64(vec![2.0, f64::NAN, 1.0]), HOURS),
        (Data::I64(vec![3, 3, 3, 5]), HOURS),
        (coarse, days),
        (Data::F32(vec![f32::NAN, 1.0, 1.0]), "m"),
    ] {
        let file = timed("file.nc", labels.clone(), units);
        let archive = timed("archive", labels, units).unwritten("t2m");
        let found = matched(&file, &archive, &options);
        let length = file.schema().root.dimensions[0].length;
        assert_eq!(runs(&found, "t2m", 0), [run(0, 0, length)]);
        assert!(names(&found).1.contains(&"time"));
        refused(&file, &archive, &MatchOptions::default());
    }
    // Others than the archive's are placed by what they say.
    let file = timed("file.nc", Data::I64(vec![3, 3, 3, 4]), HOURS);
    let archive = timed("archive", Data::I64(vec![3, 3, 3, 5]), HOURS);
    refused(&file, &archive, &options);
}
