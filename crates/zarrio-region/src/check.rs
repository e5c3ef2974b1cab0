//! How what is written is checked.

use std::fmt;
use std::time::Duration;

use zarrio_model::config::{CheckLevel, Config, VariableChoice};
use zarrio_model::{NodePath, Source};

use crate::RegionError;
use crate::packing::check_variables;

/// Of so many chunks one is a sample.
const SAMPLE: u64 = 8;
/// How long the first repetition waits; every further one waits twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Variables that are to be read back must be there: for a name that is not, nothing would be
/// checked. `target` is what is converted, or the archive that is written to.
///
/// # Errors
/// With the names that there are.
pub(crate) fn check_names(config: &Config, target: &dyn Source) -> Result<(), RegionError> {
    let names = match &config.missing_data.missing_check_vars {
        Some(VariableChoice::Names(names)) => names.as_slice(),
        Some(VariableChoice::All) | None => &[],
    };
    let names = names.iter().map(String::as_str);
    check_variables(target, "missing_check_vars", names)
}

/// How what is written is checked, and how often it is tried.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    level: CheckLevel,
    /// The variables that are read back; all where nobody names any.
    read_back: Option<VariableChoice>,
    retries: u32,
}

/// When a chunk is compared with what it was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compared {
    Never,
    /// Before it is stored.
    Encoded,
    /// When it is stored.
    Stored,
}

impl Check {
    /// What the settings say. Whoever names variables to be read back, or repetitions, wants
    /// reading back.
    pub(crate) fn new(config: &Config) -> Self {
        let missing = &config.missing_data;
        let named = missing.missing_check_vars.clone();
        let level = match named.is_some() || missing.retries_on_missing > 0 {
            true => CheckLevel::ReadBack,
            false => config.check,
        };
        Self {
            level,
            read_back: named,
            retries: missing.retries_on_missing,
        }
    }

    /// When a chunk of a variable is compared with what it was made from.
    pub(crate) fn compared(&self, chunk: &[u64], variable: &NodePath) -> Compared {
        match (self.decodes(chunk), self.reads_back(variable)) {
            (true, _) => Compared::Encoded,
            (false, true) => Compared::Stored,
            (false, false) => Compared::Never,
        }
    }

    /// Whether the encoded form of a chunk is decoded and compared before it is stored.
    fn decodes(&self, chunk: &[u64]) -> bool {
        match self.level {
            CheckLevel::None | CheckLevel::ReadBack => false,
            CheckLevel::Encoded => true,
            // The chunk's position decides: the same ones in every run. They lie in a lattice, so
            // that of eight neighbours in any direction it is exactly one, and nobody who writes
            // a few chunks pays for many by bad luck.
            CheckLevel::Sampled => {
                let steps = (1..).step_by(2);
                let place = chunk.iter().rev().zip(steps);
                let sum = place.fold(0u64, |sum, (index, step): (_, u64)| {
                    sum.wrapping_add(index.wrapping_mul(step))
                });
                sum.is_multiple_of(SAMPLE)
            }
        }
    }

    /// Whether a variable's chunks are read back from the store.
    pub(crate) fn reads_back(&self, variable: &NodePath) -> bool {
        let named = self.read_back.as_ref();
        self.level == CheckLevel::ReadBack
            && named.is_none_or(|choice| {
                choice.contains(variable.as_str()) || choice.contains(variable.name())
            })
    }

    /// Whether a variable's chunks may be needed again after they were stored.
    pub(crate) fn looks_again(&self, variable: &NodePath) -> bool {
        self.retries > 0 || self.reads_back(variable)
    }

    /// The pauses before each repetition.
    pub(crate) fn pauses(&self) -> impl Iterator<Item = Duration> + use<> {
        let pause = |n: u32| {
            FIRST_PAUSE
                .saturating_mul(1 << n.min(16))
                .min(LONGEST_PAUSE)
        };
        (0..self.retries).map(pause)
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.level.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::cells;

    #[test]
    fn of_eight_chunks_in_a_row_one_is_a_sample() {
        let check = Check::new(&Config::default());
        for start in cells(vec![9, 9, 9, 9]) {
            for along in 0..4 {
                let row = (0..8).map(|step| {
                    let mut chunk = start.clone();
                    chunk[along] += step;
                    chunk
                });
                let sampled = row.filter(|chunk| check.decodes(chunk)).count();
                assert_eq!(sampled, 1, "from {start:?} along {along}");
            }
        }
        assert!(check.decodes(&[]), "a lone chunk is always looked at");
        assert!(check.decodes(&[0, 0, 0]));
    }

    #[test]
    fn naming_variables_or_repetitions_asks_for_reading_back() {
        let mut config = Config::default();
        let reads =
            |config: &Config, name: &str| Check::new(config).reads_back(&NodePath::parse(name));
        assert!(!reads(&config, "t"));
        config.missing_data.retries_on_missing = 2;
        assert!(reads(&config, "t"));
        let pauses: Vec<_> = Check::new(&config).pauses().collect();
        assert_eq!(pauses, [FIRST_PAUSE, FIRST_PAUSE * 2]);
        config.missing_data.retries_on_missing = 0;
        config.missing_data.missing_check_vars = Some(VariableChoice::Names(vec!["t".into()]));
        assert!(reads(&config, "t") && reads(&config, "a/t") && !reads(&config, "u"));
    }
}
