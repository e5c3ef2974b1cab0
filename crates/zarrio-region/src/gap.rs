//! Declares that an archive has no data somewhere, and will have none.

use std::collections::BTreeMap;

use serde::Serialize;
use zarrio_model::time::TimeBound;
use zarrio_model::{NodePath, Source as _, VariableSchema};

use crate::RegionError;
use crate::convert::Converter;
use crate::dates::Dates;
use crate::ledger::{Extent, FORM, Ledger, Moment, Record, RecordKind, VariableRecord, now};
use crate::matching::NamedRegion;
use crate::recording::name_of;
use crate::zarr_source::ZarrSource;

/// What is declared.
#[derive(Debug, Clone, Default)]
pub struct GapRequest {
    /// Positions by dimension.
    pub region: NamedRegion,
    /// The first and the last date; where one of them is given, they stand for the positions
    /// along `time_dimension`.
    pub dates: (Option<TimeBound>, Option<TimeBound>),
    /// The dimension that the dates are about.
    pub time_dimension: String,
    /// The variables; all that have the dimensions and are no coordinates where none are
    /// named.
    pub variables: Option<Vec<String>>,
    /// Why there are no data.
    pub reason: String,
}

/// What was declared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GapReport {
    /// Why there are no data.
    pub reason: String,
    /// The variables.
    pub variables: Vec<GapVariable>,
}

/// A variable of which it was declared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GapVariable {
    /// Its path.
    pub path: String,
    /// The ranges of each of its dimensions.
    pub extent: Extent,
}

impl Converter<'_> {
    /// Records that there are no data in a region of an archive. Data that are written there
    /// later supersede it.
    ///
    /// # Errors
    /// When the region does not lie in the archive, data are recorded in it, or the store
    /// fails.
    pub fn declare_gap(
        &self,
        archive: &ZarrSource,
        request: &GapRequest,
    ) -> Result<GapReport, RegionError> {
        let mut dates = Dates::new(archive);
        let mut variables = Vec::new();
        for variable in chosen(archive, request)? {
            variables.push((
                variable.path.clone(),
                extent(variable, request, &mut dates)?,
            ));
        }
        let mut groups: BTreeMap<String, Vec<(String, Extent)>> = BTreeMap::new();
        for (path, extent) in &variables {
            let parts = groups.entry(path.parent().to_string()).or_default();
            parts.push((path.to_string(), extent.clone()));
        }
        let mut ledgers = Vec::new();
        for (group, parts) in &groups {
            if let Some(ledger) = Ledger::of(archive, &NodePath::parse(group))? {
                let before = refuse_where_data_are(&ledger, parts)?;
                ledgers.push((ledger, parts, before));
            }
        }
        for (ledger, parts, before) in &ledgers {
            // Clocks differ between machines, and what was announced stays where a writer died.
            let before = ledger.latest_announced(parts)?.max(*before);
            let gap = self.gap(request, parts, ledgers.len(), before);
            ledger.upkeep(archive, &self.writer, || ledger.put(&gap))?;
            ledger.sync()?;
        }
        Ok(GapReport {
            reason: request.reason.clone(),
            variables: variables
                .into_iter()
                .map(|(path, extent)| GapVariable {
                    path: path.to_string(),
                    extent,
                })
                .collect(),
        })
    }

    /// The record of it, which comes after an order.
    fn gap(
        &self,
        request: &GapRequest,
        parts: &[(String, Extent)],
        ledgers: usize,
        before: Option<u64>,
    ) -> Record {
        let order = now().max(before.map_or(0, |order| order.saturating_add(1)));
        let mut record = Record {
            form: FORM,
            id: Record::id_of(None, &request.reason, parts),
            kind: RecordKind::Gap,
            order,
            began: Moment::from_nanoseconds(order),
            finished: Moment::from_nanoseconds(order),
            source: None,
            selection: String::new(),
            reason: Some(request.reason.clone()),
            durable: self.config.fsync,
            check: "none".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            writer: self.writer.clone(),
            parts: u32::try_from(ledgers).unwrap_or(u32::MAX),
            announced: None,
            extents: Vec::new(),
            variables: Vec::new(),
        };
        for (path, extent) in parts {
            record.add(extent, VariableRecord::nothing(path));
        }
        record
    }
}

impl VariableRecord {
    /// A variable of which nothing was written.
    pub(crate) fn nothing(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            extent: 0,
            values: 0,
            missing: 0,
            min: None,
            max: None,
            sum: None,
            axis: None,
            all_missing: Vec::new(),
            chunks: 0,
            raw_bytes: 0,
            stored_bytes: 0,
        }
    }
}

/// The dimensions that a request is about.
fn dimensions(request: &GapRequest) -> Vec<&str> {
    let named = request.region.parts().iter();
    let mut names: Vec<&str> = named.map(|part| part.dimension.as_str()).collect();
    if request.dates.0.is_some() || request.dates.1.is_some() {
        names.push(&request.time_dimension);
    }
    names
}

