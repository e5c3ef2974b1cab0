//! Looks for the cheapest chunk shape.
//!
//! Where all lengths worth a look are few, every combination is tried. Where they are many,
//! a coarse set is searched as thoroughly, then a finer one around its best, until nothing
//! lies between; the cost is convex in the logarithms of the lengths, so that the best of
//! all lies near. The result is held against the classic shapes and the source's, and at last
//! its neighbours are tried, all dimensions together and each alone.

use crate::lengths::{Axis, Length};
use crate::{ChunkRequest, Weights};

/// So many combinations are tried in one go.
const COMBINATIONS: usize = 8192;
/// And so many in each round of a search that closes in.
const PER_ROUND: usize = 512;
/// How many dimensions are searched together; what more there are stay whole.
const DIMENSIONS: usize = 8;
/// Rounds narrow each range by this factor.
const NARROWER: f64 = 0.45;
/// What a search that closes in takes at most.
const ROUNDS: usize = 24;
/// How far around the best each dimension alone is tried out.
const AROUND: u64 = 6;
/// How often at most.
const SWEEPS: usize = 6;

/// How good a shape is: first how far it lies outside the bounds of size, as a factor from 1
/// on, then the cost.
type Grade = (f64, f64);

fn better(a: Grade, b: Grade) -> bool {
    a.0 < b.0 || (a.0 == b.0 && a.1 < b.1)
}

struct Search<'r> {
    axes: Vec<Axis<'r>>,
    weights: [f64; 3],
    element: f64,
    largest: f64,
    /// Bytes of all elements of the array with the smallest.
    total: f64,
    target: f64,
    least: f64,
    most: f64,
}

/// The product of what is chosen so far.
#[derive(Clone, Copy)]
struct Partial {
    volume: f64,
    count: f64,
    touched: [f64; 3],
    penalty: f64,
}

const NOTHING: Partial = Partial {
    volume: 1.0,
    count: 1.0,
    touched: [1.0; 3],
    penalty: 1.0,
};

/// A walk through all combinations of lengths.
struct Walk<'l> {
    lists: &'l [Vec<Length>],
    rest: &'l [Partial],
    chosen: Vec<u64>,
    best: (Grade, Vec<u64>),
}

/// Products of the same factors in another order differ in their last digits.
const NEARLY: f64 = 1.0 - 1e-12;

impl Partial {
    /// With the least that any length of a list adds, of each factor alone.
    fn and_least_of(self, list: &[Length]) -> Self {
        let least = |factor: fn(&Length) -> f64| list.iter().map(factor).fold(f64::MAX, f64::min);
        let [a, b, c] = self.touched;
        Self {
            volume: self.volume * least(|l| l.chunk as f64),
            count: self.count * least(|l| l.count),
            touched: [
                a * least(|l| l.touched[0]),
                b * least(|l| l.touched[1]),
                c * least(|l| l.touched[2]),
            ],
            penalty: self.penalty + least(|l| l.penalty),
        }
    }

    /// Both together.
    fn times(&self, other: &Self) -> Self {
        let ([a, b, c], [x, y, z]) = (self.touched, other.touched);
        Self {
            volume: self.volume * other.volume,
            count: self.count * other.count,
            touched: [a * x, b * y, c * z],
            penalty: self.penalty + other.penalty - NOTHING.penalty,
        }
    }

    fn with(self, length: &Length) -> Self {
        let [a, b, c] = self.touched;
        let [x, y, z] = length.touched;
        Self {
            volume: self.volume * length.chunk as f64,
            count: self.count * length.count,
            touched: [a * x, b * y, c * z],
            penalty: self.penalty + length.penalty,
        }
    }
}

