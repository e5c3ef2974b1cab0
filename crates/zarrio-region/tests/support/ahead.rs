#![allow(unreachable_pub, missing_docs, clippy::unwrap_used, reason = "tests")]
//! Clocks that are ahead.

use serde_json::Value;
use zarrio_store::{MemoryStore, Prefix, Store as _};

/// As if the clocks of those who died had been ahead by a day.
pub fn put_ahead(store: &MemoryStore) {
    for object in store.list(&Prefix::root()).unwrap() {
        let key = object.key;
        if !key.as_str().contains("/intents/") || !key.as_str().ends_with(".json") {
            continue;
        }
        let text = store.get(&key).unwrap().unwrap();
        let mut intent: Value = serde_json::from_slice(&text).unwrap();
        let order = intent["order"].as_u64().unwrap();
        intent["order"] = (order + 86_400_000_000_000).into();
        store.put(&key, intent.to_string().as_bytes()).unwrap();
    }
}
