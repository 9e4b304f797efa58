//! The job machine by tables, and by every short sequence of acts.

use super::*;
use crate::RetryClass;

const LEASE: Duration = Duration::from_secs(30);
const ID: JobId = JobId(1);

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds)
}

fn leased() -> (Status, u64) {
    let mut job = Status::new(at(0));
    let fence = job.claim(at(0), LEASE).expect("due");
    (job, fence)
}

#[test]
fn claimed_when_due_and_never_earlier() {
    for (run_at, now, expected) in [(5, 4, None), (5, 5, Some(1)), (5, 9, Some(1))] {
        assert_eq!(Status::new(at(run_at)).claim(at(now), LEASE), expected, "{run_at} {now}");
    }
}

#[test]
fn a_lease_that_ran_out_goes_to_the_next_with_a_higher_fence() {
    let (mut job, first) = leased();
    assert_eq!(job.claim(at(29), LEASE), None);
    let second = job.claim(at(30), LEASE).expect("ran out");
    assert!(second > first);
    assert!(!job.renew(first, at(30), LEASE));
    assert!(!job.settle(ID, first, &Settlement::Done, at(30)));
    assert!(!job.release(first, at(30)));
    assert!(job.settle(ID, second, &Settlement::Done, at(31)));
}

#[test]
fn a_late_renewal_is_good_while_nobody_else_came() {
    let (mut job, fence) = leased();
    assert!(job.renew(fence, at(60), LEASE));
    assert_eq!(job.leased_until, Some(at(90)));
}

#[test]
fn settlements_by_table() {
    let retry = |not_before| Settlement::Retry { class: RetryClass::Slow, not_before };
    let pause = retry::delay(RetryClass::Slow, ID, 1);
    let far = at(1_000_000);
    for (how, state, run_at, attempts) in [
        (Settlement::Done, State::Done, at(0), 0),
        (Settlement::Dead { code: "rejected" }, State::Dead, at(0), 0),
        (Settlement::Snooze { until: at(77) }, State::Ready, at(77), 0),
        (retry(None), State::Ready, at(10) + pause, 1),
        (retry(Some(far)), State::Ready, far, 1),
        (retry(Some(at(0))), State::Ready, at(10) + pause, 1),
    ] {
        let (mut job, fence) = leased();
        assert!(job.settle(ID, fence, &how, at(10)), "{how:?}");
        assert_eq!((job.state, job.run_at, job.attempts), (state, run_at, attempts), "{how:?}");
        assert_eq!(job.leased_until, None);
        assert_eq!(job.code.is_some(), state == State::Dead);
        assert!(!job.settle(ID, fence, &how, at(10)), "settled once: {how:?}");
    }
}

#[test]
fn a_nudge_while_leased_makes_the_job_due_again() {
    let snooze = Settlement::Snooze { until: at(999) };
    let retry = Settlement::Retry { class: RetryClass::Slow, not_before: Some(at(999)) };
    for how in [snooze, retry, Settlement::Done] {
        let (mut job, fence) = leased();
        job.nudge(at(500));
        assert!(job.settle(ID, fence, &how, at(10)));
        assert_eq!((job.state, job.run_at, job.nudged), (State::Ready, at(10), false), "{how:?}");
    }
    let (mut job, fence) = leased();
    job.nudge(at(1));
    assert!(job.settle(ID, fence, &Settlement::Dead { code: "rejected" }, at(10)));
    assert_eq!(job.state, State::Dead);
}

#[test]
fn a_nudge_brings_forward_and_never_puts_off() {
    for (new, expected) in [(3, 3), (10, 10), (50, 10)] {
        let mut job = Status::new(at(10));
        job.nudge(at(new));
        assert_eq!(job.run_at, at(expected));
    }
}

#[test]
fn only_the_dead_are_revived_and_their_fence_goes_on() {
    let (mut job, fence) = leased();
    assert!(!job.revive(at(1)));
    assert!(job.settle(ID, fence, &Settlement::Dead { code: "rejected" }, at(1)));
    assert!(job.revive(at(2)));
    assert_eq!((job.state, job.attempts, job.code.clone()), (State::Ready, 0, None));
    assert!(job.claim(at(2), LEASE).expect("due") > fence);
}

/// Five acts in a row, in every combination: what must always hold, holds.
#[test]
fn every_short_life_keeps_the_invariants() {
    const ACTS: usize = 10;
    for life in 0..ACTS.pow(5) {
        let (mut job, mut fences, mut rest) = (Status::new(at(0)), Vec::new(), life);
        for step in 0..5 {
            let now = at(step * 20);
            let (before, newest) = (job.clone(), job.fence);
            let stale = fences.iter().copied().find(|fence| *fence != newest);
            let retry = Settlement::Retry { class: RetryClass::Transient, not_before: None };
            let snooze = Settlement::Snooze { until: now + LEASE };
            let _ = match rest % ACTS {
                0 => job.claim(now, LEASE).map(|fence| fences.push(fence)).is_some(),
                1 => job.renew(newest, now, LEASE),
                2 => job.settle(ID, newest, &Settlement::Done, now),
                3 => job.settle(ID, newest, &snooze, now),
                4 => job.settle(ID, newest, &retry, now),
                5 => job.settle(ID, newest, &Settlement::Dead { code: "x" }, now),
                6 => {
                    job.nudge(now);
                    true
                }
                7 => job.revive(now),
                8 => job.release(newest, now),
                _ => stale.is_some_and(|stale| {
                    assert!(!job.settle(ID, stale, &Settlement::Done, now));
                    assert!(!job.renew(stale, now, LEASE));
                    assert_eq!(job, before, "a stale fence changes nothing");
                    true
                }),
            };
            rest /= ACTS;
            assert!(job.fence >= before.fence);
            assert_eq!(job.state == State::Leased, job.leased_until.is_some());
            assert_eq!(job.state == State::Dead, job.code.is_some());
            assert!(!job.nudged || job.state == State::Leased);
            assert!(before.state != State::Done || job.state == State::Done);
        }
    }
}
