//! Clients of object stores, from the environment and options.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::http::HttpBuilder;
use object_store::limit::LimitStore;
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, Error as Cause, ObjectStore, RetryConfig};

use super::address::Service;
use super::{Address, RemoteStore, failure, profile};
use crate::stop::Stop;
use crate::{StoreError, StoreErrorKind};

/// How to talk to an object store.
///
/// Credentials come from where the provider's own tools take them: the environment
/// (`AWS_ACCESS_KEY_ID`, `GOOGLE_APPLICATION_CREDENTIALS`, `AZURE_STORAGE_ACCOUNT_NAME` …), an
/// AWS profile, or the instance's metadata. `given` adds to them and wins.
#[derive(Clone)]
pub struct RemoteOptions {
    /// Options by the names of the environment variables in lower case, or without the
    /// provider's prefix: `endpoint`, `region`, `skip_signature` …
    pub given: Vec<(String, String)>,
    /// How often a request is made again that failed for a reason that may pass.
    pub retries: usize,
    /// How long one request may take.
    pub timeout: Duration,
    /// The longest pause between two tries.
    pub max_backoff: Duration,
    /// How many requests may be under way at once.
    pub max_concurrent_requests: usize,
}

impl Default for RemoteOptions {
    fn default() -> Self {
        Self {
            given: Vec::new(),
            retries: 10,
            timeout: Duration::from_secs(60),
            max_backoff: Duration::from_secs(15),
            max_concurrent_requests: 64,
        }
    }
}

impl std::fmt::Debug for RemoteOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.given.iter().map(|(name, _)| name).collect();
        f.debug_struct("RemoteOptions")
            .field("given", &names)
            .field("retries", &self.retries)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl RemoteStore {
    /// The store at an address. Makes no request yet.
    ///
    /// # Errors
    /// When the options or the environment make no client: an unknown option, a missing
    /// account.
    pub fn open(address: Address, options: &RemoteOptions) -> Result<Self, StoreError> {
        let (client, endpoint) = match address.service {
            Service::S3 => s3(&address, options)?,
            Service::Google => google(&address, options)?,
            Service::Azure => azure(&address, options)?,
            Service::Web => (web(&address, options)?, None),
        };
        let limit = options.max_concurrent_requests.max(1);
        let retries = u32::try_from(options.retries).unwrap_or(u32::MAX);
        let endpoint = endpoint.unwrap_or_default();
        let bucket = address.url.host_str().unwrap_or_default();
        let server = format!("{} {bucket} {endpoint}", address.url.scheme());
        let limited = LimitStore::new(Arc::clone(&client), limit);
        let store = Self::over(client, address)?;
        Ok(Self {
            client: Arc::new(limited),
            retries,
            at_once: limit,
            server: server.into(),
            ..store
        })
    }

    /// A store over a client of one's own, for tests.
    pub(crate) fn over(client: Arc<dyn ObjectStore>, address: Address) -> Result<Self, StoreError> {
        let base = Path::parse(&address.path).map_err(|error| {
            let message = format!("cannot be the name of a place: {error}");
            StoreError::new(StoreErrorKind::InvalidKey, address.to_string(), message)
        })?;
        Ok(Self {
            unlimited: Arc::clone(&client),
            client,
            base,
            address: Arc::new(address),
            stop: Stop::default(),
            retries: 0,
            at_once: 4,
            server: Arc::from("test"),
            counters: super::Counters::default(),
            conditions: Arc::default(),
            clocks: super::Clocks::default(),
            replaces: Arc::default(),
            #[cfg(any(test, feature = "testing"))]
            fate: super::fate::Fate::default(),
        })
    }
}

/// Whether what is absent is the bucket, and not an object in it.
pub(super) fn is_about_bucket(cause: &Cause) -> bool {
    let Cause::NotFound { source, .. } = cause else {
        return false;
    };
    let text = source.to_string();
    [
        "NoSuchBucket",
        "ContainerNotFound",
        "The specified bucket does not exist",
    ]
    .iter()
    .any(|code| text.contains(code))
}

fn retry(options: &RemoteOptions) -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            // The first pause has to be the shorter one.
            init_backoff: BackoffConfig::default()
                .init_backoff
                .min(options.max_backoff / 4),
            max_backoff: options.max_backoff,
            ..BackoffConfig::default()
        },
        max_retries: options.retries,
        ..RetryConfig::default()
    }
}

fn client(options: &RemoteOptions) -> ClientOptions {
    ClientOptions::new()
        .with_timeout(options.timeout)
        .with_connect_timeout(options.timeout.min(Duration::from_secs(10)))
        .with_user_agent(object_store::HeaderValue::from_static(concat!(
            "zarrio/",
            env!("CARGO_PKG_VERSION")
        )))
}

fn cannot_open(address: &Address) -> impl Fn(Cause) -> StoreError {
    let shown = address.to_string();
    move |cause| failure::failed(shown.clone(), "open it", &cause)
}

/// What begins the names of the environment variables of each provider.
const OF_S3: &str = "aws_";
const OF_GOOGLE: &str = "google_";
const OF_AZURE: &str = "azure_storage_";

