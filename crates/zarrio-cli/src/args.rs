//! The command line: what may be typed, and its help. Nothing here acts.

mod analyze;
mod append;
mod clean;
mod config;
mod convert;
mod create_template;
mod declare_gap;
mod digest;
mod expire;
mod extend;
mod finalize;
mod global;
mod info;
mod ingest;
mod inspect_inputs;
mod log;
mod packing;
mod place;
mod plan;
mod reading;
mod repair;
mod rolling;
mod run;
mod shared;
mod status;
mod submit;
mod tasks;
mod template;
mod verify;
mod write_region;

use clap::{Parser, Subcommand};

pub(crate) use analyze::AnalyzeArgs;
pub(crate) use append::{AppendArgs, OverlapChoice};
pub(crate) use clean::CleanArgs;
pub(crate) use config::{ConfigArgs, ConfigCommand, InitArgs};
pub(crate) use convert::ConvertArgs;
pub(crate) use create_template::CreateTemplateArgs;
pub(crate) use declare_gap::DeclareGapArgs;
pub(crate) use digest::DigestArgs;
pub(crate) use expire::ExpireArgs;
pub(crate) use extend::ExtendArgs;
pub(crate) use finalize::FinalizeArgs;
pub(crate) use global::{GlobalArgs, LogFormat, ProgressMode};
pub(crate) use info::InfoArgs;
pub(crate) use ingest::IngestArgs;
pub(crate) use inspect_inputs::InspectInputsArgs;
pub(crate) use log::LogArgs;
pub(crate) use packing::PackingArgs;
pub(crate) use place::{Duplicate, PlaceArgs, Unmatched};
pub(crate) use plan::PlanArgs;
pub(crate) use reading::ReadingArgs;
pub(crate) use repair::RepairArgs;
pub(crate) use rolling::RollingArgs;
pub(crate) use run::RunArgs;
pub(crate) use shared::{ArchiveArgs, ChosenArgs, EffortArgs, RoundingArgs, RuleArgs, WrittenArgs};
pub(crate) use status::StatusArgs;
pub(crate) use submit::{Engine, SubmitArgs};
pub(crate) use template::TemplateArgs;
pub(crate) use verify::VerifyArgs;
pub(crate) use write_region::WriteRegionArgs;

const EXAMPLES: &str = "\
Examples:
  zarrio info era5.nc
  zarrio analyze era5.nc
  zarrio convert era5.nc era5.zarr
  zarrio convert era5.nc era5.zarr --chunking time:100,lat:50,lon:100
  zarrio create-template 2020-01.nc era5.zarr --global-end 2023-12-31
  zarrio write-region 'data/*.nc' era5.zarr
  zarrio ingest 'data/*.nc' era5.zarr
  zarrio append 2024-01.nc era5.zarr
  zarrio plan 'data/*.nc' era5.zarr -o plan.json
  zarrio status era5.zarr

'zarrio COMMAND --help' explains each command. Exit codes: 0 done, 1 failed, 2 wrong command
line or configuration, 3 input cannot be read, 4 labels or structure do not match, 6 not
complete or not verified, 7 some files failed, 75 temporary trouble: run it again, 130 and 143
stopped by a signal.";

/// Turns NetCDF files into Zarr archives.
///
/// Values are carried as they are stored, with their CF attributes, and an archive becomes
/// visible only when it is complete.
#[derive(Debug, Parser)]
#[command(
    name = "zarrio",
    bin_name = "zarrio",
    version,
    after_help = EXAMPLES,
    arg_required_else_help = true,
    subcommand_required = true,
    subcommand_value_name = "COMMAND",
    help_expected = true,
    max_term_width = 100
)]
pub(crate) struct Args {
    /// What every command understands.
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    /// What is to be done.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Convert(Box<ConvertArgs>),
    CreateTemplate(Box<CreateTemplateArgs>),
    WriteRegion(Box<WriteRegionArgs>),
    Append(Box<AppendArgs>),
    Extend(Box<ExtendArgs>),
    Ingest(Box<IngestArgs>),
    InspectInputs(InspectInputsArgs),
    Plan(Box<PlanArgs>),
    Run(Box<RunArgs>),
    Submit(Box<SubmitArgs>),
    Finalize(Box<FinalizeArgs>),
    Status(StatusArgs),
    Log(LogArgs),
    DeclareGap(Box<DeclareGapArgs>),
    Info(InfoArgs),
    Analyze(Box<AnalyzeArgs>),
    Verify(Box<VerifyArgs>),
    Digest(DigestArgs),
    Repair(Box<RepairArgs>),
    #[command(visible_alias = "cleanup")]
    Expire(ExpireArgs),
    Clean(CleanArgs),
    Config(ConfigArgs),
}
