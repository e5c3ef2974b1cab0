//! Templates: the structure and metadata of an archive over its whole time axis, with every
//! coordinate and static variable, before the data come region by region.
//!
//! A template has no data path of its own. [`TemplateSource`] presents files as one dataset
//! over the axis of the archive, and a template is the conversion of that dataset in which
//! the variables along time have documents only.

mod agree;
mod axis;
mod builder;
mod dates;
mod differences;
mod dimension;
mod drift;
mod encoding;
mod extents;
mod fill;
mod infer;
mod labels;
mod lost;
mod options;
mod plan;
mod schema;
mod source;
mod spans;
mod step;
mod values;

use zarrio_store::Store;

use crate::RegionError;
use crate::convert::Converter;
use crate::observer::ConvertReport;

pub(crate) use axis::shown;
pub(crate) use dimension::TimeDimension;
pub(crate) use infer::infer;
pub(crate) use labels::{coding, read as read_labels, settle};
pub(crate) use step::AxisStep;

pub use builder::TemplateBuilder;
pub use drift::{Drift, DriftInspector, DriftReport};
pub use lost::LostLabels;
pub use options::{MAX_OBJECTS, TemplateOptions};
pub use plan::{Cut, PlannedDimension, SharedChunks, TemplatePlan, TimeAxisPlan};
pub use source::TemplateSource;

impl Converter<'_> {
    /// What [`create_template`](Self::create_template) would do: writes nothing.
    ///
    /// # Errors
    /// When a setting does not fit the template, or the archive would have too many objects.
    pub fn plan_template(
        &self,
        template: &TemplateSource<'_>,
    ) -> Result<TemplatePlan, RegionError> {
        TemplatePlan::new(self, template)
    }

    /// Writes the structure of an archive: all documents, coordinates and static variables.
    ///
    /// What lies at the output already is treated as [`convert`](Self::convert) treats it,
    /// and the archive becomes visible in the same way.
    ///
    /// # Errors
    /// As [`convert`](Self::convert).
    pub fn create_template(
        &self,
        template: &TemplateSource<'_>,
        store: &dyn Store,
    ) -> Result<ConvertReport, RegionError> {
        let plan = self.plan_template(template)?;
        crate::execute::execute(self, &plan.archive, template, store)
    }
}
