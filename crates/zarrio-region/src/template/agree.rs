//! Compares a file with the first one of a template.

use std::collections::HashSet;

use zarrio_codec::attribute_meaning;
use zarrio_model::config::Config;
use zarrio_model::time::Calendar;
use zarrio_model::{Attributes, DatasetSchema, NodePath, Source, VariableSchema, same_units};

use super::differences::{Differences, What};
use super::dimension::TimeDimension;
use super::values;
use crate::RegionError;

/// Attributes that tell of the making or extent of one file, and may differ: the user's
/// guide lists them. They are left out of the archive where they do, but for `history`.
pub(super) const MAY_DIFFER: [&str; 18] = [
    "history",
    "creation_date",
    "creation_time",
    "created",
    "date_created",
    "date_issued",
    "date_modified",
    "date_metadata_modified",
    "modification_date",
    "tracking_id",
    "uuid",
    "time_coverage_start",
    "time_coverage_end",
    "time_coverage_duration",
    "actual_range",
    "CDO",
    "CDI",
    "NCO",
];

/// Attributes of a variable that describe it to people and change the meaning of no value.
/// They may differ too.
pub(super) const DESCRIPTIVE: [&str; 12] = [
    "associated_files",
    "comment",
    "description",
    "external_variables",
    "institution",
    "long_name",
    "note",
    "notes",
    "original_name",
    "references",
    "source",
    "title",
];

/// A file with its name.
pub(crate) struct Side<'a> {
    pub(crate) source: &'a dyn Source,
    pub(crate) name: String,
}

impl<'a> Side<'a> {
    pub(crate) fn new(source: &'a dyn Source) -> Self {
        let path = &source.identity().path;
        let name = path.file_name().unwrap_or(path.as_os_str());
        Self {
            source,
            name: name.to_string_lossy().into_owned(),
        }
    }

    fn schema(&self) -> &'a DatasetSchema {
        self.source.schema()
    }
}

/// What is compared.
pub(crate) struct Comparison<'a> {
    pub(crate) config: &'a Config,
    /// The variables of the first file that are kept.
    pub(crate) kept: &'a [&'a VariableSchema],
    pub(crate) time: &'a TimeDimension,
    pub(crate) calendar: Calendar,
}

