//! Asks for choices in a terminal.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;

use zarrio_model::config::{AccessMix, Config, Storage};
use zarrio_region::{Analysis, PackingOutlook};

use super::advice::Advice;
use super::check_new;
use super::packing::PackingChoice;
use crate::exit::Exit;
use crate::failure::Failure;

/// The file that is written where no name is given.
const FILE: &str = "zarrio.toml";

/// # Errors
/// When nobody can answer.
pub(super) fn check_terminal() -> Result<(), Failure> {
    if io::stdin().is_terminal() && io::stderr().is_terminal() {
        return Ok(());
    }
    Err(Failure::usage(
        "--interactive asks questions, and there is no terminal to ask them in",
        "leave it out, and write the recommended configuration with --output FILE",
    ))
}

/// Asks for everything, shows what follows from each answer, and gives the file to write.
pub(super) fn all(
    advice: &mut Advice,
    analysis: &Analysis,
    config: &Config,
    file: Option<PathBuf>,
) -> Result<Option<PathBuf>, Failure> {
    say("\nEvery question has a default in brackets, which an empty answer takes.\n")?;
    storage(advice)?;
    pattern(advice, analysis, config)?;
    packing(advice, analysis)?;
    advice.compression = answer(
        "\nCodec: blosc:zstd:1 is fast and small, zstd:9 smaller and slower, none is none",
        &advice.compression,
        |text| {
            text.parse::<zarrio_codec::Compression>()
                .map(|_| text.to_owned())
                .map_err(|error| error.to_string())
        },
    )?;
    let given = file.map_or_else(|| FILE.to_owned(), |file| file.display().to_string());
    let name = answer(
        "\nWrite the configuration to which file? (- for none)",
        &given,
        |text| {
            if text == "-" {
                return Ok(None);
            }
            let file = PathBuf::from(text);
            match check_new(&file) {
                Ok(()) => Ok(Some(file)),
                Err(failure) => Err(failure
                    .problems
                    .iter()
                    .map(|problem| problem.error.to_string())
                    .collect::<Vec<_>>()
                    .join("; ")),
            }
        },
    )?;
    Ok(name)
}

fn storage(advice: &mut Advice) -> Result<(), Failure> {
    let before = advice.storage.map_or("any", Storage::as_str);
    advice.storage = answer(
        "\nWhere will the archive be kept: local (a disk), server (a file server), cloud (an object store), or any",
        before,
        |text| match text {
            "any" => Ok(None),
            word => word
                .parse()
                .map(Some)
                .map_err(|error| format!("{error}, any")),
        },
    )?;
    if let Some(storage) = advice.storage
        && before != storage.as_str()
    {
        advice.target_chunk_size = storage.target_chunk_size();
    }
    say(&format!(
        "  chunks of about {} before compression\n",
        advice.target_chunk_size
    ))
}

fn pattern(advice: &mut Advice, analysis: &Analysis, config: &Config) -> Result<(), Failure> {
    let before = advice.access_pattern.to_string();
    advice.access_pattern = answer(
        "\nWhat do readers do: temporal (series at a place), spatial (maps), balanced, or shares such as temporal=0.7,spatial=0.3",
        &before,
        |text| text.parse::<AccessMix>().map_err(|error| error.to_string()),
    )?;
    for planned in advice.plans(analysis, config)?.iter().take(1) {
        for line in planned.plan.to_string().lines() {
            say(&format!("  {line}\n"))?;
        }
    }
    Ok(())
}

fn packing(advice: &mut Advice, analysis: &Analysis) -> Result<(), Failure> {
    if analysis.packing.is_empty() {
        return say("\nPacking: there are no floating-point values to pack\n");
    }
    say("\nPacking stores floating-point values as integers: smaller, and rounded.\n")?;
    for PackingOutlook {
        variable,
        min,
        max,
        bits,
        ..
    } in &analysis.packing
    {
        say(&format!("  {variable}, {min} to {max}:"))?;
        for packed in bits {
            say(&format!(
                " {} bits are {} times smaller and off by at most {:.3e};",
                packed.bits, packed.saving, packed.largest_error
            ))?;
        }
        say("\n")?;
    }
    advice.packing = answer(
        "Pack to how many bits: 8, 16, or no; or keep variables in steps, as in NAME=0.01,NAME=0.1",
        &advice.packing.answer(),
        |text| PackingChoice::parse(text, &analysis.packing),
    )?;
    for line in advice.packing.consequences(&analysis.packing) {
        say(&format!("  {line}\n"))?;
    }
    Ok(())
}

/// Asks until the answer can be understood.
fn answer<T>(
    question: &str,
    default: &str,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<T, Failure> {
    loop {
        say(&format!("{question} [{default}]: "))?;
        let mut line = String::new();
        let count = io::stdin().lock().read_line(&mut line).map_err(|error| {
            let error = anyhow::Error::new(error).context("cannot read the answer");
            Failure::new(Exit::Failed, error, None)
        })?;
        if count == 0 {
            return Err(Failure::new(
                Exit::Failed,
                anyhow::Error::msg("the answers ended before all questions were asked"),
                Some("nothing was written; run the command again".into()),
            ));
        }
        let given = line.trim();
        match read(if given.is_empty() { default } else { given }) {
            Ok(value) => return Ok(value),
            Err(reason) => say(&format!("  {reason}\n"))?,
        }
    }
}

/// Questions go where errors go: standard output is for the report.
fn say(text: &str) -> Result<(), Failure> {
    let mut stderr = anstream::stderr().lock();
    let said = stderr
        .write_all(crate::diagnostics::printable(text).as_bytes())
        .and_then(|()| stderr.flush());
    said.map_err(|error| {
        let error = anyhow::Error::new(error).context("cannot write to the terminal");
        Failure::new(Exit::Failed, error, None)
    })
}
