//! Which dimensions are lengths of texts, and which are axes.
//!
//! Files do not say whether a character array holds texts, one in each row, or characters
//! that each mean something, such as the quality of one measurement. The dimensions tell: a
//! length of texts is used by nothing else and has no coordinates.

use std::collections::HashSet;
use std::hash::Hash;

use zarrio_model::NodePath;

/// What all variables of a file together say of its dimensions, which a reader tells apart
/// by numbers of its own.
#[derive(Debug)]
pub(crate) struct Axes<Id> {
    variables: HashSet<NodePath>,
    /// Dimensions that are used other than as the last one of characters.
    axes: HashSet<Id>,
}

impl<Id: Copy + Eq + Hash> Axes<Id> {
    pub(crate) fn new() -> Self {
        Self {
            variables: HashSet::new(),
            axes: HashSet::new(),
        }
    }

    /// Takes note of a variable, also of one that is not carried, and of its dimensions.
    pub(crate) fn add(&mut self, variable: NodePath, is_char: bool, dimensions: &[Id]) {
        let outer = match dimensions.split_last() {
            Some((_, outer)) if is_char => outer,
            _ => dimensions,
        };
        self.axes.extend(outer);
        self.variables.insert(variable);
    }

    /// Whether the last dimension of a character variable, `id`, is the length of its texts.
    ///
    /// It is unless it is an axis of some variable, or has the name of one that is in a group
    /// from that of the variable up to that which declares the dimension.
    pub(crate) fn is_text_length(
        &self,
        variable: &NodePath,
        id: Id,
        declared_in: &NodePath,
        name: &str,
    ) -> bool {
        if self.axes.contains(&id) {
            return false;
        }
        for group in variable.parent().upwards() {
            if self.variables.contains(&group.join(name)) {
                return false;
            }
            if group == *declared_in {
                break;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks of the last of these variables: its path, whether it is one of characters, and
    /// the paths of its dimensions.
    fn is_text(variables: &[(&str, bool, &[&str])]) -> bool {
        let mut axes = Axes::new();
        for (path, is_char, dimensions) in variables {
            axes.add(NodePath::parse(path), *is_char, dimensions);
        }
        let (path, _, dimensions) = variables.last().unwrap();
        let last = dimensions.last().unwrap();
        let dimension = NodePath::parse(last);
        axes.is_text_length(
            &NodePath::parse(path),
            last,
            &dimension.parent(),
            dimension.name(),
        )
    }

    #[test]
    fn a_length_is_last_and_of_characters_alone() {
        let name: (&str, bool, &[&str]) = ("name", true, &["station", "length"]);
        assert!(is_text(&[name]));
        assert!(is_text(&[("word", true, &["length"]), name]));
        assert!(!is_text(&[("number", false, &["length"]), name]));
        assert!(!is_text(&[("turned", true, &["length", "station"]), name]));
        // One character for each station.
        assert!(!is_text(&[name, ("flag", true, &["station"])]));
        assert!(!is_text(&[("square", true, &["n", "n"])]));
    }

    #[test]
    fn a_length_has_no_variable_of_its_name() {
        assert!(!is_text(&[
            ("length", false, &[]),
            ("name", true, &["length"])
        ]));
        assert!(!is_text(&[("letter", true, &["letter"])]));
    }

    #[test]
    fn groups_keep_dimensions_of_one_name_apart() {
        let name: (&str, bool, &[&str]) = ("a/b/name", true, &["a/length"]);
        assert!(is_text(&[("number", false, &["length"]), name]));
        assert!(is_text(&[("length", false, &[]), name]));
        assert!(is_text(&[("a/c/length", false, &[]), name]));
        assert!(!is_text(&[("a/length", false, &[]), name]));
        assert!(!is_text(&[("a/b/length", false, &[]), name]));
        assert!(!is_text(&[("a/c/number", false, &["a/length"]), name]));
    }
}