impl Comparison<'_> {
    /// Takes down every difference; whether the labels of the file can be read as those of
    /// the first one.
    pub(crate) fn run(
        &self,
        ours: &Side<'_>,
        theirs: &Side<'_>,
        differences: &mut Differences,
        varying: &mut HashSet<(NodePath, String)>,
    ) -> Result<bool, RegionError> {
        let mut found = Found {
            ours: &ours.name,
            theirs: &theirs.name,
            differences,
            varying,
        };
        self.extra_variables(theirs.schema(), &mut found);
        let mut comparable = true;
        for ours_of in self.kept {
            let Some(theirs_of) = theirs.schema().variable(&ours_of.path) else {
                let what = What::Variable(ours_of.path.as_str());
                found.add(&what, "there".into(), "absent".into());
                comparable &= ours_of.path != self.time.coordinate;
                continue;
            };
            let same_shape = self.structure(ours_of, theirs_of, &mut found);
            self.variable_attributes(ours_of, theirs_of, &mut found);
            if ours_of.path == self.time.coordinate {
                comparable &= same_shape && self.calendars(theirs_of, &mut found);
            } else if same_shape && !self.time.has(&ours_of.path) {
                values::compare(ours.source, theirs.source, ours_of, &mut found)?;
            }
        }
        for group in ours.schema().groups() {
            if let Some(other) = theirs.schema().group(&group.path) {
                found.attributes(
                    &group.path,
                    &group.attributes,
                    &other.attributes,
                    &[],
                    What::GroupAttribute,
                );
            }
        }
        Ok(comparable)
    }

    /// Variables that only the other file has, where all are kept.
    fn extra_variables(&self, theirs: &DatasetSchema, found: &mut Found<'_>) {
        if self.config.variables.include.is_some() {
            return;
        }
        let excluded = |v: &VariableSchema| {
            let names = &self.config.variables.exclude;
            names.iter().any(|n| n == v.name() || n == v.path.as_str())
        };
        for variable in theirs.variables().filter(|v| !excluded(v)) {
            if !self.kept.iter().any(|ours| ours.path == variable.path) {
                let what = What::Variable(variable.path.as_str());
                found.add(&what, "absent".into(), "there".into());
            }
        }
    }

    /// Types, dimensions and lengths; whether those agree that values depend on.
    fn structure(
        &self,
        ours: &VariableSchema,
        theirs: &VariableSchema,
        found: &mut Found<'_>,
    ) -> bool {
        let path = ours.path.as_str();
        // Labels may be of any type, and bounds with them.
        let of_time =
            ours.path == self.time.coordinate || Some(&ours.path) == self.time.bounds.as_ref();
        let same_type = if of_time {
            ours.data_type.is_float() == theirs.data_type.is_float()
                || ours.path == self.time.coordinate
        } else {
            ours.data_type == theirs.data_type
        };
        if !same_type {
            let what = What::Property("the type", path);
            found.add(
                &what,
                ours.data_type.to_string(),
                theirs.data_type.to_string(),
            );
        }
        if ours.dimensions != theirs.dimensions {
            let shown = |v: &VariableSchema| format!("({})", v.dimensions.join(", "));
            found.add(
                &What::Property("the order of dimensions", path),
                shown(ours),
                shown(theirs),
            );
            return false;
        }
        let mut same = same_type;
        let lengths = ours.shape.iter().zip(&theirs.shape);
        for (name, (ours_has, theirs_has)) in ours.dimensions.iter().zip(lengths) {
            let free = *name == self.time.name && self.time.has(&ours.path);
            if !free && ours_has != theirs_has {
                let what = What::Length(path, name);
                found.add(&what, ours_has.to_string(), theirs_has.to_string());
                same = false;
            }
        }
        same
    }

    fn variable_attributes(
        &self,
        ours: &VariableSchema,
        theirs: &VariableSchema,
        found: &mut Found<'_>,
    ) {
        let path = ours.path.as_str();
        // Labels are compared as times, whatever their units.
        let skipped: &[&str] = if ours.path == self.time.coordinate {
            &[
                "units",
                "calendar",
                "_FillValue",
                "missing_value",
                "valid_min",
                "valid_max",
                "valid_range",
            ]
        } else if Some(&ours.path) == self.time.bounds.as_ref() {
            &["units", "calendar", "_FillValue"]
        } else {
            &[]
        };
        found.attributes(
            &ours.path,
            &ours.attributes,
            &theirs.attributes,
            skipped,
            |name| What::Attribute(path, name),
        );
    }

    fn calendars(&self, theirs: &VariableSchema, found: &mut Found<'_>) -> bool {
        let name = theirs.attributes.text("calendar");
        let same = Calendar::of_attribute(name) == Ok(self.calendar);
        if !same {
            let what = What::Property("the calendar", theirs.path.as_str());
            found.add(
                &what,
                self.calendar.to_string(),
                name.unwrap_or("standard").to_owned(),
            );
        }
        same
    }
}

/// Where differences between two files go.
pub(crate) struct Found<'a> {
    ours: &'a str,
    theirs: &'a str,
    differences: &'a mut Differences,
    varying: &'a mut HashSet<(NodePath, String)>,
}

impl Found<'_> {
    pub(crate) fn add(&mut self, what: &What<'_>, ours: String, theirs: String) {
        self.differences
            .add(self.ours, self.theirs, what, ours, theirs);
    }

    /// Compares attributes by their values as an archive would hold them.
    fn attributes<'n>(
        &mut self,
        path: &NodePath,
        ours: &'n Attributes,
        theirs: &'n Attributes,
        skipped: &[&str],
        what: impl Fn(&'n str) -> What<'n>,
    ) {
        let only_theirs = theirs.iter().filter(|(name, _)| ours.get(name).is_none());
        for (name, _) in ours.iter().chain(only_theirs) {
            if skipped.contains(&name) {
                continue;
            }
            let [one, other] = [ours, theirs].map(|a| a.get(name).map(attribute_meaning));
            let spelled = || same_units(ours.text(name), theirs.text(name));
            if one == other || name == "units" && spelled() {
                continue;
            }
            if MAY_DIFFER.contains(&name) {
                if name != "history" {
                    self.varying.insert((path.clone(), name.to_owned()));
                }
                continue;
            }
            // What groups say is about the making of files; no value depends on it.
            if !matches!(what(name), What::Attribute(..)) || DESCRIPTIVE.contains(&name) {
                self.differences.describe(name);
                continue;
            }
            let shown = |value: Option<serde_json::Value>| {
                value.map_or_else(|| "absent".to_owned(), |value| value.to_string())
            };
            self.add(&what(name), shown(one), shown(other));
        }
    }
}
