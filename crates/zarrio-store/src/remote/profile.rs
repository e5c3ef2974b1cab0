//! Profiles of Amazon's tools: `~/.aws/credentials` and `~/.aws/config`.

use std::collections::BTreeMap;
use std::env::{home_dir, var, var_os};
use std::path::PathBuf;

use object_store::aws::AmazonS3ConfigKey;

/// What the profile in use says: that of `AWS_PROFILE`, else the default one. Nothing where
/// there is none; what is no file of profiles says nothing.
pub(super) fn read() -> Vec<(AmazonS3ConfigKey, String)> {
    // A key in the environment is used with what else is there, never with half a profile.
    let has_key = var_os("AWS_ACCESS_KEY_ID").is_some();
    let name = var("AWS_PROFILE").ok();
    if has_key && name.is_none() {
        return Vec::new();
    }
    let name = name.unwrap_or_else(|| "default".to_owned());
    let file = |variable: &str, usual: &str| {
        let path = var_os(variable).map(PathBuf::from);
        let path = path.or_else(|| Some(home_dir()?.join(".aws").join(usual)))?;
        std::fs::read_to_string(path).ok()
    };
    let mut found = BTreeMap::new();
    if let Some(text) = file("AWS_CONFIG_FILE", "config") {
        let section = match name.as_str() {
            "default" => name.clone(),
            name => format!("profile {name}"),
        };
        found.extend(section_of(&text, &section));
    }
    if let Some(text) = file("AWS_SHARED_CREDENTIALS_FILE", "credentials") {
        found.extend(section_of(&text, &name));
    }
    let mut settings = Vec::new();
    for (key, value) in found {
        let key = match key.as_str() {
            "aws_access_key_id" | "aws_secret_access_key" | "aws_session_token" if has_key => {
                continue;
            }
            "aws_access_key_id" => AmazonS3ConfigKey::AccessKeyId,
            "aws_secret_access_key" => AmazonS3ConfigKey::SecretAccessKey,
            "aws_session_token" => AmazonS3ConfigKey::Token,
            "region" => AmazonS3ConfigKey::Region,
            "endpoint_url" => AmazonS3ConfigKey::Endpoint,
            _ => continue,
        };
        settings.push((key, value));
    }
    settings
}

/// The settings of one section of a file of profiles.
fn section_of(text: &str, wanted: &str) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::new();
    let mut is_wanted = false;
    for line in text.lines() {
        if let Some(name) = line
            .trim()
            .strip_prefix('[')
            .and_then(|l| l.strip_suffix(']'))
        {
            is_wanted = name.split_whitespace().eq(wanted.split_whitespace());
        } else if is_wanted
            && !line.starts_with(['#', ';', ' ', '\t'])
            && let Some((key, value)) = line.split_once('=')
        {
            settings.insert(key.trim().to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_ends_where_the_next_begins() {
        let text = "[default]\naws_access_key_id = A\n# no = comment\n[profile  b]\nregion=x\ns3 =\n  endpoint = nested\n[c]\nregion=y\n";
        let of = |name: &str| section_of(text, name);
        assert_eq!(
            of("default"),
            BTreeMap::from([("aws_access_key_id".into(), "A".into())])
        );
        assert_eq!(of("profile b").get("region").map(String::as_str), Some("x"));
        assert!(!of("profile b").contains_key("endpoint"));
        assert!(of("absent").is_empty());
    }
}
