//! Groups as a tree.

/// Lines of a tree: for each path, parents first, its branches and its last name.
///
/// The root is the empty path and shows as `/`.
pub(super) fn lines<'p>(paths: &[&'p str]) -> Vec<(&'p str, String)> {
    let mut lines = Vec::new();
    descend("", "", paths, &mut lines);
    lines
}

fn descend<'p>(path: &str, branches: &str, paths: &[&'p str], lines: &mut Vec<(&'p str, String)>) {
    if path.is_empty()
        && let Some(root) = paths.iter().find(|p| p.is_empty())
    {
        lines.push((root, "/".into()));
    }
    let children: Vec<&'p str> = paths
        .iter()
        .copied()
        .filter(|p| is_child(p, path))
        .collect();
    for (i, child) in children.iter().enumerate() {
        let last = i + 1 == children.len();
        let (branch, below) = if last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        let name = child.rsplit('/').next().unwrap_or_default();
        lines.push((child, format!("{branches}{branch}{name}")));
        descend(child, &format!("{branches}{below}"), paths, lines);
    }
}

fn is_child(path: &str, parent: &str) -> bool {
    match path.rsplit_once('/') {
        Some((above, _)) => above == parent,
        None => parent.is_empty() && !path.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches() {
        let paths = [
            "",
            "forecast",
            "forecast/hourly",
            "forecast/daily",
            "hindcast",
        ];
        let text: Vec<String> = lines(&paths).into_iter().map(|(_, line)| line).collect();
        assert_eq!(
            text,
            [
                "/",
                "├─ forecast",
                "│  ├─ hourly",
                "│  └─ daily",
                "└─ hindcast"
            ]
        );
    }
}
