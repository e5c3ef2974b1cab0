//! The chunk planner of zarrio.
