//! What `status` tells people.

use std::collections::HashSet;

use unicode_width::UnicodeWidthChar as _;
use zarrio_region::{Place, State, Status, Stretch, TimeRange, VariableStatus};

use super::date::{date, dates};
use super::figures::{bytes, count, grouped, ratio, ratio_of};
use super::picture;
use super::table::{Align, Table};
use super::text::wrapped_to;
use crate::diagnostics::printable;

/// Names are cut to this width.
const NAME: usize = 24;
/// So many lines are shown of each list.
const LINES: usize = 20;

/// The status of an archive in lines of `width` columns.
pub(crate) fn status(archive: &str, status: &Status, width: usize) -> String {
    let mut text = head(archive, status, width);
    let mut told: HashSet<&str> = HashSet::new();
    for variable in &status.variables {
        let Some(dimension) = &variable.dimension else {
            continue;
        };
        if told.contains(variable.path.as_str()) {
            continue;
        }
        // Variables with one axis are one picture.
        let group = group_of(&variable.path);
        let like = |v: &&VariableStatus| {
            let same = (&v.dimension, v.length) == (&variable.dimension, variable.length);
            same && group_of(&v.path) == group
        };
        let variables: Vec<_> = status.variables.iter().filter(like).collect();
        told.extend(variables.iter().map(|v| v.path.as_str()));
        let axis = if group.is_empty() {
            dimension.clone()
        } else {
            format!("{group}/{dimension}")
        };
        text.push_str(&axis_picture(&axis, &variables, width));
    }
    if !told.is_empty() {
        text.push_str(&format!("\n{}\n", picture::LEGEND));
    }
    text.push_str(&fixed(status, width));
    text.push_str(&table(status));
    text.push_str(&lists(status, width));
    text
}

fn head(archive: &str, status: &Status, width: usize) -> String {
    let is = if status.complete { "is" } else { "is not" };
    let archive = printable(archive);
    let mut text = format!("{archive} {is} complete\n");
    let sum = |of: fn(&VariableStatus) -> u64| {
        let all = status.variables.iter().map(of);
        all.fold(0, u64::saturating_add)
    };
    let (raw, stored) = (sum(|v| v.raw_bytes), sum(|v| v.stored_bytes));
    let mut line = match status.records {
        0 => "no records of what was written".to_owned(),
        n => format!(
            "{} of {}",
            count(n, "record"),
            count(status.sources.len() as u64, "file")
        ),
    };
    if stored > 0 {
        line.push_str(&format!(", {} stored", bytes(stored)));
    }
    if let Some(value) = ratio_of(raw, stored) {
        line.push_str(&format!(", ratio {}", ratio(value)));
    }
    text.push_str(&wrapped_to(&line, "  ", width));
    let outside = sum(|v| v.chunks.outside);
    if outside > 0 {
        let line = format!("{} outside every record", count(outside, "chunk"));
        text.push_str(&wrapped_to(&line, "  ", width));
    }
    text
}

/// The variables that grow along one axis: their names, how much is there, and where.
fn axis_picture(axis: &str, variables: &[&VariableStatus], width: usize) -> String {
    let length = variables.first().map_or(0, |v| v.length);
    let names: Vec<String> = variables
        .iter()
        .map(|v| cut(name_of(&v.path), NAME))
        .collect();
    let title = format!("{}, {}", cut(axis, NAME), count(length, "step"));
    let widest = names.iter().map(|name| columns(name)).max().unwrap_or(0);
    // Two blanks before the name and after it, the share, two blanks.
    let begin = (2 + widest + 2).max(columns(&title) + 2 - 7) + 5 + 2;
    let room = width.saturating_sub(begin).max(10);
    let ends = |stretches: &[Stretch]| -> Option<(String, String)> {
        let first = stretches.first()?.time.as_ref()?;
        Some((
            date(&first.first),
            date(&stretches.last()?.time.as_ref()?.last),
        ))
    };
    let ends = variables.first().and_then(|v| ends(&v.stretches));
    let scale = match ends {
        Some((first, last)) if columns(&first) + columns(&last) + 2 <= room => {
            let gap = room - columns(&first) - columns(&last);
            format!("{first}{}{last}", " ".repeat(gap))
        }
        Some((first, _)) => first,
        None => String::new(),
    };
    let title = format!("{title}{}", blanks(begin, columns(&title)));
    let mut text = format!("\n{}\n", format!("{title}{scale}").trim_end());
    for (name, variable) in names.iter().zip(variables) {
        let left = format!("  {name}");
        let share = share(variable);
        let between = blanks(begin - 2, columns(&left) + columns(&share));
        let line = picture::line(&variable.stretches, length, room as u64);
        text.push_str(&format!("{left}{between}{share}  {line}\n"));
    }
    text
}

