//! Named, seeded randomness: the same numbers on every machine, in every worker, in any order of evaluation.
//!
//! ChaCha8 with a 64-bit counter and a 64-bit stream. The key is the seed (little endian) followed by the purpose in
//! ASCII, padded with zeros; the stream is the number of the trial or replicate. Only `u64` are drawn. METHOD-TRAINING §1.

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

/// One stream of random numbers.
#[derive(Clone, Debug)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream of a seed, a purpose (at most 24 ASCII bytes) and a number.
    pub fn new(seed: u64, purpose: &str, number: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..8 + purpose.len()].copy_from_slice(purpose.as_bytes());
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(number);
        Self(rng)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in [0, 1): the upper 53 bits.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in 0..m: ⌊x·m/2⁶⁴⌋.
    pub fn below(&mut self, m: usize) -> usize {
        ((u128::from(self.next_u64()) * m as u128) >> 64) as usize
    }

    /// Nearly normal with mean 0 and deviation 1: twelve uniform numbers less six (Irwin–Hall). Own choice, because it
    /// needs no transcendental function and so gives the same bits everywhere.
    pub fn normal(&mut self) -> f64 {
        let mut sum = -6.0;
        for _ in 0..12 {
            sum += self.unit();
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::Stream;

    #[test]
    fn the_contract_s_three_numbers() {
        let mut stream = Stream::new(42, "search", 3);
        let numbers = [stream.next_u64(), stream.next_u64(), stream.next_u64()];
        assert_eq!(numbers, [0x3957_aa98_2001_f673, 0x3468_8643_dda7_b240, 0x9213_dd7e_7d67_f281]);
    }

    #[test]
    fn numbers_stay_in_their_ranges() {
        let mut stream = Stream::new(1, "sample", 0);
        for _ in 0..10_000 {
            assert!((0.0..1.0).contains(&stream.unit()));
            assert!(stream.below(7) < 7);
            assert!(stream.normal().abs() <= 6.0);
        }
    }
}