/// The cheapest shape for a request, in the order of its dimensions.
pub(crate) fn cheapest(request: &ChunkRequest) -> Vec<u64> {
    // In an order of their own, so that equal costs are decided alike however a dataset
    // orders its dimensions.
    let mut order: Vec<usize> = (0..request.dimensions.len()).collect();
    order.sort_by(|&a, &b| {
        let key = |i: usize| {
            let d = &request.dimensions[i];
            (d.role, d.length, d.source_chunk, d.fixed, &d.name)
        };
        key(a).cmp(&key(b))
    });
    let record = request.record();
    let search = Search::new(request, &order, record);
    let mut best = search.whole();
    for shape in search.starts() {
        search.improve(&mut best, shape);
    }
    let ordered = |shape: &[u64]| order.iter().map(|&i| shape[i]).collect::<Vec<_>>();
    for pattern in zarrio_model::config::AccessPattern::ALL {
        search.improve(&mut best, ordered(&request.classic_shape(*pattern)));
    }
    if let Some(source) = request.source_shape() {
        search.improve(&mut best, ordered(&source));
    }
    search.polish(&mut best);
    best = search.neighbours(&best);
    search.polish(&mut best);

    let mut shape = vec![1; order.len()];
    for (&i, chunk) in order.iter().zip(best) {
        shape[i] = chunk;
    }
    shape
}

/// What preferences make of the cost of a shape: a factor from 1 on.
pub(crate) fn penalty(request: &ChunkRequest, shape: &[u64]) -> f64 {
    let record = request.record();
    let axis = |(i, chunk): (usize, &u64)| {
        let files = (Some(i) == record).then_some(&request.files);
        Axis::new(&request.dimensions[i], files)
            .length(*chunk)
            .penalty
    };
    1.0 + shape.iter().enumerate().map(axis).sum::<f64>()
}

impl<'r> Search<'r> {
    fn new(request: &'r ChunkRequest, order: &[usize], record: Option<usize>) -> Self {
        let axis = |&i: &usize| {
            let files = (Some(i) == record).then_some(&request.files);
            Axis::new(&request.dimensions[i], files)
        };
        let axes: Vec<Axis<'r>> = order.iter().map(axis).collect();
        let elements: f64 = axes.iter().map(|axis| axis.extent() as f64).product();
        let total = elements * request.smallest_element() as f64;
        Self {
            axes,
            weights: Weights::mixed(&request.pattern).all(),
            element: request.mean_element(),
            largest: request.largest_element() as f64,
            total,
            target: request.target.0 as f64,
            // An array that is smaller is one chunk.
            least: (request.bounds.least as f64).min(total),
            most: request.bounds.most as f64,
        }
    }

    /// The grade of a shape.
    fn grade(&self, all: &Partial) -> Grade {
        let bytes = self.element * all.volume;
        let price = bytes + self.target;
        let [series, map, region] = self.weights;
        let [a, b, c] = all.touched;
        let reads = series * a + map * b + region * c;
        // The mean size counts below and the padded one above: neither gets better by a
        // longer chunk that makes no fewer of them.
        let below = self.least * all.count / self.total;
        let above = self.largest * all.volume / self.most.max(1.0);
        // Rounded, so that equals are equal whatever the order of the factors; but what is
        // outside by a few bytes only is not within.
        let outside = if below <= 2.0 - NEARLY && above <= 1.0 {
            1e6
        } else {
            let excess = below.max(1.0) * above.max(1.0);
            (excess * 1e6).round().max(1e6 + 1.0)
        };
        (outside, reads * price * all.penalty)
    }

    fn grade_of(&self, shape: &[u64]) -> Grade {
        let each = self.axes.iter().zip(shape);
        let all = each.fold(NOTHING, |partial, (axis, chunk)| {
            partial.with(&axis.length(*chunk))
        });
        self.grade(&all)
    }

    fn improve(&self, best: &mut Vec<u64>, shape: Vec<u64>) {
        if better(self.grade_of(&shape), self.grade_of(best)) {
            *best = shape;
        }
    }