/// How much is there or declared not to be, as `97.8%`; never 100 % where anything is absent.
fn share(variable: &VariableStatus) -> String {
    let part = |stretch: &Stretch| {
        let there = match stretch.state {
            State::Absent => stretch.covered.unwrap_or(0.0),
            _ => 1.0,
        };
        there * (stretch.end - stretch.start) as f64
    };
    let there: f64 = variable.stretches.iter().map(part).sum();
    if variable.stretches.iter().all(|s| s.state != State::Absent) {
        return "100%".into();
    }
    let percent = (there / variable.length as f64 * 1000.0).floor() / 10.0;
    format!("{:.1}%", percent.min(99.9))
}

/// The variables that do not grow, by their states.
fn fixed(status: &Status, width: usize) -> String {
    let mut words: Vec<(String, Vec<&str>)> = Vec::new();
    for variable in status.variables.iter().filter(|v| v.dimension.is_none()) {
        let word = match variable.stretches.first() {
            None => "empty".to_owned(),
            Some(stretch) => word(stretch),
        };
        match words.iter_mut().find(|(known, _)| *known == word) {
            Some((_, names)) => names.push(&variable.path),
            None => words.push((word, vec![&variable.path])),
        }
    }
    let mut text = String::new();
    for (word, names) in words {
        let line = printable(&format!("{word}: {}", names.join(", ")));
        text.push_str(&wrapped_to(&line, "  ", width));
    }
    if text.is_empty() {
        text
    } else {
        format!("\nWhat does not grow\n{text}")
    }
}

fn word(stretch: &Stretch) -> String {
    let word = match stretch.state {
        State::Written => "written",
        State::AllMissing => "all missing",
        State::Gap => "declared gap",
        State::Absent => "absent",
    };
    let details = details(stretch);
    if details.is_empty() {
        word.to_owned()
    } else {
        format!("{word} ({})", details.join(", "))
    }
}

/// What is not plain about a stretch.
fn details(stretch: &Stretch) -> Vec<String> {
    let mut details = Vec::new();
    if let Some(covered) = stretch.covered {
        details.push(format!("{:.1}% there", (covered * 1000.0).floor() / 10.0));
    }
    if stretch.lost {
        details.push("chunks lost".into());
    }
    if stretch.unfinished {
        details.push("unfinished".into());
    }
    details
}

/// Chunks, sizes and files of each variable.
fn table(status: &Status) -> String {
    let columns = [Align::Left].into_iter().chain([Align::Right; 6]);
    let mut table = Table::new(&columns.collect::<Vec<_>>());
    let any = |of: fn(&VariableStatus) -> u64| status.variables.iter().any(|v| of(v) > 0);
    let (lost, outside) = (any(|v| v.chunks.lost), any(|v| v.chunks.outside));
    let only = |shown: bool, text: &str| {
        if shown {
            text.to_owned()
        } else {
            String::new()
        }
    };
    table.row([
        "Variables".to_owned(),
        "chunks".into(),
        only(lost, "lost"),
        only(outside, "outside"),
        "stored".into(),
        "ratio".into(),
        "files".into(),
    ]);
    for variable in &status.variables {
        let chunks = variable.chunks;
        let within = if chunks.stored == chunks.total {
            grouped(chunks.total)
        } else {
            format!("{} of {}", grouped(chunks.stored), grouped(chunks.total))
        };
        let stored = variable.stored_bytes;
        table.row([
            format!("  {}", cut(&variable.path, NAME)),
            within,
            only(lost, &grouped(chunks.lost)),
            only(outside, &grouped(chunks.outside)),
            only(stored > 0, &bytes(stored)),
            variable.ratio.map(ratio).unwrap_or_default(),
            grouped(variable.sources),
        ]);
    }
    format!("\n{}", table.render())
}

/// A place of some variables, and what is said of it.
struct Item {
    place: String,
    variables: Vec<String>,
    what: String,
}

