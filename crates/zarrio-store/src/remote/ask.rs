//! Requests and their answers.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{Error as Cause, ObjectStore, PutMode, PutOptions, UpdateVersion};

use super::{RemoteStore, conditions, failure, runtime};
use crate::requests::Kind;
use crate::{Key, StoreError, StoreErrorKind};

/// The first pause before a request is made again whose answer was cut off.
const NAP: Duration = Duration::from_millis(50);

impl RemoteStore {
    /// Makes a request and waits for its answer, again where the answer was cut off: the client
    /// library does that for some kinds of requests only.
    pub(super) fn ask<T, F, R>(
        &self,
        kind: Kind,
        key: &str,
        doing: &str,
        request: F,
    ) -> Result<Result<T, Cause>, StoreError>
    where
        T: Send + 'static,
        F: Fn(Arc<dyn ObjectStore>, Path) -> R,
        R: Future<Output = Result<T, Cause>> + Send + 'static,
    {
        let mut tries = 0;
        loop {
            let answer = self.ask_once(kind, key, doing, &request)?;
            match answer {
                Err(cause) if failure::is_cut(&cause) && tries < self.retries => {
                    tries += 1;
                    tracing::info!(key, tries, "the answer was cut off; asking again");
                    std::thread::sleep(conditions::jittered(NAP * tries));
                }
                answer => return Ok(answer),
            }
        }
    }

    fn ask_once<T, R>(
        &self,
        kind: Kind,
        key: &str,
        doing: &str,
        request: &impl Fn(Arc<dyn ObjectStore>, Path) -> R,
    ) -> Result<Result<T, Cause>, StoreError>
    where
        T: Send + 'static,
        R: Future<Output = Result<T, Cause>> + Send + 'static,
    {
        self.counters.count(kind);
        let path = self.path(key)?;
        let named = |error: StoreError| match error.kind() {
            StoreErrorKind::Interrupted => StoreError::new(
                StoreErrorKind::Interrupted,
                self.shown(key),
                format!("stopped while it waited to {doing}"),
            ),
            _ => error,
        };
        #[cfg(any(test, feature = "testing"))]
        let fate = self.fate.before(key)?;
        let answer = runtime::wait(request(Arc::clone(&self.client), path), &self.stop);
        #[cfg(any(test, feature = "testing"))]
        fate.after(key)?;
        answer.map_err(named)
    }

    /// Puts an object on a condition, once; the inner error is that it did not hold, or that
    /// nobody knows: then the object tells.
    pub(super) fn put_if(
        &self,
        key: &Key,
        bytes: &Bytes,
        mode: &PutMode,
    ) -> Result<Result<UpdateVersion, Cause>, StoreError> {
        self.check_writable(key.as_str())?;
        let doing = "write it";
        let request = |client: Arc<dyn ObjectStore>, path: Path| {
            let (bytes, options) = (bytes.clone(), PutOptions::from(mode.clone()));
            async move { client.put_opts(&path, bytes.into(), options).await }
        };
        match self.ask_once(Kind::Put, key.as_str(), doing, &request)? {
            Ok(put) => Ok(Ok(UpdateVersion {
                e_tag: put.e_tag,
                version: put.version,
            })),
            Err(cause) if failure::is_conflict(&cause) || failure::is_cut(&cause) => Ok(Err(cause)),
            Err(cause) => Err(self.failed(key.as_str(), doing, &cause)),
        }
    }
}