    /// Everything in one chunk, but for what is settled.
    fn whole(&self) -> Vec<u64> {
        self.axes.iter().map(|axis| axis.shortest(1)).collect()
    }

    /// The best of all lengths, or, where they are too many, of searches that close in.
    fn starts(&self) -> Vec<Vec<u64>> {
        let mut lists = Vec::with_capacity(self.axes.len());
        let mut room = COMBINATIONS;
        // Numbers of chunks that a length gives are fewer than twice its root: what is far
        // too much needs no list.
        let few = |axis: &Axis<'_>| 1.0_f64.max((axis.extent() as f64).sqrt() / 2.0);
        let many = |axis: &&Axis<'_>| !axis.is_settled();
        let product: f64 = self.axes.iter().filter(many).map(few).product();
        let listed = if product > COMBINATIONS as f64 {
            0
        } else {
            self.axes.len()
        };
        for axis in self.axes.iter().take(listed) {
            let Some(list) = axis.all(room) else {
                break;
            };
            room /= list.len().max(1);
            lists.push(list);
        }
        if lists.len() == self.axes.len() {
            return vec![self.best_of(&lists, &self.whole())];
        }
        let mut found = vec![self.close_in(false)];
        if self.axes.iter().any(Axis::has_preferences) {
            found.push(self.close_in(true));
        }
        found
    }

    /// The best combination of the lengths in the lists, where one is better than what is
    /// known already.
    fn best_of(&self, lists: &[Vec<u64>], known: &[u64]) -> Vec<u64> {
        let lengths: Vec<Vec<Length>> = self
            .axes
            .iter()
            .zip(lists)
            .map(|(axis, list)| list.iter().map(|chunk| axis.length(*chunk)).collect())
            .collect();
        // What the dimensions behind each one add at least.
        let mut rest = vec![NOTHING; lengths.len() + 1];
        for (d, list) in lengths.iter().enumerate().rev() {
            rest[d] = rest[d + 1].and_least_of(list);
        }
        let mut walk = Walk {
            lists: &lengths,
            rest: &rest,
            chosen: Vec::with_capacity(lengths.len()),
            best: (self.grade_of(known), known.to_vec()),
        };
        self.descend(0, NOTHING, &mut walk);
        walk.best.1
    }

    fn descend(&self, d: usize, partial: Partial, walk: &mut Walk<'_>) {
        let (lists, rest) = (walk.lists, walk.rest);
        let Some(list) = lists.get(d) else {
            let grade = self.grade(&partial);
            if better(grade, walk.best.0) {
                walk.best.0 = grade;
                walk.best.1.clone_from(&walk.chosen);
            }
            return;
        };
        for length in list {
            let partial = partial.with(length);
            // Nothing below is better than the least of every factor.
            let (outside, cost) = self.grade(&partial.times(&rest[d + 1]));
            if !better((outside, cost * NEARLY), walk.best.0) {
                continue;
            }
            walk.chosen.push(length.chunk);
            self.descend(d + 1, partial, walk);
            walk.chosen.pop();
        }
    }

    /// Searches coarse sets of numbers of chunks, each around the best of the one before.
    fn close_in(&self, fit: bool) -> Vec<u64> {
        let free = self.longest();
        let each = per_dimension(free.len());
        // The range of numbers of chunks, in logarithms: centre and half of the width.
        let mut ranges: Vec<(f64, f64)> = self
            .axes
            .iter()
            .map(|axis| (axis.extent() as f64).ln() / 2.0)
            .map(|half| (half, half))
            .collect();
        let mut best = self.whole();
        for _ in 0..ROUNDS {
            let mut lists: Vec<Vec<u64>> = self
                .axes
                .iter()
                .map(|axis| vec![axis.shortest(1)])
                .collect();
            for &d in &free {
                lists[d] = self.sample(d, ranges[d], each, fit);
            }
            best = self.best_of(&lists, &best);
            let mut narrow = true;
            for &d in &free {
                let (_, half) = ranges[d];
                let count = self.axes[d].length(best[d]).count;
                ranges[d] = (count.ln(), half * NARROWER);
                narrow &= (half * NARROWER).exp_m1() * count < 1.0;
            }
            if narrow {
                break;
            }
        }
        best
    }

