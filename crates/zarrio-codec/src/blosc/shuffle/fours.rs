//! Elements of four bytes, as most fields have them, 32 at once.
//!
//! What a compiler makes of plain loops keeps halves of them in memory for a moment, and waits.

use std::arch::x86_64::{
    __m256i, _mm256_loadu_si256, _mm256_permutevar8x32_epi32, _mm256_setr_epi8, _mm256_setr_epi32,
    _mm256_shuffle_epi8, _mm256_storeu_si256, _mm256_unpackhi_epi32, _mm256_unpackhi_epi64,
    _mm256_unpacklo_epi32, _mm256_unpacklo_epi64,
};

use super::{AHEAD, each_last, planes, prefetch};

const GROUP: usize = 32;
/// Elements that are loaded at once.
const EIGHT: usize = 8;

type Plane = [u8; GROUP];

#[target_feature(enable = "avx2")]
pub(super) fn apart(input: &[u8], output: &mut [u8]) {
    let (elements, mut planes) = planes::<4>(input, output);
    let (groups, last) = elements.as_chunks::<GROUP>();
    let [a, b, c, d] = planes.each_mut().map(|plane| plane.as_chunks_mut().0);
    let places = a.iter_mut().zip(b).zip(c).zip(d);
    for ((number, group), (((a, b), c), d)) in groups.iter().enumerate().zip(places) {
        if let Some(later) = groups.get(number + AHEAD / size_of_val(group)) {
            prefetch(later);
        }
        group_apart(group, [a, b, c, d]);
    }
    each_last(last, planes);
}

#[target_feature(enable = "avx2")]
#[inline]
fn group_apart(group: &[[u8; 4]; GROUP], [a, b, c, d]: [&mut Plane; 4]) {
    let eights = group.as_chunks().0;
    let [w, x, y, z] = [0, 1, 2, 3].map(|number| ranks(&eights[number]));
    // Of each half a part of four bytes of a rank goes beside those of the others.
    let (wx, yz) = (_mm256_unpacklo_epi32(w, x), _mm256_unpacklo_epi32(y, z));
    store(_mm256_unpacklo_epi64(wx, yz), a);
    store(_mm256_unpackhi_epi64(wx, yz), b);
    let (wx, yz) = (_mm256_unpackhi_epi32(w, x), _mm256_unpackhi_epi32(y, z));
    store(_mm256_unpacklo_epi64(wx, yz), c);
    store(_mm256_unpackhi_epi64(wx, yz), d);
}

/// Bytes of equal rank side by side, in each half for itself.
#[target_feature(enable = "avx2")]
#[inline]
fn ranks(elements: &[[u8; 4]; EIGHT]) -> __m256i {
    #[rustfmt::skip]
    let order = _mm256_setr_epi8(
        0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15,
        0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15,
    );
    #[expect(unsafe_code, reason = "a load takes an address")]
    // SAFETY: so many bytes are there.
    let elements = unsafe { _mm256_loadu_si256(elements.as_ptr().cast()) };
    _mm256_shuffle_epi8(elements, order)
}

/// Puts the parts of both halves in the order of their elements.
#[target_feature(enable = "avx2")]
#[inline]
fn store(halves: __m256i, plane: &mut Plane) {
    let order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    let plane = plane.as_mut_ptr();
    #[expect(unsafe_code, reason = "a store takes an address")]
    // SAFETY: it has so many bytes.
    unsafe {
        _mm256_storeu_si256(plane.cast(), _mm256_permutevar8x32_epi32(halves, order));
    }
}
