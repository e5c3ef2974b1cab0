//! The reference pages name everything that there is, and their links lead somewhere.

use std::fs;
use std::path::Path;

use zarrio::model::config::{Config, environment_variables};

use super::transcript::tree;
use crate::support::repository;

fn page(name: &str) -> String {
    fs::read_to_string(repository().join("docs/src").join(name)).unwrap()
}

#[test]
fn every_flag_stands_on_its_page() {
    let command = zarrio_cli::command();
    let check = |command: &clap::Command, page_name: &str| {
        let text = page(page_name);
        for argument in command.get_arguments() {
            let name = match argument.get_long() {
                Some(long) => format!("`--{long}"),
                None => format!("`{}`", argument.get_value_names().unwrap()[0]),
            };
            assert!(text.contains(&name), "{page_name} does not mention {name}");
        }
    };
    check(&command, "reference/global.md");
    for sub in command.get_subcommands() {
        check(sub, &format!("reference/{}.md", sub.get_name()));
        for inner in sub.get_subcommands() {
            check(inner, &format!("reference/{}.md", sub.get_name()));
        }
    }
}

#[test]
fn every_key_stands_on_its_page() {
    let text = page("reference/configuration.md");
    let mut table = String::new();
    let mut keys = 0;
    for line in Config::default_toml().lines() {
        if let Some(name) = line.strip_prefix('[') {
            table = name.trim_end_matches(']').to_owned();
            continue;
        }
        // Keys without a default stand behind a # with an example.
        let Some((name, _)) = line.trim_start_matches("# ").split_once(" = ") else {
            continue;
        };
        if !name.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
            continue;
        }
        let key = match table.as_str() {
            "" => name.to_owned(),
            // What stands in these is an example.
            "chunking" | "attrs" | "remote.options" => table.clone(),
            _ => format!("{table}.{name}"),
        };
        assert!(
            text.contains(&format!("`{key}`")),
            "configuration.md does not mention {key}"
        );
        keys += 1;
    }
    assert!(keys > 30, "{keys}");
}

#[test]
fn every_variable_stands_on_its_page() {
    let text = page("reference/environment.md");
    for variable in environment_variables() {
        assert!(
            text.contains(&format!("`{}`", variable.name)),
            "no {}",
            variable.name
        );
    }
}

#[test]
fn links_lead_somewhere() {
    let root = repository().join("docs/src");
    let summary = page("SUMMARY.md");
    for name in tree(&root).iter().filter(|name| name.ends_with(".md")) {
        let text = page(name);
        let place = Path::new(name).parent().unwrap();
        for part in text.split("](").skip(1) {
            let link = part.split([')', '#']).next().unwrap();
            let local = !link.is_empty() && !link.contains("://");
            assert!(
                !local || root.join(place).join(link).exists(),
                "{name} links to {link}"
            );
        }
        assert!(
            name == "SUMMARY.md" || summary.contains(name),
            "{name} is not in the summary"
        );
    }
}
