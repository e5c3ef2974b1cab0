//! Requests of a server, by kind.

use serde::Serialize;
use zarrio_store::Requests;

/// Requests as a report has them.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct RequestCounts {
    get: u64,
    put: u64,
    head: u64,
    list: u64,
    delete: u64,
}

impl From<Requests> for RequestCounts {
    fn from(requests: Requests) -> Self {
        Self {
            get: requests.get,
            put: requests.put,
            head: requests.head,
            list: requests.list,
            delete: requests.delete,
        }
    }
}

/// A line about the requests that were made, where there was a server to ask.
pub(crate) fn requests(made: Option<Requests>) -> String {
    made.map_or_else(String::new, |made| format!("\n  requests: {made}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_line_only_where_there_is_a_server() {
        assert_eq!(requests(None), "");
        assert_eq!(
            requests(Some(Requests::default())),
            "\n  requests: GET 0, PUT 0, HEAD 0, LIST 0, DELETE 0"
        );
        let json = serde_json::to_string(&RequestCounts::from(Requests::default()));
        assert_eq!(
            json.unwrap(),
            r#"{"get":0,"put":0,"head":0,"list":0,"delete":0}"#
        );
    }
}
