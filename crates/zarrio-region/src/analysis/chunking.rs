//! The chunks that each access pattern would have.

use serde::Serialize;
use zarrio_chunking::FileSteps;
use zarrio_model::config::{AccessPattern, ChunkStrategy, Chunking, Config};
use zarrio_model::{DatasetSchema, VariableSchema};

use super::AnalysedDimension;
use crate::chunks::{chunk_shapes, dimension_roles};
use crate::{PlannedChunks, RegionError};

/// The chunks of all variables for one pattern by one strategy.
#[derive(Debug, Clone, Serialize)]
pub struct PatternChunks {
    /// The access pattern.
    pub pattern: String,
    /// The strategy.
    pub strategy: &'static str,
    /// The plans, the largest variables first.
    pub plans: Vec<PlannedChunks>,
}

/// All patterns of readers by both strategies, and the mixture of the settings where that is
/// none of them.
pub(super) fn all(
    schema: &DatasetSchema,
    variables: &[&VariableSchema],
    config: &Config,
    files: &FileSteps,
) -> Result<Vec<PatternChunks>, RegionError> {
    let mut wanted = Vec::new();
    for pattern in AccessPattern::ALL {
        for strategy in [ChunkStrategy::Classic, ChunkStrategy::Optimal] {
            wanted.push((strategy, (*pattern).into()));
        }
    }
    if config.access_pattern.only().is_none() {
        wanted.push((ChunkStrategy::Optimal, config.access_pattern.clone()));
    }
    let mut found = Vec::with_capacity(wanted.len());
    for (strategy, access_pattern) in wanted {
        let config = Config {
            intelligent_chunking: Some(true),
            chunking: lengths(&config.chunking),
            chunk_strategy: strategy,
            access_pattern,
            ..config.clone()
        };
        found.push(PatternChunks {
            pattern: config.access_pattern.to_string(),
            strategy: strategy.as_str(),
            plans: chunk_shapes(schema, variables, &config, files)?.planned,
        });
    }
    Ok(found)
}

/// The lengths that are given by hand, without the wish to keep the rest as it is.
fn lengths(chunking: &Chunking) -> Chunking {
    chunking
        .iter()
        .map(|(name, length)| (name.to_owned(), length))
        .collect()
}

/// Every dimension once, in the order in which variables name them.
pub(super) fn dimensions(
    schema: &DatasetSchema,
    variables: &[&VariableSchema],
    config: &Config,
) -> Vec<AnalysedDimension> {
    let mut found: Vec<AnalysedDimension> = Vec::new();
    for variable in variables {
        let roles = dimension_roles(schema, variable, &config.time.dim);
        let each = variable.dimensions.iter().zip(&variable.shape).zip(roles);
        for ((name, &length), role) in each {
            let dimension = AnalysedDimension {
                name: name.clone(),
                length,
                role,
            };
            if !found.contains(&dimension) {
                found.push(dimension);
            }
        }
    }
    found
}
