//! "Did you mean": the name that someone probably wanted to write.

/// The closest of `names` to `word`, when it is close enough to be a slip.
pub(crate) fn closest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.trim().to_ascii_lowercase();
    names
        .into_iter()
        .map(|name| (strsim::normalized_damerau_levenshtein(&word, name), name))
        .filter(|(likeness, _)| *likeness >= 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn slips_are_recognised_and_other_words_are_not() {
        let names = ["compression", "chunking", "jobs"];
        assert_eq!(closest("compresion", names), Some("compression"));
        assert_eq!(closest("Chunkign", names), Some("chunking"));
        assert_eq!(closest("job", names), Some("jobs"));
        assert_eq!(closest("temperature", names), None);
    }
}