/// The first of some names that a kind of key knows.
fn known<K: FromStr>(name: &str, prefix: &str) -> Option<K> {
    let name = name.to_ascii_lowercase().replace('-', "_");
    let key = name.parse().or_else(|_| format!("{prefix}{name}").parse());
    key.ok()
}

/// The options that a provider knows. Those of others are left out: one file of settings
/// serves archives and sources at several places.
fn given<'o, K: FromStr>(
    prefix: &str,
    address: &Address,
    options: &'o RemoteOptions,
) -> Result<Vec<(K, &'o String)>, StoreError> {
    let mut known_here = Vec::new();
    for (name, value) in &options.given {
        if let Some(key) = known(name, prefix) {
            known_here.push((key, value));
        } else if known::<AmazonS3ConfigKey>(name, OF_S3).is_none()
            && known::<GoogleConfigKey>(name, OF_GOOGLE).is_none()
            && known::<AzureConfigKey>(name, OF_AZURE).is_none()
        {
            let scheme = address.url.scheme();
            let message = format!("there is no storage option {name:?} for {scheme}");
            return Err(StoreError::new(
                StoreErrorKind::InvalidKey,
                address.to_string(),
                message,
            ));
        } else {
            tracing::debug!(%address, name, "a storage option of another service");
        }
    }
    Ok(known_here)
}

/// A client, and the endpoint that was chosen for it.
type Client = (Arc<dyn ObjectStore>, Option<String>);

fn s3(address: &Address, options: &RemoteOptions) -> Result<Client, StoreError> {
    let mut builder = AmazonS3Builder::from_env();
    let profile = profile::read();
    // As in Amazon's own tools, a whole key in the environment wins over a profile.
    for (key, value) in profile {
        if builder.get_config_value(&key).is_none() {
            builder = builder.with_config(key, value);
        }
    }
    for (key, value) in given(OF_S3, address, options)? {
        builder = builder.with_config(key, value);
    }
    let endpoint = builder.get_config_value(&AmazonS3ConfigKey::Endpoint);
    let plain = is_plain(endpoint.as_ref());
    if builder
        .get_config_value(&AmazonS3ConfigKey::Region)
        .is_none()
    {
        builder = builder.with_region("us-east-1");
    }
    let store = builder
        .with_bucket_name(address.url.host_str().unwrap_or_default())
        .with_client_options(client(options).with_allow_http(plain))
        .with_retry(retry(options))
        .build()
        .map_err(cannot_open(address))?;
    Ok((Arc::new(store), endpoint))
}

fn google(address: &Address, options: &RemoteOptions) -> Result<Client, StoreError> {
    let mut builder = GoogleCloudStorageBuilder::from_env();
    for (key, value) in given::<GoogleConfigKey>(OF_GOOGLE, address, options)? {
        builder = builder.with_config(key, value);
    }
    let endpoint = builder.get_config_value(&GoogleConfigKey::BaseUrl);
    let plain = is_plain(endpoint.as_ref());
    let store = builder
        .with_bucket_name(address.url.host_str().unwrap_or_default())
        .with_client_options(client(options).with_allow_http(plain))
        .with_retry(retry(options))
        .build()
        .map_err(cannot_open(address))?;
    Ok((Arc::new(store), endpoint))
}

/// Whether an endpoint was chosen that is talked to without encryption.
fn is_plain(endpoint: Option<&String>) -> bool {
    endpoint.is_some_and(|endpoint| endpoint.starts_with("http://"))
}

fn azure(address: &Address, options: &RemoteOptions) -> Result<Client, StoreError> {
    let mut builder = MicrosoftAzureBuilder::from_env();
    for (key, value) in given::<AzureConfigKey>(OF_AZURE, address, options)? {
        builder = builder.with_config(key, value);
    }
    let endpoint = builder.get_config_value(&AzureConfigKey::Endpoint);
    let plain = is_plain(endpoint.as_ref());
    let emulated = builder.get_config_value(&AzureConfigKey::UseEmulator);
    let plain = plain || emulated.is_some_and(|value| value == "true");
    let store = builder
        .with_url(address.url.to_string())
        .with_client_options(client(options).with_allow_http(plain))
        .with_retry(retry(options))
        .build()
        .map_err(cannot_open(address))?;
    Ok((Arc::new(store), endpoint))
}

/// An option of web servers, which have none.
struct NoKey;

impl FromStr for NoKey {
    type Err = ();

    fn from_str(_: &str) -> Result<Self, ()> {
        Err(())
    }
}

fn web(address: &Address, options: &RemoteOptions) -> Result<Arc<dyn ObjectStore>, StoreError> {
    given::<NoKey>("", address, options)?;
    let root = &address.url[..url::Position::BeforePath];
    let store = HttpBuilder::new()
        .with_url(root)
        .with_client_options(client(options).with_allow_http(true))
        .with_retry(retry(options))
        .build()
        .map_err(cannot_open(address))?;
    Ok(Arc::new(store))
}
