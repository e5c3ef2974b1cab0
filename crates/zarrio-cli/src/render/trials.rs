//! What was measured, with bars.

use zarrio_region::{LayoutTrial, Measured};

use super::figures::{bytes, grouped, shape};
use super::predictions::time;
use super::table::{Align, Table};
use crate::diagnostics::printable;

/// Characters of the longest bar.
const BAR: f64 = 20.0;

/// Codecs and chunks with their figures; the best of each column is marked by a star.
pub(crate) fn trials(measured: &Measured) -> String {
    let mut text = format!(
        "\nMeasured on {} of {} ({}), the best of each column marked by *\n",
        bytes(measured.bytes),
        printable(&measured.variable),
        shape(&measured.shape),
    );
    text.push_str(&format!("\n{}", codecs(measured)));
    text.push_str(&format!("\n{}", layouts(&measured.layouts)));
    if measured.cut_short {
        text.push_str("  the time was up before all was tried; --budget gives more\n");
    }
    text
}

fn codecs(measured: &Measured) -> String {
    let right = Align::Right;
    let mut table = Table::new(&[Align::Left, right, right, right, Align::Left]);
    table.row(["Codecs", "ratio", "compress", "decompress", ""]);
    let all = &measured.codecs;
    let most =
        |value: fn(&zarrio_region::CodecTrial) -> f64| all.iter().map(value).fold(0.0, f64::max);
    let (ratio, compress, decompress) = (
        most(|c| c.ratio),
        most(|c| c.compress),
        most(|c| c.decompress),
    );
    for codec in all {
        table.row([
            format!("  {}", codec.method),
            marked(format!("{:.2}", codec.ratio), codec.ratio >= ratio),
            marked(speed(codec.compress), codec.compress >= compress),
            marked(speed(codec.decompress), codec.decompress >= decompress),
            bar(codec.ratio, ratio),
        ]);
    }
    table.render()
}

fn layouts(layouts: &[LayoutTrial]) -> String {
    let right = Align::Right;
    let columns = [
        Align::Left,
        Align::Left,
        right,
        right,
        right,
        right,
        right,
        right,
    ];
    let mut table = Table::new(&columns);
    table.row([
        "Chunks", "shape", "number", "stored", "write", "series", "map", "region",
    ]);
    let least =
        |value: fn(&LayoutTrial) -> f64| layouts.iter().map(value).fold(f64::INFINITY, f64::min);
    let best = [least(|l| l.series), least(|l| l.map), least(|l| l.region)];
    for layout in layouts {
        let told = |seconds: f64, best: f64| marked(time(seconds), seconds <= best);
        table.row([
            format!("  {}", layout.name),
            shape(&layout.chunks),
            grouped(layout.num_chunks),
            bytes(layout.stored_bytes),
            time(layout.write),
            told(layout.series, best[0]),
            told(layout.map, best[1]),
            told(layout.region, best[2]),
        ]);
    }
    let mut bars = Table::new(&[Align::Left, Align::Left, Align::Left, Align::Left]);
    bars.row(["  time", "series", "map", "region"]);
    let most = |value: fn(&LayoutTrial) -> f64| layouts.iter().map(value).fold(0.0, f64::max);
    let worst = [most(|l| l.series), most(|l| l.map), most(|l| l.region)];
    for layout in layouts {
        bars.row([
            format!("  {}", layout.name),
            bar(layout.series, worst[0]),
            bar(layout.map, worst[1]),
            bar(layout.region, worst[2]),
        ]);
    }
    format!("{}\n{}", table.render(), bars.render())
}

fn marked(text: String, best: bool) -> String {
    if best { format!("*{text}") } else { text }
}

fn speed(bytes: f64) -> String {
    format!("{:.0} MB/s", bytes / 1e6)
}

/// A bar as long as a value is of the largest.
fn bar(value: f64, largest: f64) -> String {
    let part = if largest > 0.0 { value / largest } else { 0.0 };
    let length = (part * BAR).round().clamp(1.0, BAR) as usize;
    "█".repeat(length)
}
