//! The operations of this crate behind one builder.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use zarrio_codec::information::BitInformation;
use zarrio_codec::packing::Extent;
use zarrio_model::config::Config;
use zarrio_model::{Source, VariableSchema};
use zarrio_store::Store;

use crate::RegionError;
use crate::check::Check;
use crate::limits::Limits;
use crate::observer::{ConvertReport, Observer, Silent};
use crate::packing::{Data, information, scan};
use crate::pipeline::pool;
use crate::plan::ConvertPlan;
use crate::recording::WriteRules;

/// A switch that stops a running operation from another thread or a signal handler.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// Asks the operation to stop as soon as it can.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Waits, unless the operation is to stop.
    pub(crate) fn sleep(&self, time: Duration) -> Result<(), RegionError> {
        let until = Instant::now() + time;
        while Instant::now() < until {
            self.check()?;
            std::thread::sleep(time.min(Duration::from_millis(50)));
        }
        self.check()
    }

    pub(crate) fn check(&self) -> Result<(), RegionError> {
        if self.is_cancelled() {
            Err(RegionError::Interrupted)
        } else {
            Ok(())
        }
    }
}

/// Does what the `zarrio` program does, without a process.
#[derive(Clone)]
pub struct Converter<'a> {
    pub(crate) config: Config,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) history: Option<String>,
    pub(crate) cancel: CancelToken,
    pub(crate) rules: WriteRules,
    pub(crate) writer: String,
}

impl std::fmt::Debug for Converter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Converter")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl<'a> Converter<'a> {
    /// A converter with the given settings.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            observer: &Silent,
            history: None,
            cancel: CancelToken::default(),
            rules: WriteRules::default(),
            writer: "unknown".to_owned(),
        }
    }

    /// What is done about regions that are on record already; by default they are written
    /// again.
    #[must_use]
    pub fn rules(mut self, rules: WriteRules) -> Self {
        self.rules = rules;
        self
    }

    /// Who writes, for the archive's records: machine and process.
    #[must_use]
    pub fn writer(mut self, writer: impl Into<String>) -> Self {
        self.writer = writer.into();
        self
    }

    /// One that takes values beyond the range of a packing for what they became when they were
    /// written: what to do about them was decided then.
    pub(crate) fn as_written(&self) -> Self {
        let mut config = self.config.clone();
        config.packing.check_range_exceeded = false;
        Self {
            config,
            observer: self.observer,
            history: self.history.clone(),
            cancel: self.cancel.clone(),
            rules: self.rules,
            writer: self.writer.clone(),
        }
    }

    /// How what is written is checked: what the settings say, and reading back where they
    /// name variables for it or repetitions.
    pub(crate) fn check(&self) -> Check {
        Check::new(&self.config)
    }

    /// The directory for copies of variables, where there is one.
    pub(crate) fn scratch(&self) -> Option<&Path> {
        let directory = &self.config.scratch;
        (!directory.is_empty()).then(|| Path::new(directory))
    }

    /// Sends events to `observer`.
    #[must_use]
    pub fn observer(mut self, observer: &'a dyn Observer) -> Self {
        self.observer = observer;
        self
    }

    /// Appends a line to the `history` attribute of the archive (CF 2.6.2).
    #[must_use]
    pub fn history(mut self, line: impl Into<String>) -> Self {
        self.history = Some(line.into());
        self
    }

    /// Stops when `cancel` is switched.
    #[must_use]
    pub fn cancel(mut self, cancel: CancelToken) -> Self {
        self.cancel = cancel;
        self
    }

    /// What [`convert`](Self::convert) would do: writes nothing, and reads metadata only,
    /// but for the data of variables whose packing depends on them.
    ///
    /// # Errors
    /// When a setting does not fit the source, or the source holds what an archive cannot.
    pub fn plan(&self, source: &dyn Source) -> Result<ConvertPlan, RegionError> {
        let extent = |variable: &VariableSchema| self.extent(source, variable);
        let information = |variable: &VariableSchema| self.information(source, variable);
        let data = Data {
            extent: &extent,
            information: &information,
            whole: &|_| true,
        };
        ConvertPlan::new(source, &self.config, self.history.as_deref(), &data)
    }

    /// The extent of a variable's data, which are all read for it.
    pub(crate) fn extent(
        &self,
        source: &dyn Source,
        variable: &VariableSchema,
    ) -> Result<Extent, RegionError> {
        let limits = Limits::new(&self.config);
        scan(source, variable, limits, &pool(limits.jobs)?, &self.cancel)
    }

    /// What the bits of a variable's data tell, which are all read for it.
    pub(crate) fn information(
        &self,
        source: &dyn Source,
        variable: &VariableSchema,
    ) -> Result<Option<BitInformation>, RegionError> {
        let limits = Limits::new(&self.config);
        information(source, variable, limits, &pool(limits.jobs)?, &self.cancel)
    }

    /// Turns a source into a new Zarr archive, or a new group of one.
    ///
    /// The archive becomes visible when it is complete: its root metadata document is
    /// written last. An interrupted run leaves objects without that document; running it
    /// again replaces them.
    ///
    /// # Errors
    /// When the plan fails, the output exists, the source cannot be read, or the store
    /// fails.
    pub fn convert(
        &self,
        source: &dyn Source,
        store: &dyn Store,
    ) -> Result<ConvertReport, RegionError> {
        let plan = self.plan(source)?;
        crate::execute::execute(self, &plan, source, store)
    }
}
