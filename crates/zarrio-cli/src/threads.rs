//! The threads that nobody asks for.

use rayon::ThreadPoolBuilder;

/// Keeps rayon from starting a thread for each processor where work is done, or the number of
/// threads asked for, outside of the pools that have so many as the settings say. There is one
/// such thread for the whole process, and none where the system gives no more of them: rayon
/// would end the process.
pub(crate) fn keep_few() {
    let one = || ThreadPoolBuilder::new().num_threads(1);
    if one().build_global().is_err() {
        // It is this one. There will be no others who could wait for it.
        drop(one().use_current_thread().build_global());
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn there_is_one_whatever_the_machine() {
        super::keep_few();
        super::keep_few();
        assert_eq!(rayon::current_num_threads(), 1);
    }
}