fn lists(status: &Status, width: usize) -> String {
    let all = status.variables.iter().filter(|v| v.dimension.is_some());
    let all = all.count();
    let mut text = list("Absent", absent(status), all, width);
    let place = |place: &Place, what: String| Item {
        place: position(
            place.dimension.as_deref(),
            place.start,
            place.end,
            place.time.as_ref(),
        ),
        variables: place.variables.clone(),
        what,
    };
    let gaps = status.gaps.iter();
    let gaps = gaps
        .map(|gap| place(&gap.place, gap.reason.clone()))
        .collect();
    text.push_str(&list("Declared gaps", gaps, all, width));
    let overlaps = status.overlaps.iter();
    let overlaps = overlaps
        .map(|o| {
            place(
                &o.place,
                format!("{} over {}", file(&o.later), file(&o.earlier)),
            )
        })
        .collect();
    text.push_str(&list("Overlaps", overlaps, all, width));
    let writers = status.writers.iter().map(|writer| {
        let source = writer.source.as_deref().map_or("something", file);
        let is = if writer.running {
            "is being written"
        } else {
            "was not finished"
        };
        format!(
            "{source} {is}, begun {} by {}",
            date(writer.began.as_str()),
            writer.writer
        )
    });
    text.push_str(&lines("Writers", &writers.collect::<Vec<_>>(), width));
    let damaged = status.damaged.iter();
    let damaged = damaged.map(|(object, reason)| format!("{object}: {reason}"));
    text.push_str(&lines(
        "Damaged records",
        &damaged.collect::<Vec<_>>(),
        width,
    ));
    let unsupported = status.unsupported.iter();
    let unsupported = unsupported.map(|path| format!("{path} is of a type that is not looked at"));
    text.push_str(&lines("Notes", &unsupported.collect::<Vec<_>>(), width));
    text
}

/// The absent stretches, each with all variables that it is the same for.
fn absent(status: &Status) -> Vec<Item> {
    let mut items: Vec<(Option<&str>, &Stretch, Item)> = Vec::new();
    for variable in status.variables.iter().filter(|v| v.dimension.is_some()) {
        let dimension = variable.dimension.as_deref();
        for stretch in variable
            .stretches
            .iter()
            .filter(|s| s.state == State::Absent)
        {
            let like = |(known, other, _): &&mut (Option<&str>, &Stretch, Item)| {
                *known == dimension && *other == stretch
            };
            if let Some((_, _, item)) = items.iter_mut().find(like) {
                item.variables.push(variable.path.clone());
                continue;
            }
            let place = position(dimension, stretch.start, stretch.end, stretch.time.as_ref());
            let item = Item {
                place,
                variables: vec![variable.path.clone()],
                what: details(stretch).join(", "),
            };
            items.push((dimension, stretch, item));
        }
    }
    items.sort_by_key(|(dimension, stretch, _)| (*dimension, stretch.start, stretch.end));
    items.into_iter().map(|(_, _, item)| item).collect()
}

/// `2020-02-01 to 2020-02-29 23:00 (time=744:1440)`
fn position(dimension: Option<&str>, start: u64, end: u64, time: Option<&TimeRange>) -> String {
    let Some(dimension) = dimension else {
        return String::new();
    };
    let positions = format!("{dimension}={start}:{end}");
    match time {
        Some(time) => format!("{} ({positions})", dates(time)),
        None => positions,
    }
}

fn list(title: &str, items: Vec<Item>, all: usize, width: usize) -> String {
    let line = |item: Item| {
        let variables = match item.variables.len() {
            n if n == all && n > 1 => format!("all {n} variables"),
            _ => item.variables.join(", "),
        };
        let mut parts = vec![item.place, variables];
        parts.retain(|part| !part.is_empty());
        let place = parts.join(": ");
        if item.what.is_empty() {
            place
        } else {
            format!("{place}; {}", item.what)
        }
    };
    let all: Vec<String> = items.into_iter().map(line).collect();
    lines(title, &all, width)
}

fn lines(title: &str, lines: &[String], width: usize) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{title}\n");
    for line in lines.iter().take(LINES) {
        text.push_str(&wrapped_to(&printable(line), "  ", width));
    }
    if lines.len() > LINES {
        let more = grouped((lines.len() - LINES) as u64);
        text.push_str(&format!("  and {more} more, which --json lists\n"));
    }
    text
}

/// The name of a file without its directory.
fn file(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn group_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(group, _)| group)
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn blanks(to: usize, from: usize) -> String {
    " ".repeat(to.saturating_sub(from))
}

fn columns(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// A name that takes no more than some columns.
fn cut(name: &str, width: usize) -> String {
    let name = printable(name).replace('\n', "\\n");
    if columns(&name) <= width {
        return name;
    }
    let mut text = String::new();
    for c in name.chars() {
        if columns(&text) + c.width().unwrap_or(0) + 1 > width {
            break;
        }
        text.push(c);
    }
    text.push('…');
    text
}
