//! Memory that is wanted soon.

/// Bytes that come together.
const LINE: usize = 64;

/// Asks the machine for items that are read soon. By itself it does so only for what follows what
/// is read already, and no farther than to the end of a page of memory. Nothing but the time
/// depends on it.
#[inline(always)]
pub fn prefetch<T>(items: &[T]) {
    #[cfg(target_arch = "x86_64")]
    for line in items.chunks((LINE / size_of::<T>().max(1)).max(1)) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        #[expect(unsafe_code, reason = "a hint to the processor about an address")]
        // SAFETY: no address is wrong for it.
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast());
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = items;
}
