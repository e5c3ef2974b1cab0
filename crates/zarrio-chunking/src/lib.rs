//! Chooses chunk shapes: shapes and intents in, a plan and its reasons out. No I/O, no Zarr,
//! no NetCDF.
//!
//! # The cost
//!
//! A reader touches chunks and gets their bytes, wanted or not. A chunk that is touched
//! costs its bytes before compression plus a fixed price, which is as high as the target
//! size: so the target is the size at which the price of asking for a chunk and the price of
//! its bytes are equal, and the size of the best chunk where nothing else decides.
//! Three reads ([`Read`]) stand for all: the series at a point, the map at an instant, and a
//! region over a period. Their costs, weighted by the access pattern ([`Weights`]), are
//! added, and preferences make the sum a little dearer ([`Cost::penalty`]): chunks that no
//! file boundary respects, thin remainders, shapes that cut the source's chunks.
//!
//! With `c` the chunk lengths and `k` the number of chunks along each dimension, a read that
//! touches `t(k)` of them along each costs
//!
//! ```text
//! ∏ t(k) × (element × ∏ c + target)
//! ```
//!
//! which is convex in the logarithms of the lengths: a search that closes in on the best of
//! a coarse set does not walk past a better one far away.
//!
//! # Strategies
//!
//! [`ChunkRequest::optimal`] minimises that cost within bounds of size;
//! [`ChunkRequest::classic`] gives the numbers of the Python zarrio. [`plan`] plans all
//! arrays of a dataset, one chunk length for each dimension that they share.
//!
//! ```
//! use zarrio_chunking::{ChunkRequest, Dimension, Role};
//!
//! let dimensions = vec![
//!     Dimension::new("time", 350_640, Role::Time),
//!     Dimension::new("lat", 721, Role::Y),
//!     Dimension::new("lon", 1440, Role::X),
//! ];
//! let plan = ChunkRequest::new(dimensions, 4).optimal();
//! // As many chunks for a series as for a map.
//! assert!((100.0..250.0).contains(&plan.cost.series.chunks));
//! assert!((100.0..250.0).contains(&plan.cost.map.chunks));
//! println!("{plan}");
//! ```

mod arrays;
mod check;
mod classic;
mod cost;
mod dimension;
mod display;
mod files;
mod lengths;
mod plan;
mod request;
mod role;
mod search;
mod shards;
mod source;

pub use arrays::{Array, ArrayPlan, COORDINATE_CHUNK, ChunkingError, Method, Plan, Planning, plan};
pub use check::{Check, ChunkWarning, check};
pub use cost::{Cost, Read, ReadCost, Weights};
pub use dimension::Dimension;
pub use files::FileSteps;
pub use plan::{ChunkPlan, Layout};
pub use request::{ChunkRequest, MAX_OBJECTS, SizeBounds};
pub use role::{Labelled, Role, roles};
pub use shards::{ShardPlan, shard_shape};

// The words of the interface, under the names of the crate `zarrio`: this crate is enough.
pub use zarrio_model as model;
