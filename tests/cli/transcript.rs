//! Runs commands, writes down what they say, and compares it with what they said before.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::{repository, zarrio};

/// Commands in a scratch directory of their own, and their words.
pub(crate) struct Transcript {
    directory: TempDir,
    environment: Vec<(String, String)>,
    text: String,
}

impl Transcript {
    /// A scratch directory with copies of these files of `tests/data` or `tests/cli/data`.
    pub(crate) fn with(files: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for file in files {
            fs::copy(data(file), directory.path().join(file)).unwrap();
        }
        // What is written must not tell the day.
        let environment = vec![("SOURCE_DATE_EPOCH".to_owned(), "0".to_owned())];
        Self {
            directory,
            environment,
            text: String::new(),
        }
    }

    /// A path in the scratch directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file.
    pub(crate) fn file(&mut self, name: &str, content: impl AsRef<[u8]>) -> &mut Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// The first bytes of a data file.
    pub(crate) fn cut(&mut self, name: &str, file: &str, bytes: usize) -> &mut Self {
        let content = fs::read(data(file)).unwrap();
        self.file(name, &content[..bytes])
    }

    /// Sets a variable for the commands that follow.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.environment.retain(|(n, _)| n != name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self.text.push_str(&format!("$ export {name}={value}\n\n"));
        self
    }

    /// Sets a variable that is not written down.
    pub(crate) fn quietly_set(&mut self, name: &str, value: &str) -> &mut Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Writes down a title of what follows.
    pub(crate) fn say(&mut self, title: &str) {
        self.text.push_str(&format!("# {title}\n\n"));
    }

    /// What was written down so far.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Forgets what was written down since.
    pub(crate) fn back_to(&mut self, text: &str) {
        self.text = text.to_owned();
    }

    /// Adds what another one has written down about a server at a port.
    pub(crate) fn add(&mut self, other: &Self, port: u16) {
        let text = other.text.replace(&format!(":{port}"), ":[PORT]");
        self.text.push_str(&text);
    }

    /// Runs a command line; blanks separate, single quotes keep together.
    pub(crate) fn run(&mut self, line: &str) -> &mut Self {
        let output = zarrio()
            .args(words(line))
            .current_dir(self.directory.path())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .output()
            .unwrap();
        self.text.push_str(&format!("$ zarrio {line}\n"));
        for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            if !bytes.is_empty() {
                let said = String::from_utf8(bytes.clone()).unwrap();
                self.text
                    .push_str(&format!("[{name}]\n{}", self.washed(&said)));
                if !said.ends_with('\n') {
                    self.text.push_str("[no end of line]\n");
                }
            }
        }
        let end = output
            .status
            .code()
            .map_or("a signal".to_owned(), |code| code.to_string());
        self.text.push_str(&format!("[exit {end}]\n\n"));
        self
    }

    /// Writes down what a file holds.
    pub(crate) fn cat(&mut self, name: &str) -> &mut Self {
        let text = fs::read_to_string(self.path(name)).unwrap();
        self.text.push_str(&format!("$ cat {name}\n{text}\n"));
        self
    }

    /// Compares everything with the transcript of this name.
    pub(crate) fn check(&mut self, name: &str) {
        let path = repository()
            .join("tests/cli/golden")
            .join(format!("{name}.txt"));
        if std::env::var_os("UPDATE_GOLDEN").is_some_and(|v| v == "1") {
            fs::write(&path, &self.text).unwrap();
            return;
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            self.text == expected,
            "what the program says differs from {}:\n{}\nUPDATE_GOLDEN=1 takes it over",
            path.display(),
            difference(&expected, &self.text)
        );
    }

    /// The words without what differs from run to run and place to place.
    fn washed(&self, text: &str) -> String {
        let directory = self.directory.path().canonicalize().unwrap();
        let text = text
            .replace(&*directory.to_string_lossy(), "[DIR]")
            .replace(&*self.directory.path().to_string_lossy(), "[DIR]")
            .replace(
                &format!("zarrio {}", env!("CARGO_PKG_VERSION")),
                "zarrio [VERSION]",
            );
        text.split_inclusive('\n').map(washed_line).collect()
    }
}

