//! Errors of object stores, in words that hold no secrets.

use std::error::Error;

use object_store::Error as Cause;
use object_store::client::{HttpError, HttpErrorKind};

use crate::{StoreError, StoreErrorKind};

/// What a request failed with; `doing` completes "cannot …".
///
/// The error of the client library is not kept as the source: it holds addresses and bodies
/// of answers, and with them what must not be shown.
pub(super) fn failed(path: impl Into<String>, doing: &str, cause: &Cause) -> StoreError {
    let message = format!("cannot {doing}: {}", reason(cause));
    StoreError::new(kind(cause), path, message)
}

/// Whether a condition of the request did not hold, or the server says that somebody else is
/// at the same object.
pub(super) const fn is_conflict(cause: &Cause) -> bool {
    matches!(
        cause,
        Cause::Precondition { .. } | Cause::AlreadyExists { .. } | Cause::NotModified { .. }
    )
}

pub(super) const fn is_absent(cause: &Cause) -> bool {
    matches!(cause, Cause::NotFound { .. })
}

fn kind(cause: &Cause) -> StoreErrorKind {
    if let Some(kind) = code(cause).and_then(|code| kind_of_code(&code)) {
        return kind;
    }
    match cause {
        Cause::NotFound { .. } => StoreErrorKind::NotFound,
        Cause::PermissionDenied { .. } | Cause::Unauthenticated { .. } => {
            StoreErrorKind::PermissionDenied
        }
        Cause::InvalidPath { .. } => StoreErrorKind::InvalidKey,
        Cause::NotSupported { .. } | Cause::NotImplemented { .. } => StoreErrorKind::Unsupported,
        cause if is_conflict(cause) => StoreErrorKind::Unavailable,
        Cause::Generic { .. } if is_untrusted(cause) => StoreErrorKind::Untrusted,
        Cause::Generic { .. } if is_transient(cause) => StoreErrorKind::Unavailable,
        Cause::Generic { .. } if is_refused(cause) => StoreErrorKind::PermissionDenied,
        Cause::Generic { .. } if is_unknown(cause) => StoreErrorKind::Unsupported,
        _ => StoreErrorKind::Io,
    }
}

/// What the servers' own codes mean that come with a status which says less.
fn kind_of_code(code: &str) -> Option<StoreErrorKind> {
    Some(match code {
        "NoSuchBucket" | "ContainerNotFound" => StoreErrorKind::NotFound,
        "AccessDenied"
        | "AuthenticationFailed"
        | "AuthorizationFailure"
        | "ExpiredToken"
        | "InvalidAccessKeyId"
        | "InvalidToken"
        | "RequestTimeTooSkewed"
        | "SignatureDoesNotMatch"
        | "TokenRefreshRequired" => StoreErrorKind::PermissionDenied,
        _ => return None,
    })
}

/// Whether the server refused and said no more than a status, as it does where an answer has no
/// body.
pub(super) fn is_mute(cause: &Cause) -> bool {
    let refused = status(cause).is_some_and(|status| {
        ["400", "401", "403"]
            .iter()
            .any(|code| status.starts_with(code))
    });
    code(cause).is_none()
        && (refused
            || matches!(
                cause,
                Cause::PermissionDenied { .. } | Cause::Unauthenticated { .. }
            ))
}

/// Whether the same request may succeed later. The client library has tried again before.
fn is_transient(cause: &Cause) -> bool {
    if http_kind(cause).is_some() {
        return true;
    }
    status(cause).is_some_and(|status| {
        let again = ["5", "429", "408"]
            .iter()
            .any(|code| status.starts_with(code));
        again && !is_unknown(cause)
    })
}

/// Whether it is the server's certificate that keeps from it, which is the same a moment later.
fn is_untrusted(cause: &Cause) -> bool {
    // The words of rustls, whose types are those of the client library alone.
    texts(cause).any(|text| text.contains("invalid peer certificate"))
}

/// Whether the server, or who gives credentials, refuses.
fn is_refused(cause: &Cause) -> bool {
    status(cause).is_some_and(|status| status.starts_with("401") || status.starts_with("403"))
}

/// Whether the server does not know such requests.
fn is_unknown(cause: &Cause) -> bool {
    status(cause).is_some_and(|status| status.starts_with("501") || status.starts_with("505"))
}

