//! The low-discrepancy sequence of Sobol', scrambled by a digital shift. METHOD-TRAINING §2.
//!
//! Joe, S. and Kuo, F. Y. (2008), "Constructing Sobol sequences with better two-dimensional projections", SIAM J. Sci. Comput.
//! 30(5), direction numbers new-joe-kuo-6; points in the order of Gray codes (Antonov and Saleev 1979).

use crate::random::Stream;

/// Bits of a coordinate.
const BITS: usize = 32;

/// Dimensions that have directions.
pub const DIMENSIONS: usize = PRIMITIVE.len() + 1;

/// Of each dimension from the second on: the inner coefficients of its primitive polynomial, whose degree is the number of
/// initial direction numbers, and these.
const PRIMITIVE: [(u32, &[u32]); 31] = [
    (0, &[1]),
    (1, &[1, 3]),
    (1, &[1, 3, 1]),
    (2, &[1, 1, 1]),
    (1, &[1, 1, 3, 3]),
    (4, &[1, 3, 5, 13]),
    (2, &[1, 1, 5, 5, 17]),
    (4, &[1, 1, 5, 5, 5]),
    (7, &[1, 1, 7, 11, 19]),
    (11, &[1, 1, 5, 1, 1]),
    (13, &[1, 1, 1, 3, 11]),
    (14, &[1, 3, 5, 5, 31]),
    (1, &[1, 3, 3, 9, 7, 49]),
    (13, &[1, 1, 1, 15, 21, 21]),
    (16, &[1, 3, 1, 13, 27, 49]),
    (19, &[1, 1, 1, 15, 7, 5]),
    (22, &[1, 3, 1, 15, 13, 25]),
    (25, &[1, 1, 5, 5, 19, 61]),
    (1, &[1, 3, 7, 11, 23, 15, 103]),
    (4, &[1, 3, 7, 13, 13, 15, 69]),
    (7, &[1, 1, 3, 13, 7, 35, 63]),
    (8, &[1, 3, 5, 9, 1, 25, 53]),
    (14, &[1, 3, 1, 13, 9, 35, 107]),
    (19, &[1, 3, 1, 5, 27, 61, 31]),
    (21, &[1, 1, 5, 11, 19, 41, 61]),
    (28, &[1, 3, 5, 3, 3, 13, 69]),
    (31, &[1, 1, 7, 13, 1, 19, 1]),
    (32, &[1, 3, 7, 5, 13, 19, 59]),
    (37, &[1, 1, 3, 9, 25, 29, 41]),
    (41, &[1, 3, 5, 13, 23, 1, 55]),
    (42, &[1, 3, 7, 3, 13, 59, 17]),
];

/// The sequence in some dimensions.
#[derive(Clone, Debug)]
pub struct Sobol {
    /// Of each dimension, the direction numbers by bit and the shift.
    dimensions: Vec<([u32; BITS], u32)>,
}

fn directions(dimension: usize) -> [u32; BITS] {
    let mut v = [0_u32; BITS];
    let Some(&(inner, first)) = dimension.checked_sub(1).and_then(|at| PRIMITIVE.get(at)) else {
        for (bit, v) in v.iter_mut().enumerate() {
            *v = 1 << (BITS - 1 - bit);
        }
        return v;
    };
    let degree = first.len();
    for bit in 0..BITS {
        v[bit] = match first.get(bit) {
            Some(m) => m << (BITS - 1 - bit),
            None => {
                let old = v[bit - degree];
                (1..degree).fold(old ^ (old >> degree), |sum, k| {
                    if inner >> (degree - 1 - k) & 1 == 1 { sum ^ v[bit - k] } else { sum }
                })
            }
        };
    }
    v
}

impl Sobol {
    /// The sequence in at most [`DIMENSIONS`] dimensions, shifted by the stream `sobol` of a seed.
    pub fn new(seed: u64, dimensions: usize) -> Self {
        let mut stream = Stream::new(seed, "sobol", 0);
        let shift = |dimension| (directions(dimension), (stream.next_u64() >> 32) as u32);
        Self { dimensions: (0..dimensions).map(shift).collect() }
    }

    /// The sequence as it is published.
    #[cfg(test)]
    fn unscrambled(dimensions: usize) -> Self {
        Self { dimensions: (0..dimensions).map(|dimension| (directions(dimension), 0)).collect() }
    }

    fn bits(&self, number: u64) -> impl Iterator<Item = u32> + '_ {
        let gray = number ^ (number >> 1);
        self.dimensions.iter().map(move |(directions, shift)| {
            let chosen = directions.iter().enumerate().filter(|(bit, _)| gray >> bit & 1 == 1);
            chosen.fold(*shift, |point, (_, direction)| point ^ direction)
        })
    }

    /// Point `number`, from 0 on: any of them by itself, so that every worker makes its own. Coordinates in 0..1.
    pub fn point(&self, number: u64) -> impl Iterator<Item = f64> + '_ {
        self.bits(number).map(|bits| f64::from(bits) / (1_u64 << BITS) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy.stats.qmc.Sobol(scramble=False, bits=32), and the same with the shift of seed 42.
    #[test]
    fn points_are_those_of_the_reference() {
        let text = include_str!("../../tests/golden/search.json");
        let fixture: serde_json::Value = serde_json::from_str(text).unwrap();
        let fixture = &fixture["sobol"];
        let read = |value: &serde_json::Value| -> Vec<u32> {
            serde_json::from_value(value.clone()).unwrap()
        };
        for (name, sobol) in
            [("unscrambled", Sobol::unscrambled(8)), ("scrambled", Sobol::new(42, 8))]
        {
            let points = fixture[name].as_array().unwrap();
            assert_eq!(points.len(), 64);
            for (number, point) in points.iter().enumerate() {
                let bits: Vec<u32> = sobol.bits(number as u64).collect();
                assert_eq!(bits, read(point), "{name} {number}");
            }
        }
        let far = &fixture["dims21_point_index_63_the_64th"];
        let bits: Vec<u32> = Sobol::unscrambled(21).bits(63).collect();
        assert_eq!(bits, read(&far["unscrambled"]));
    }
}
