//! The same as [`fixed::pack`](super::fixed::pack), in the vectors of AVX2.
//!
//! A compiler that makes vector code of those loops puts the halves of the sums, which stand
//! in two vectors, into the order of the numbers before it goes on: that takes as long as all
//! else. Statistics need no order, and codes are put into theirs when they are narrow.

use std::arch::x86_64::{
    __m128i, __m256, __m256d, __m256i, _CMP_UNORD_Q, _mm_extract_epi64, _mm_setr_epi8,
    _mm_unpacklo_epi16, _mm_unpacklo_epi32, _mm256_blendv_epi8, _mm256_broadcastsi128_si256,
    _mm256_castpd_ps, _mm256_castpd_si256, _mm256_castps_si256, _mm256_castsi256_ps,
    _mm256_castsi256_si128, _mm256_cmp_ps, _mm256_cvtepi32_ps, _mm256_extract_epi64,
    _mm256_extracti128_si256, _mm256_fmadd_pd, _mm256_fmadd_ps, _mm256_min_epu32,
    _mm256_permute4x64_epi64, _mm256_set1_epi32, _mm256_set1_pd, _mm256_setr_pd, _mm256_setzero_ps,
    _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_shuffle_ps, _mm256_slli_epi32,
    _mm256_srli_epi64, _mm256_sub_epi32,
};

use super::code::{Code, Sample};
use super::fixed::{Fixed, Found};
use super::lanes::{Ends, LANES};
use super::look;

/// The low halves of each number of two vectors: 0, 1, 4, 5 and 2, 3, 6, 7 of eight numbers.
const LOW: i32 = 0b10_00_10_00;
/// The high halves, in the same order.
const HIGH: i32 = 0b11_01_11_01;

/// Packs a whole tile whose values lie within the range.
#[target_feature(enable = "avx2,fma")]
#[inline]
pub(super) fn pack<S: Sample, C: Code, const BIG: bool>(
    tile: &[u8],
    fixed: &Fixed,
    out: &mut [u8],
) -> Found<S> {
    let (inverse, large) = (_mm256_set1_pd(fixed.inverse), _mm256_set1_pd(fixed.large));
    let centre = _mm256_set1_epi32(fixed.centre.cast_signed());
    let missing = _mm256_set1_epi32(fixed.missing.cast_signed());
    let mut least = _mm256_set1_epi32(-1);
    let mut squares = _mm256_setzero_ps();
    let (mut ends, mut gaps) = (Ends::new(), _mm256_setzero_si256());
    let groups = tile.chunks_exact(LANES * S::SIZE);
    for (bytes, out) in groups.zip(out.chunks_exact_mut(LANES * C::SIZE)) {
        let group = look::group::<S, BIG>(bytes);
        for (l, value) in group.into_iter().enumerate() {
            ends.one(l, value);
        }
        let [a, b, c, d, e, f, g, h] = group.map(Sample::wide);
        let sums = [_mm256_setr_pd(a, b, c, d), _mm256_setr_pd(e, f, g, h)]
            .map(|values| _mm256_fmadd_pd(values, inverse, large));
        let (code, fraction) = split::<C>(sums);
        // The high half of what is no number is no number either.
        let high = halves::<HIGH>(sums);
        let gap = _mm256_castps_si256(_mm256_cmp_ps::<_CMP_UNORD_Q>(high, high));
        // All bits are one less than none.
        gaps = _mm256_sub_epi32(gaps, gap);
        let fraction = _mm256_blendv_epi8(fraction, centre, gap);
        least = _mm256_min_epu32(least, fraction);
        let error = _mm256_cvtepi32_ps(_mm256_sub_epi32(fraction, centre));
        squares = _mm256_fmadd_ps(error, error, squares);
        write::<C>(_mm256_blendv_epi8(code, missing, gap), out);
    }
    Found {
        ends,
        gaps: lanes(gaps),
        least: lanes(least),
        squares: lanes(_mm256_castps_si256(squares)).map(f32::from_bits),
    }
}

/// The 32-bit lanes of a vector.
#[target_feature(enable = "avx2,fma")]
#[inline]
fn lanes(vector: __m256i) -> [u32; LANES] {
    let mut lanes = [0; LANES];
    for (lane, bytes) in lanes.as_chunks_mut::<2>().0.iter_mut().zip(words(vector)) {
        *lane = [bytes as u32, (bytes >> 32) as u32];
    }
    lanes
}

/// The 64-bit words of a vector.
#[target_feature(enable = "avx2,fma")]
#[inline]
fn words(vector: __m256i) -> [i64; 4] {
    [
        _mm256_extract_epi64::<0>(vector),
        _mm256_extract_epi64::<1>(vector),
        _mm256_extract_epi64::<2>(vector),
        _mm256_extract_epi64::<3>(vector),
    ]
}

/// Halves of the sums of eight numbers.
#[target_feature(enable = "avx2,fma")]
#[inline]
fn halves<const WHICH: i32>(sums: [__m256d; 2]) -> __m256 {
    let [one, other] = sums.map(|sum| _mm256_castpd_ps(sum));
    _mm256_shuffle_ps::<WHICH>(one, other)
}

/// [`Code::split`] for eight numbers.
#[target_feature(enable = "avx2,fma")]
#[inline]
fn split<C: Code>(sums: [__m256d; 2]) -> (__m256i, __m256i) {
    let low = _mm256_castps_si256(halves::<LOW>(sums));
    // Vectors are shifted by numbers that stand in the code.
    const { assert!(C::FRACTION == 32 || C::FRACTION == 19) };
    if C::FRACTION == 32 {
        return (_mm256_castps_si256(halves::<HIGH>(sums)), low);
    }
    let [one, other] =
        sums.map(|sum| _mm256_castsi256_ps(_mm256_srli_epi64::<19>(_mm256_castpd_si256(sum))));
    let code = _mm256_castps_si256(_mm256_shuffle_ps::<LOW>(one, other));
    (code, _mm256_slli_epi32::<13>(low))
}

/// Writes the codes of eight numbers, which stand in the low bits.
#[target_feature(enable = "avx2,fma")]
#[inline]
fn write<C: Code>(codes: __m256i, out: &mut [u8]) {
    if C::SIZE == 4 {
        let codes = _mm256_permute4x64_epi64::<0b11_01_10_00>(codes);
        return write_words(&words(codes), out);
    }
    let bytes = match C::SIZE {
        2 => _mm_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, -1, -1, -1, -1, -1, -1, -1, -1),
        _ => _mm_setr_epi8(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1),
    };
    let codes = _mm256_shuffle_epi8(codes, _mm256_broadcastsi128_si256(bytes));
    let (one, other) = (
        _mm256_castsi256_si128(codes),
        _mm256_extracti128_si256::<1>(codes),
    );
    if C::SIZE == 2 {
        write_words(&half_words(_mm_unpacklo_epi32(one, other)), out);
    } else {
        let [word, _] = half_words(_mm_unpacklo_epi16(one, other));
        write_words(&[word], out);
    }
}

/// The 64-bit words of half a vector.
#[target_feature(enable = "avx2,fma")]
#[inline]
fn half_words(vector: __m128i) -> [i64; 2] {
    [
        _mm_extract_epi64::<0>(vector),
        _mm_extract_epi64::<1>(vector),
    ]
}

#[inline(always)]
fn write_words(words: &[i64], out: &mut [u8]) {
    for (word, out) in words.iter().zip(out.chunks_exact_mut(8)) {
        out.copy_from_slice(&word.to_ne_bytes());
    }
}