/// What the server answered, by number and name.
fn status(cause: &Cause) -> Option<String> {
    texts(cause).find_map(|text| {
        let (_, rest) = text.split_once("status code: ")?;
        let status = rest.split(": ").next().unwrap_or(rest);
        Some(status.trim_end_matches(':').trim().to_owned())
    })
}

/// Whether the answer did not come, or not whole: the request may have been carried out.
pub(super) fn is_cut(cause: &Cause) -> bool {
    http_kind(cause).is_some_and(|kind| !matches!(kind, HttpErrorKind::Connect))
}

fn http_kind(cause: &Cause) -> Option<HttpErrorKind> {
    let http = chain(cause).find_map(|error| error.downcast_ref::<HttpError>())?;
    Some(http.kind())
}

/// The code of the server's answer.
fn code(cause: &Cause) -> Option<String> {
    texts(cause).find_map(|text| tagged(&text, "Code").map(str::to_owned))
}

/// An error and what caused it, down to the innermost.
fn chain(cause: &Cause) -> impl Iterator<Item = &(dyn Error + 'static)> {
    let outermost: &(dyn Error + 'static) = cause;
    std::iter::successors(Some(outermost), |&error| error.source())
}

/// The words of them all.
fn texts(cause: &Cause) -> impl Iterator<Item = String> {
    chain(cause).map(ToString::to_string)
}

/// The reason without addresses: the code and message of the server's answer when it has
/// some, else the innermost error.
fn reason(cause: &Cause) -> String {
    for text in texts(cause) {
        if let Some(code) = tagged(&text, "Code") {
            return match tagged(&text, "Message").filter(|message| !message.is_empty()) {
                Some(message) => format!("{code} ({message})"),
                None => code.to_owned(),
            };
        }
    }
    if let Some(status) = status(cause) {
        return format!("the server answered {status}");
    }
    let text = texts(cause).last().unwrap_or_default();
    // What follows a question mark may sign the request.
    text.split('?').next().unwrap_or_default().to_owned()
}

/// The text of the first XML element of this name.
fn tagged<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>"))
        .map(|(inner, _)| inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generic(text: &str) -> Cause {
        Cause::Generic {
            store: "S3",
            source: text.to_owned().into(),
        }
    }

    #[test]
    fn answers_of_servers_are_told_by_code_and_message() {
        let cause = generic(
            "Server returned non-2xx status code: 403 Forbidden: <Error><Code>InvalidAccessKeyId</Code>\
             <Message>no such key</Message><AWSAccessKeyId>AKIASECRET</AWSAccessKeyId></Error>",
        );
        let error = failed("s3://b/a", "read it", &cause);
        assert_eq!(
            error.to_string(),
            "s3://b/a: cannot read it: InvalidAccessKeyId (no such key)"
        );
        assert!(!format!("{error:?}").contains("AKIASECRET"));
    }

    #[test]
    fn what_may_pass_is_transient_and_nothing_else() {
        let check = |text: &str| kind(&generic(text)) == StoreErrorKind::Unavailable;
        assert!(check("status code: 503 Service Unavailable: "));
        assert!(check("status code: 429 Too Many Requests"));
        assert!(!check("status code: 400 Bad Request"));
        assert!(!check("status code: 501 Not Implemented"));
        assert!(!check("bad"));
    }

    #[test]
    fn certificates_do_not_become_good_by_waiting() {
        let error = failed(
            "https://h/a",
            "read it",
            &generic("invalid peer certificate: Expired"),
        );
        assert_eq!(error.kind(), StoreErrorKind::Untrusted);
        assert!(!error.is_transient() && error.hint().is_some_and(|h| h.contains("SSL_CERT_FILE")));
    }

    #[test]
    fn codes_say_what_a_status_does_not() {
        let check = |text: &str| kind(&generic(text));
        let expired = "status code: 400 Bad Request: <Error><Code>ExpiredToken</Code></Error>";
        assert_eq!(check(expired), StoreErrorKind::PermissionDenied);
        let absent = "status code: 404 Not Found: <Error><Code>NoSuchBucket</Code></Error>";
        assert_eq!(check(absent), StoreErrorKind::NotFound);
        assert!(is_mute(&generic("status code: 403 Forbidden")));
        assert!(!is_mute(&generic(expired)) && !is_mute(&generic("status code: 404 Not Found")));
    }

    #[test]
    fn signatures_are_cut_off() {
        let error = failed("az://c", "list", &generic("https://h/c?sig=SECRET failed"));
        assert!(!error.to_string().contains("SECRET"), "{error}");
    }
}