/// A line without times, speeds and names of temporary files.
fn washed_line(line: &str) -> String {
    const TEMPORARY: &str = ".zarrio-tmp-";
    if let Some((before, random)) = line.split_once(TEMPORARY) {
        let after = random.trim_start_matches(|c: char| c.is_ascii_hexdigit());
        return format!("{before}{TEMPORARY}[RANDOM]{}", washed_line(after));
    }
    if let Some((name, _)) = line
        .split_once(r#": "#)
        .filter(|_| line.contains("\"elapsed\""))
    {
        return format!("{name}: [TIME],\n");
    }
    let words: Vec<&str> = line.split(' ').collect();
    let unit = |i: usize| {
        words
            .get(i + 1)
            .map(|word| word.trim_end_matches(['\n', ',']))
    };
    let mut washed: Vec<String> = Vec::new();
    let mut i = 0;
    while i < words.len() {
        let number = words[i].parse::<f64>().is_ok();
        match unit(i) {
            Some("ms" | "s") if number => {
                washed.push(format!("[TIME]{}", end_of(words[i + 1])));
                i += 2;
            }
            // A speed is told only when the work took some time.
            Some("MB/s") if number => {
                if let Some(before) = washed.last_mut() {
                    *before = format!("{}{}", before.trim_end_matches(','), end_of(words[i + 1]));
                }
                i += 2;
            }
            _ => {
                washed.push(words[i].to_owned());
                i += 1;
            }
        }
    }
    washed.join(" ")
}

fn end_of(word: &str) -> &str {
    &word[word.trim_end_matches(['\n', ',']).len()..]
}

/// A file of `tests/data` or `tests/cli/data`.
pub(crate) fn data(name: &str) -> PathBuf {
    let places = ["tests/data", "tests/cli/data"];
    let paths = places
        .iter()
        .map(|place| repository().join(place).join(name));
    paths
        .into_iter()
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("no {name}"))
}

/// Everything below a directory, sorted.
pub(crate) fn tree(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(place) = open.pop() {
        for entry in fs::read_dir(place).into_iter().flatten().flatten() {
            let path = entry.path();
            found.push(
                path.strip_prefix(directory)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned(),
            );
            if path.is_dir() {
                open.push(path);
            }
        }
    }
    found.sort();
    found
}

fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (i, part) in line.split('\'').enumerate() {
        match i % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

/// The lines that differ, with where they are.
fn difference(expected: &str, got: &str) -> String {
    let (expected, got): (Vec<_>, Vec<_>) = (expected.lines().collect(), got.lines().collect());
    let first = expected
        .iter()
        .zip(&got)
        .take_while(|(e, g)| e == g)
        .count();
    let show = |sign: &str, lines: &[&str]| -> String {
        lines
            .iter()
            .skip(first)
            .take(12)
            .map(|line| format!("{sign} {line}\n"))
            .collect()
    };
    format!(
        "at line {}:\n{}{}",
        first + 1,
        show("-", &expected),
        show("+", &got)
    )
}

#[test]
fn washing() {
    let check = |line: &str, washed: &str| assert_eq!(washed_line(line), washed);
    check(
        "converted a: 2 variables in 16.1 s\n",
        "converted a: 2 variables in [TIME]\n",
    );
    check("ratio 2.39, 16.2 MB/s\n", "ratio 2.39\n");
    check("ratio 2.39\n", "ratio 2.39\n");
    check("  \"elapsed\": 0.12,\n", "  \"elapsed\": [TIME],\n");
    check("raw 3 stored\n", "raw 3 stored\n");
    check(
        "a/.zarrio-tmp-0fa1: cannot\n",
        "a/.zarrio-tmp-[RANDOM]: cannot\n",
    );
}
