//! Numbers of tasks as schedulers write them.

/// `3,7-9`: numbers in ascending order, neighbours drawn together.
#[must_use]
pub fn format_ids(ids: impl IntoIterator<Item = u64>) -> String {
    let mut stretches: Vec<(u64, u64)> = Vec::new();
    for id in ids {
        match stretches.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(id) => *last = id,
            _ => stretches.push((id, id)),
        }
    }
    let text = |(first, last): (u64, u64)| match last - first {
        0 => first.to_string(),
        _ => format!("{first}-{last}"),
    };
    stretches
        .into_iter()
        .map(text)
        .collect::<Vec<_>>()
        .join(",")
}

/// The numbers below `count` that a text such as `3,7-9` means, in ascending order.
///
/// # Errors
/// When it is none, with what is wrong with it.
pub fn parse_ids(text: &str, count: u64) -> Result<Vec<u64>, String> {
    let mut ids = Vec::new();
    for part in text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let number = |text: &str| text.trim().parse::<u64>().ok();
        let (Some(first), Some(last)) = (number(first), number(last)) else {
            return Err(format!("{part:?} is no number of a task"));
        };
        if first > last || last >= count {
            return Err(match count {
                0 => "there is no task".to_owned(),
                _ => format!("{part:?} is not within 0-{}", count - 1),
            });
        }
        ids.extend(first..=last);
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_as_text() {
        assert_eq!(format_ids([3, 7, 8, 9]), "3,7-9");
        assert_eq!(format_ids([0, 1, 3]), "0-1,3");
        assert_eq!(format_ids([]), "");
        assert_eq!(parse_ids(" 7-9, 3,8", 10), Ok(vec![3, 7, 8, 9]));
        assert_eq!(parse_ids("", 10), Ok(vec![]));
        for wrong in [
            "10",
            "9-10",
            "5-3",
            "a",
            "1-",
            "1-2-3",
            "-1",
            "18446744073709551616",
        ] {
            assert!(parse_ids(wrong, 10).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(ids in prop::collection::btree_set(0u64..200, 0..50)) {
            let ids: Vec<u64> = ids.into_iter().collect();
            prop_assert_eq!(parse_ids(&format_ids(ids.iter().copied()), 200), Ok(ids));
        }
    }
}