/// The variables that a request is about.
fn chosen<'a>(
    archive: &'a ZarrSource,
    request: &GapRequest,
) -> Result<Vec<&'a VariableSchema>, RegionError> {
    let names = dimensions(request);
    let lacks = |variable: &VariableSchema| {
        let missing = names
            .iter()
            .find(|name| !variable.dimensions.iter().any(|d| d == *name));
        missing.map(|name| (*name).to_owned())
    };
    let settings = |message: String, hint: &str| RegionError::Settings {
        message,
        hint: hint.to_owned(),
    };
    let info = "'zarrio info' shows the variables and dimensions of an archive";
    let Some(wanted) = &request.variables else {
        let all = archive.schema().variables();
        let all: Vec<_> = all
            .filter(|v| !v.is_dimension_coordinate() && lacks(v).is_none())
            .collect();
        if all.is_empty() {
            return Err(settings(
                format!(
                    "no variable has the dimension {}",
                    names.join(" and the dimension ")
                ),
                info,
            ));
        }
        return Ok(all);
    };
    let mut chosen = Vec::new();
    for name in wanted {
        let Some(variable) = archive.schema().variable(&NodePath::parse(name)) else {
            return Err(settings(format!("there is no variable {name:?}"), info));
        };
        if let Some(dimension) = lacks(variable) {
            let message = format!("variable {name:?} does not have the dimension {dimension}");
            return Err(settings(message, info));
        }
        chosen.push(variable);
    }
    Ok(chosen)
}

/// What a request means of a variable.
fn extent(
    variable: &VariableSchema,
    request: &GapRequest,
    dates: &mut Dates<'_>,
) -> Result<Extent, RegionError> {
    let (from, to) = &request.dates;
    let mut axes = Vec::new();
    for (dimension, &length) in variable.dimensions.iter().zip(&variable.shape) {
        let by_dates = (from.is_some() || to.is_some()) && *dimension == request.time_dimension;
        let ranges = if by_dates {
            positions(variable, dimension, request, dates)?
        } else {
            let range = request.region.get(dimension);
            let range = range.map_or(0..length, |range| range.positions(length));
            if range.end > length || range.is_empty() {
                return Err(RegionError::Settings {
                    message: format!(
                        "{dimension}={}:{} does not lie in the archive, which has {length} positions there",
                        range.start, range.end
                    ),
                    hint: "positions count from 0, and the end is the first that does not belong to it"
                        .into(),
                });
            }
            vec![[range.start, range.end]]
        };
        axes.push((dimension.clone(), ranges));
    }
    Ok(Extent(axes))
}

/// The positions along an axis whose dates lie between two.
fn positions(
    variable: &VariableSchema,
    dimension: &str,
    request: &GapRequest,
    dates: &mut Dates<'_>,
) -> Result<Vec<[u64; 2]>, RegionError> {
    let axis = variable.dimensions.iter().position(|d| d == dimension);
    let length = axis
        .and_then(|axis| variable.shape.get(axis))
        .copied()
        .unwrap_or(0);
    let Some(labels) = dates.labels(variable.path.as_str(), dimension) else {
        return Err(RegionError::Labels {
            message: format!("dimension {dimension} has no labels that are dates"),
            hint: format!("give positions: --region {dimension}=A:B"),
        });
    };
    let calendar = labels.coding().calendar();
    let bound = |error: zarrio_model::time::TimeError| RegionError::Labels {
        message: error.to_string(),
        hint: format!("the archive's calendar is {calendar}"),
    };
    let (from, to) = &request.dates;
    let first = from
        .as_ref()
        .map(|b| b.first(calendar))
        .transpose()
        .map_err(bound)?;
    let last = to
        .as_ref()
        .map(|b| b.last(calendar))
        .transpose()
        .map_err(bound)?;
    let mut ranges: Vec<[u64; 2]> = Vec::new();
    for position in 0..length {
        let instant = labels
            .date(position)
            .and_then(|date| calendar.instant(&date).ok());
        let inside = instant.is_some_and(|instant| {
            first.is_none_or(|first| first <= instant) && last.is_none_or(|last| instant <= last)
        });
        match ranges.last_mut() {
            _ if !inside => {}
            Some(range) if range[1] == position => range[1] += 1,
            _ => ranges.push([position, position + 1]),
        }
    }
    if ranges.is_empty() {
        return Err(RegionError::Labels {
            message: format!("no label of {dimension} lies between these dates"),
            hint: "'zarrio info' shows the time that an archive covers".into(),
        });
    }
    Ok(ranges)
}

/// Fails where data are recorded; gives the order of the latest gap.
fn refuse_where_data_are(
    ledger: &Ledger<'_>,
    parts: &[(String, Extent)],
) -> Result<Option<u64>, RegionError> {
    let known = ledger.meeting(parts, "")?;
    let Some(record) = known.iter().rfind(|record| record.kind != RecordKind::Gap) else {
        return Ok(known.last().map(|record| record.order));
    };
    let meets = |(path, extent): &&(String, Extent)| {
        record.extent_of(path).is_some_and(|own| own.meets(extent))
    };
    let variable = parts.iter().find(meets).map_or("", |(path, _)| path);
    Err(RegionError::Settings {
        message: format!(
            "data of {variable:?} are recorded there, from {}",
            name_of(record)
        ),
        hint: "declare gaps where nothing was written; 'zarrio status' shows where that is".into(),
    })
}
