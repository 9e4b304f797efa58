//! When to try again: exponential, capped, with jitter that is the same on every machine.

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::{JobId, RetryClass};

/// Doublings after which the cap has long been reached; keeps the shift inside 64 bits.
const DOUBLINGS_MAX: u32 = 20;

/// The pause before the attempt that follows number `attempt` (1 is the first that failed).
///
/// Base times two per earlier attempt, capped, then between half and all of that, chosen by a
/// hash of job and attempt: jobs that failed together come back apart, and a test can compute
/// when. Transient: 1 s to 5 min. Unclear: 5 s to 10 min. Slow: 1 min to 1 h.
#[must_use]
pub fn delay(class: RetryClass, job: JobId, attempt: u32) -> Duration {
    let (base, cap) = bounds(class);
    let doublings = attempt.saturating_sub(1).min(DOUBLINGS_MAX);
    let full = base.saturating_mul(1 << doublings).min(cap);
    let half = full / 2;
    half + half.mul_f64(fraction(job, attempt))
}

/// First pause and longest pause of a class.
#[must_use]
pub const fn bounds(class: RetryClass) -> (Duration, Duration) {
    match class {
        RetryClass::Transient => (Duration::from_secs(1), Duration::from_secs(5 * 60)),
        // Slower than the log's checkpoints, so that the next look can show something new.
        RetryClass::Unclear => (Duration::from_secs(5), Duration::from_secs(10 * 60)),
        RetryClass::Slow => (Duration::from_secs(60), Duration::from_secs(60 * 60)),
    }
}

/// From 0 up to, not including, 1.
fn fraction(job: JobId, attempt: u32) -> f64 {
    let mut hash = Sha256::new();
    hash.update(b"rekindle/retry/v1");
    hash.update(job.0.to_be_bytes());
    hash.update(attempt.to_be_bytes());
    let hash: [u8; 32] = hash.finalize().into();
    let top = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]);
    f64::from(top) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_stays_within_bounds_and_is_capped() {
        for class in RetryClass::ALL {
            let (base, cap) = bounds(class);
            for attempt in 0..64_u32 {
                let full = base.saturating_mul(1 << (attempt.clamp(1, 20) - 1)).min(cap);
                for job in 0..50 {
                    let got = delay(class, JobId(job), attempt);
                    assert!(got >= full / 2 && got <= full, "{class:?} {job} {attempt} {got:?}");
                }
            }
            assert!(delay(class, JobId(1), u32::MAX) <= cap);
        }
    }

    #[test]
    fn jitter_spreads_jobs_and_repeats_itself() {
        let class = RetryClass::Transient;
        let mut all: Vec<_> = (0..100).map(|job| delay(class, JobId(job), 3)).collect();
        assert_eq!(all[7], delay(class, JobId(7), 3));
        all.sort_unstable();
        all.dedup();
        assert!(all.len() > 90, "only {} different pauses", all.len());
    }

    // From an independent computation (Python hashlib). Frozen: the schedule of stored jobs must not change between two versions.
    #[test]
    fn schedule_is_the_published_one() {
        let millis = |class, attempt| delay(class, JobId(42), attempt).as_millis();
        let got: Vec<_> = (1..=3).map(|attempt| millis(RetryClass::Transient, attempt)).collect();
        assert_eq!(got, [815, 1680, 3463]);
    }
}
