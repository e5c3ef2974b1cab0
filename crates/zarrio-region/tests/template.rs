//! Templates: their axis, their structure, what they write and what they refuse.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "support/given.rs"]
mod given;

#[path = "template/archive.rs"]
mod archive;
#[path = "template/axis.rs"]
mod axis;
#[path = "template/files.rs"]
mod files;
#[path = "template/plan.rs"]
mod plan;

use std::sync::Arc;

use given::{Data, Given};
use zarrio_model::config::{Config, TimeConfig};
use zarrio_model::{AttributeValue, DataType, NodePath, Region, Source};
use zarrio_region::{
    ConvertReport, Converter, RegionError, TemplateBuilder, TemplateOptions, TemplatePlan,
    ZarrSource,
};
use zarrio_store::{MemoryStore, Store};

/// A file with the labels `times` and a variable of every kind.
fn file(name: &str, times: Data, units: &str, calendar: &str) -> Given {
    let given = Given::new(name)
        .axis("time", times, units)
        .attribute("time", "calendar", calendar);
    let time = given.schema().root.dimensions[0].length;
    given
        .axis("lat", Data::F64(vec![10.0, 20.0, 30.0]), "degrees_north")
        .with("height", &[("lat", 3)], Data::F32(vec![1.0, 2.0, 3.0]), &[])
        .with("crs", &[], Data::I32(vec![7]), &[])
        .field("t", &[("time", time), ("lat", 3)])
        .with(
            "count",
            &[("time", time)],
            Data::Unread(DataType::Int16),
            &[],
        )
}

/// Hours of 2020 in the standard calendar.
fn hourly(hours: impl IntoIterator<Item = i64>) -> Given {
    named("a.nc", hours)
}

fn named(name: &str, hours: impl IntoIterator<Item = i64>) -> Given {
    let times = Data::I64(hours.into_iter().collect());
    file(name, times, "hours since 2020-01-01", "standard")
}

/// Settings with a time axis; empty texts are not given.
fn config(start: &str, end: &str, freq: &str) -> Config {
    let config = Config::default();
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Config {
        time: TimeConfig {
            global_start: given(start).map(|text| text.parse().unwrap()),
            global_end: given(end).map(|text| text.parse().unwrap()),
            freq: given(freq).map(|text| text.parse().unwrap()),
            ..config.time
        },
        ..config
    }
}

/// An archive made from files, opened again.
struct Made {
    archive: ZarrSource,
    store: Arc<MemoryStore>,
    report: ConvertReport,
    plan: TemplatePlan,
}

fn make_all(
    files: &[&Given],
    config: &Config,
    options: TemplateOptions,
) -> Result<Made, RegionError> {
    let store = Arc::new(MemoryStore::new());
    make_in(&store, files, config, options)
}

fn make_in(
    store: &Arc<MemoryStore>,
    files: &[&Given],
    config: &Config,
    options: TemplateOptions,
) -> Result<Made, RegionError> {
    let (first, others) = files.split_first().unwrap();
    let mut builder = TemplateBuilder::new(*first, config, options)?;
    for file in others {
        builder.add(*file)?;
    }
    let template = builder.build()?;
    let converter = Converter::new(config.clone());
    let plan = converter.plan_template(&template)?;
    let report = converter.create_template(&template, store.as_ref())?;
    let shared: Arc<dyn Store> = Arc::clone(store) as Arc<dyn Store>;
    let archive = ZarrSource::open(shared, &config.group)?;
    Ok(Made {
        archive,
        store: Arc::clone(store),
        report,
        plan,
    })
}

fn make(file: &Given, config: &Config) -> Made {
    make_all(&[file], config, TemplateOptions::default()).unwrap()
}

/// The error and its remedy.
fn refused(files: &[&Given], config: &Config, options: TemplateOptions) -> String {
    let error = match make_all(files, config, options) {
        Ok(made) => panic!("{:?}", made.plan),
        Err(error) => error,
    };
    match error.hint() {
        Some(hint) => format!("{error}; hint: {hint}"),
        None => error.to_string(),
    }
}

impl Made {
    fn values<T: bytemuck::Pod>(&self, variable: &str) -> Vec<T> {
        let path = NodePath::parse(variable);
        let schema = self.archive.schema().variable(&path).unwrap();
        let mut bytes = vec![0; schema.raw_bytes().unwrap() as usize];
        let all = Region::full(&schema.shape);
        self.archive.read(&path, &all, &mut bytes).unwrap();
        bytemuck::pod_collect_to_vec(&bytes)
    }

    fn labels(&self) -> Vec<i64> {
        self.values("time")
    }

    fn attribute(&self, variable: &str, name: &str) -> Option<AttributeValue> {
        let schema = self.archive.schema().variable(&NodePath::parse(variable));
        schema.unwrap().attributes.get(name).cloned()
    }

    fn text(&self, variable: &str, name: &str) -> String {
        let value = self.attribute(variable, name);
        value.unwrap().as_text().unwrap().to_owned()
    }

    fn notes(&self) -> String {
        self.report.notes.join("\n")
    }
}