    /// Lengths for numbers of chunks that are spread evenly, in logarithms, over a range.
    fn sample(&self, d: usize, (centre, half): (f64, f64), each: usize, fit: bool) -> Vec<u64> {
        let axis = &self.axes[d];
        let step = 2.0 * half / (each - 1).max(1) as f64;
        let mut lengths: Vec<u64> = (0..each)
            .map(|i| {
                let count = (centre - half + step * i as f64).exp();
                let count = count.round().clamp(1.0, axis.extent() as f64) as u64;
                let shortest = axis.shortest(count);
                if fit {
                    axis.preferred(shortest)
                } else {
                    shortest
                }
            })
            .collect();
        lengths.sort_unstable();
        lengths.dedup();
        lengths
    }

    /// The dimensions that are searched together, the longest ones where they are many.
    fn longest(&self) -> Vec<usize> {
        let open = |d: &usize| !self.axes[*d].is_settled();
        let mut free: Vec<usize> = (0..self.axes.len()).filter(open).collect();
        free.sort_by_key(|&d| std::cmp::Reverse(self.axes[d].extent()));
        free.truncate(DIMENSIONS);
        free.sort_unstable();
        free
    }

    /// The best of the shapes with a few chunks more or fewer along each dimension.
    fn neighbours(&self, best: &[u64]) -> Vec<u64> {
        let free = self.longest();
        let reach = (per_dimension(free.len()) as u64 - 1) / 2;
        let mut lists: Vec<Vec<u64>> = best.iter().map(|chunk| vec![*chunk]).collect();
        for d in free {
            let axis = &self.axes[d];
            let count = axis.length(best[d]).count as u64;
            let near = count.saturating_sub(reach).max(1)..=count.saturating_add(reach);
            for count in near {
                let shortest = axis.shortest(count);
                lists[d].extend([shortest, axis.preferred(shortest)]);
            }
            lists[d].sort_unstable();
            lists[d].dedup();
        }
        self.best_of(&lists, best)
    }

    /// Tries each dimension alone with its lengths nearby until none is better.
    fn polish(&self, best: &mut [u64]) {
        let mut grade = self.grade_of(best);
        for _ in 0..SWEEPS {
            let before = grade;
            for (d, axis) in self.axes.iter().enumerate() {
                if axis.is_settled() {
                    continue;
                }
                let others = self.others(best, d);
                let count = axis.length(best[d]).count as u64;
                let mut lengths = Vec::new();
                for near in count.saturating_sub(AROUND).max(1)..=count.saturating_add(AROUND) {
                    axis.variants(near.min(axis.extent()), &mut lengths);
                }
                // Too large a chunk may have far to go.
                axis.variants(count.saturating_mul(2).min(axis.extent()), &mut lengths);
                lengths.sort_unstable();
                lengths.dedup();
                for chunk in lengths {
                    let one = self.grade(&others.with(&axis.length(chunk)));
                    if better(one, grade) {
                        grade = one;
                        best[d] = chunk;
                    }
                }
            }
            if !better(grade, before) {
                break;
            }
        }
    }

    fn others(&self, shape: &[u64], without: usize) -> Partial {
        let each = self.axes.iter().zip(shape).enumerate();
        each.filter(|(d, _)| *d != without)
            .fold(NOTHING, |partial, (_, (axis, chunk))| {
                partial.with(&axis.length(*chunk))
            })
    }
}

/// How many lengths each of some dimensions has in a round.
fn per_dimension(dimensions: usize) -> usize {
    let root = (PER_ROUND as f64).powf(1.0 / dimensions.max(1) as f64);
    (root as usize).clamp(3, 64)
}
