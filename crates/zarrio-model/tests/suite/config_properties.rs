//! What holds for every configuration.

use std::num::NonZeroU64;

use proptest::prelude::*;
use zarrio_model::config::{
    AccessMix, AccessPattern, CheckLevel, ChunkLength, ChunkStrategy, Chunking, Config,
    ExtraAttributes, Jobs, Layers, ManualRanges, MemoryLimit, PackingBits, PackingRange,
    PartialConfig, RangeExceededAction, ReaderChoice, RetentionWindow, Shuffle, Storage,
    VariableChoice, ZarrFormat,
};
use zarrio_model::time::{Anchor, CalendarUnit, Frequency, TimeBound};
use zarrio_model::{ByteSize, NodePath};

fn some<T: std::fmt::Debug + Clone>(
    strategy: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Option<T>> {
    proptest::option::of(strategy).boxed()
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z][a-z0-9_]{0,8}", "[a-z .é\"\\\\#=\n\u{7f}]{0,5}[a-z]"]
}

fn names(least: usize) -> impl Strategy<Value = Vec<String>> {
    proptest::collection::btree_set("[a-z][a-z0-9_ ]{0,8}", least..4)
        .prop_map(|names| names.into_iter().collect())
}

fn size() -> impl Strategy<Value = ByteSize> {
    prop_oneof![1..u64::MAX, (1..1000u64).prop_map(|n| n << 20)].prop_map(ByteSize)
}

fn finite() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("finite", |value| value.is_finite())
}

fn chunk_length() -> impl Strategy<Value = ChunkLength> {
    prop_oneof![
        (1..=i64::MAX as u64).prop_map(|n| ChunkLength::Length(NonZeroU64::new(n).unwrap())),
        Just(ChunkLength::Full),
        Just(ChunkLength::Auto),
    ]
}

fn ranges() -> impl Strategy<Value = ManualRanges> {
    let range = (finite(), finite()).prop_map(|(a, b)| PackingRange {
        min: a.min(b),
        max: a.max(b),
    });
    proptest::collection::vec((name(), range), 0..4).prop_map(|ranges| ranges.into_iter().collect())
}

fn attrs() -> impl Strategy<Value = ExtraAttributes> {
    let leaf = prop_oneof![
        any::<i64>().prop_map(serde_json::Value::from),
        finite().prop_map(serde_json::Value::from),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<String>().prop_map(serde_json::Value::from),
    ];
    let value = leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(serde_json::Value::from),
            proptest::collection::btree_map(name(), inner, 0..3)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    });
    proptest::collection::btree_map(name(), value, 0..4)
        .prop_map(|map| ExtraAttributes::new(map.into_iter().collect()).unwrap())
}

fn bound() -> impl Strategy<Value = TimeBound> {
    (-9999..9999i64, 1..13u8, 1..32u8, 0..24u8)
        .prop_map(|(y, m, d, h)| format!("{y}-{m}-{d}T{h}").parse().unwrap())
}

fn frequency() -> impl Strategy<Value = Frequency> {
    let unit = prop_oneof![Just(CalendarUnit::Month), Just(CalendarUnit::Year)];
    let anchor = prop_oneof![Just(Anchor::Same), Just(Anchor::Start), Just(Anchor::End)];
    prop_oneof![
        (1..u64::MAX).prop_map(|ns| Frequency::from_nanoseconds(ns).unwrap()),
        (1..u32::MAX, unit, anchor).prop_map(|(count, unit, anchor)| Frequency::Calendar {
            count: count.try_into().unwrap(),
            unit,
            anchor
        }),
    ]
}

fn word<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> BoxedStrategy<Option<T>> {
    some(proptest::sample::select(all))
}

