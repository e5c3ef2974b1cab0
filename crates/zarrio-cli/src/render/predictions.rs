//! What reads are predicted to take where an archive may be kept.

use serde::Serialize;
use zarrio_model::config::Storage;
use zarrio_region::{Analysis, Price, seconds};

use super::table::{Align, Table};

/// The predicted times of the three reads, in seconds.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Prediction {
    strategy: &'static str,
    pattern: String,
    storage: Storage,
    series: f64,
    map: f64,
    region: f64,
}

/// For the largest variables: each pattern and strategy on each kind of storage.
pub(crate) fn predict(analysis: &Analysis) -> Vec<Prediction> {
    let mut found = Vec::new();
    for storage in Storage::ALL {
        for chunks in &analysis.chunking {
            let Some(first) = chunks.plans.first() else {
                continue;
            };
            let price = Price::of(*storage);
            let [series, map, region] = first.plan.cost.reads().map(|cost| seconds(&cost, price));
            found.push(Prediction {
                strategy: chunks.strategy,
                pattern: chunks.pattern.clone(),
                storage: *storage,
                series,
                map,
                region,
            });
        }
    }
    found
}

/// The same as a table, with what it rests on.
pub(crate) fn predictions(analysis: &Analysis) -> String {
    let right = Align::Right;
    let mut table = Table::new(&[Align::Left, Align::Left, right, right, right]);
    table.row(["Predicted times", "storage", "series", "map", "region"]);
    for prediction in predict(analysis) {
        table.row([
            format!("  {} {}", prediction.strategy, prediction.pattern),
            prediction.storage.to_string(),
            time(prediction.series),
            time(prediction.map),
            time(prediction.region),
        ]);
    }
    let mut text = format!("\n{}", table.render());
    for storage in Storage::ALL {
        let price = Price::of(*storage);
        text.push_str(&format!(
            "  {storage}: taken to need {} for a chunk, {:.0} MB/s decoded, {} at once\n",
            time(price.latency),
            price.bandwidth / 1e6,
            price.at_once
        ));
    }
    text
}

/// A time to three digits: `0.2 ms`, `1.53 s`, `2.1 min`.
pub(super) fn time(seconds: f64) -> String {
    let (value, unit) = match seconds {
        s if s < 1e-3 => (s * 1e6, "µs"),
        s if s < 1.0 => (s * 1e3, "ms"),
        s if s < 120.0 => (s, "s"),
        s if s < 7200.0 => (s / 60.0, "min"),
        s => (s / 3600.0, "h"),
    };
    let decimals = match value {
        v if v < 9.995 => 2,
        v if v < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {unit}")
}