prop_compose! {
    fn partial()(
        general in (
            some(proptest::sample::select(&[ZarrFormat::V2, ZarrFormat::V3][..])),
            some("[a-z]{1,4}(/[a-z]{1,4})?".prop_map(|text| NodePath::parse(&text))),
            proptest::array::uniform8(some(any::<bool>())),
            some((0..100u32).prop_map(Jobs::from)),
            some(prop_oneof![Just(MemoryLimit::Auto), size().prop_map(MemoryLimit::Limit)]),
            (word(ReaderChoice::ALL), word(CheckLevel::ALL)),
            some(access()),
            word(ChunkStrategy::ALL),
            word(Storage::ALL),
            some(size()),
        ),
        chunking in some((any::<bool>(), proptest::collection::vec((name(), chunk_length()), 0..4))),
        compression in (some(name()), some(name()), some(0..10u32), word(Shuffle::ALL)),
        packing in (
            word(&[PackingBits::Bits8, PackingBits::Bits16, PackingBits::Bits32]),
            some(ranges()),
            some(0.0..1e300f64),
            word(RangeExceededAction::ALL),
            some(names(0)),
        ),
        time in (some(name()), some(name()), some(bound()), some(frequency())),
        variables in (some(names(1)), some(names(0))),
        missing in (
            some(any::<u32>()),
            some(prop_oneof![
                Just(VariableChoice::All),
                names(1).prop_map(VariableChoice::Names)
            ]),
        ),
        rolling in (
            some((3600..u64::MAX).prop_map(|s| RetentionWindow::from_seconds(s).unwrap())),
            some(name()),
            some(any::<u32>()),
        ),
        attrs in some(attrs()),
    ) -> PartialConfig {
        let (zarr_format, group, flags, jobs, memory, (reader, check), access_pattern,
            chunk_strategy, storage, target_chunk_size) = general;
        let [overwrite, skip_unsupported, fsync, intelligent_chunking, packing_enabled,
            packing_check_range_exceeded, _, rolling_archive_auto_cleanup] = flags;
        // The classic strategy plans for one pattern only.
        let mixed = access_pattern.as_ref().is_some_and(|mix: &AccessMix| mix.only().is_none());
        let chunk_strategy = chunk_strategy.filter(|_| !mixed);
        PartialConfig {
            zarr_format, group, overwrite, skip_unsupported, fsync, check, jobs, memory, reader,
            intelligent_chunking, access_pattern, chunk_strategy, storage, target_chunk_size,
            chunking: chunking.map(|(source, lengths)| with_source(source, lengths)),
            shards: None,
            compression_method: compression.0,
            compression_cname: compression.1,
            compression_clevel: compression.2,
            compression_shuffle: compression.3,
            packing_enabled,
            packing_bits: packing.0,
            packing_manual_ranges: packing.1,
            packing_auto_buffer_factor: packing.2,
            packing_check_range_exceeded,
            packing_range_exceeded_action: packing.3,
            packing_exclude: packing.4,
            packing_precision: None,
            packing_representation: None,
            compression_checksum: None,
            compression_variables: None,
            quantization_keep_bits: None,
            quantization_keep_information: None,
            quantization_significant_digits: None,
            time_dim: time.0,
            time_append_dim: time.1,
            time_global_start: time.2,
            time_global_end: None,
            time_freq: time.3,
            variables_include: variables.0,
            variables_exclude: variables.1,
            missing_data_retries_on_missing: missing.0,
            missing_data_missing_check_vars: missing.1,
            rolling_archive_enabled: None,
            rolling_archive_retention_window: rolling.0,
            rolling_archive_time_reference_attr: rolling.1,
            rolling_archive_auto_cleanup,
            rolling_archive_min_groups_to_keep: rolling.2,
            remote_options: None, remote_retries: None, remote_timeout: None,
            remote_max_backoff: None, remote_max_concurrent_requests: None,
            remote_cache_dir: None, scratch: None,
            attrs,
        }
    }
}

fn access() -> impl Strategy<Value = AccessMix> {
    let one = proptest::sample::select(AccessPattern::ALL).prop_map(AccessMix::from);
    let mixed = (1e-3..1e3f64, 1e-3..1e3f64)
        .prop_map(|(a, b)| format!("temporal={a},balanced={b}").parse().unwrap());
    prop_oneof![one, mixed]
}

fn with_source(source: bool, lengths: Vec<(String, ChunkLength)>) -> Chunking {
    let mut chunking = if source {
        "source".parse().unwrap()
    } else {
        Chunking::new()
    };
    for (name, length) in lengths {
        chunking.set(name, length);
    }
    chunking
}

fn config(partial: PartialConfig) -> Config {
    Layers::new().flags(partial).resolve().unwrap().config
}

proptest! {
    #[test]
    fn what_is_written_as_toml_is_read_back(partial in partial()) {
        let written = config(partial);
        let text = written.to_toml();
        let read = Layers::new().file("a.toml", text.as_str()).resolve();
        match read {
            Ok(read) => prop_assert_eq!(read.config, written),
            Err(error) => prop_assert!(false, "{error}\n{text}"),
        }
    }

    #[test]
    fn what_is_serialised_as_json_is_read_back(partial in partial()) {
        let written = config(partial);
        let text = serde_json::to_string_pretty(&written).unwrap();
        let read = Layers::new().file("a.json", text.as_str()).resolve();
        prop_assert_eq!(read.unwrap().config, written);
    }

    #[test]
    fn overlay_is_associative(a in partial(), b in partial(), c in partial()) {
        let left = a.clone().overlay(b.clone()).overlay(c.clone());
        prop_assert_eq!(left, a.overlay(b.overlay(c)));
    }

    #[test]
    fn the_empty_layer_changes_nothing(a in partial()) {
        let empty = PartialConfig::default;
        prop_assert_eq!(&empty().overlay(a.clone()), &a);
        prop_assert_eq!(&a.clone().overlay(empty()), &a);
    }

    #[test]
    fn any_text_gives_a_configuration_or_an_error(text in "\\PC*", ending in "toml|yaml|json") {
        let _ = Layers::new().file(format!("a.{ending}"), text).resolve();
    }

    #[test]
    fn any_variable_gives_a_configuration_or_an_error(key in 0..39usize, text in "\\PC*") {
        let name = zarrio_model::config::environment_variables()[key].name.clone();
        let _ = Layers::new().environment([(name, text)]).resolve();
    }
}
