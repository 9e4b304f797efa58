//! The judgement, case by case, and over all small trees.

mod support;

use rekindle_follow::{
    BadProof, ConsistencyProof, Judgement, Position, SplitHashes, View, judge, judge_known,
};
use rekindle_proof::tile::TileSet;
use rekindle_proof::{Hash, SignedCheckpoint, hash};
use support::{Log, signer};

/// The judgement in one word, with its code if it is unproven. Every conviction is checked at once.
fn word(judgement: &Judgement) -> &'static str {
    match judgement {
        Judgement::First => "first",
        Judgement::Same => "same",
        Judgement::Advance => "advance",
        Judgement::Stale => "stale",
        Judgement::Unproven(bad) => bad.code(),
        Judgement::Diverged(evidence) => {
            evidence.verify().expect("an accusation holds");
            "diverged"
        }
    }
}

fn broken(proof: &ConsistencyProof) -> ConsistencyProof {
    let mut hashes = proof.0.clone();
    hashes[0].0[0] ^= 1;
    ConsistencyProof(hashes)
}

#[test]
fn the_table() {
    let log = Log::honest(20);
    let fork = Log::forked(20, 3);
    let view = View::of(&log.at(10));
    let good = (log.proof(10, 17), log.split(10, 17));
    let (wrong, forged) = (broken(&good.0), fork.proof(10, 17));
    let mut bad_split = good.1.clone();
    bad_split.suffix[0].0[5] ^= 1;
    let short = SplitHashes { suffix: vec![], ..good.1.clone() };
    let back = (log.proof(4, 10), log.split(4, 10));
    let fork_split = fork.split(10, 17);
    let frozen = log.note(10, log.root(10), &["Log frozen \u{2014} Mon Nov 23 11:00:00 UTC 2026"]);
    let frozen_later =
        log.note(17, log.root(17), &["Log frozen \u{2014} Mon Nov 23 11:00:00 UTC 2026"]);

    let v = Some(&view);
    let table = [
        ("nothing accepted yet", judge(None, &log.at(10), None, None), "first"),
        ("nothing accepted yet, frozen", judge(None, &frozen, None, None), "first"),
        ("the same note again", judge(v, &log.at(10), None, None), "same"),
        ("same tree, frozen line", judge(v, &frozen, None, None), "same"),
        (
            "same tree, a useless proof",
            judge(v, &log.at(10), Some(&wrong), Some(&bad_split)),
            "same",
        ),
        ("fork at one size", judge(v, &fork.at(10), None, None), "diverged"),
        ("fork at one size, with a proof", judge(v, &fork.at(10), Some(&good.0), None), "diverged"),
        ("fork behind our size", judge(v, &Log::forked(20, 10).at(10), None, None), "same"),
        ("larger, proof", judge(v, &log.at(17), Some(&good.0), None), "advance"),
        ("larger, tiles", judge(v, &log.at(17), None, Some(&good.1)), "advance"),
        (
            "larger, wrong proof, good tiles",
            judge(v, &log.at(17), Some(&wrong), Some(&good.1)),
            "advance",
        ),
        ("larger and frozen, proof", judge(v, &frozen_later, Some(&good.0), None), "advance"),
        ("larger, no proof", judge(v, &log.at(17), None, None), "consistency_missing"),
        ("larger, wrong proof", judge(v, &log.at(17), Some(&wrong), None), "root_mismatch"),
        (
            "larger, empty proof",
            judge(v, &log.at(17), Some(&ConsistencyProof(vec![])), None),
            "wrong_proof_length",
        ),
        (
            "larger, tiles of nothing",
            judge(v, &log.at(17), None, Some(&bad_split)),
            "tiles_do_not_fit",
        ),
        ("larger, too few hashes", judge(v, &log.at(17), None, Some(&short)), "wrong_proof_length"),
        (
            "larger fork, its own good proof",
            judge(v, &fork.at(17), Some(&forged), None),
            "root_mismatch",
        ),
        (
            "larger fork, convicted by its hashes",
            judge(v, &fork.at(17), Some(&forged), Some(&fork_split)),
            "diverged",
        ),
        (
            "larger fork, our hashes",
            judge(v, &fork.at(17), None, Some(&good.1)),
            "tiles_do_not_fit",
        ),
        (
            "larger log, hashes of the fork",
            judge(v, &log.at(17), None, Some(&fork_split)),
            "tiles_do_not_fit",
        ),
        ("smaller, unknown", judge(v, &log.at(4), None, None), "consistency_missing"),
        ("smaller, proof", judge(v, &log.at(4), Some(&back.0), None), "stale"),
        ("smaller, our tiles", judge(v, &log.at(4), None, Some(&back.1)), "stale"),
        (
            "smaller, wrong proof",
            judge(v, &log.at(4), Some(&broken(&back.0)), None),
            "root_mismatch",
        ),
        ("smaller fork, no hashes", judge(v, &fork.at(4), Some(&back.0), None), "root_mismatch"),
        ("smaller fork, our tiles", judge(v, &fork.at(4), None, Some(&back.1)), "diverged"),
        ("smaller, before the fork", judge(v, &fork.at(3), Some(&log.proof(3, 10)), None), "stale"),
    ];
    for (case, judgement, expected) in table {
        assert_eq!(word(&judgement), expected, "{case}");
    }
}

#[test]
fn accepted_older_trees_are_stale_without_a_proof() {
    let (log, fork) = (Log::honest(20), Log::forked(20, 3));
    let view = View::of(&log.at(10));
    let known = |size| (size == 4).then(|| log.root(4));
    let split = log.split(4, 10);
    let table = [
        ("known", judge_known(Some(&view), &log.at(4), known, None, None), "stale"),
        (
            "not known",
            judge_known(Some(&view), &log.at(5), known, None, None),
            "consistency_missing",
        ),
        (
            "another root",
            judge_known(Some(&view), &fork.at(4), known, None, None),
            "known_root_differs",
        ),
        (
            "another root, tiles",
            judge_known(Some(&view), &fork.at(4), known, None, Some(&split)),
            "diverged",
        ),
        (
            "larger is never looked up",
            judge_known(Some(&view), &log.at(17), |n| Some(log.root(n)), None, None),
            "consistency_missing",
        ),
    ];
    for (case, judgement, expected) in table {
        assert_eq!(word(&judgement), expected, "{case}");
    }
}

#[test]
fn the_empty_tree_is_its_own_case() {
    let log = Log::honest(5);
    let (empty, wrong) = (log.at(0), log.note(0, hash::leaf(b"x"), &[]));
    let (at0, at5) = (View::of(&empty), View::of(&log.at(5)));
    let table = [
        ("first", judge(None, &empty, None, None), "first"),
        ("first with a wrong root", judge(None, &wrong, None, None), "empty_tree_root"),
        ("again", judge(Some(&at0), &empty, None, None), "same"),
        ("two roots of nothing", judge(Some(&at0), &wrong, None, None), "diverged"),
        ("growth needs no proof", judge(Some(&at0), &log.at(5), None, None), "advance"),
        ("back to nothing", judge(Some(&at5), &empty, None, None), "stale"),
        ("back to a wrong nothing", judge(Some(&at5), &wrong, None, None), "empty_tree_root"),
    ];
    for (case, judgement, expected) in table {
        assert_eq!(word(&judgement), expected, "{case}");
    }
}

#[test]
fn a_quarantined_view_accepts_nothing() {
    let (log, fork) = (Log::honest(20), Log::forked(20, 3));
    let view = View { quarantined: true, ..View::of(&log.at(10)) };
    let v = Some(&view);
    let nothing = View { checkpoint: None, ..view.clone() };
    let table = [
        ("same", judge(v, &log.at(10), None, None), "quarantined"),
        ("advance", judge(v, &log.at(17), Some(&log.proof(10, 17)), None), "quarantined"),
        ("stale", judge(v, &log.at(4), Some(&log.proof(4, 10)), None), "quarantined"),
        ("unproven", judge(v, &log.at(17), None, None), "quarantined"),
        ("first", judge(Some(&nothing), &log.at(17), None, None), "quarantined"),
        ("a further conviction", judge(v, &fork.at(10), None, None), "diverged"),
        (
            "lifted",
            judge(Some(&View { quarantined: false, ..nothing.clone() }), &log.at(17), None, None),
            "first",
        ),
    ];
    for (case, judgement, expected) in table {
        assert_eq!(word(&judgement), expected, "{case}");
    }
}

#[test]
fn a_mix_up_is_no_accusation() {
    let (log, fork) = (Log::honest(20), Log::forked(20, 3));
    let other_key = Log { signer: signer(2), ..Log::forked(20, 3) };
    let view = View::of(&log.at(10));
    let elsewhere =
        View { origin: rekindle_proof::Origin::new("other.example").unwrap(), ..view.clone() };
    let wrong_note = View { note: log.at(9).signed().clone(), ..view.clone() };
    let no_note = View { note: SignedCheckpoint::new("damaged".into()), ..view.clone() };
    let table = [
        (
            "key changed, other root",
            judge(Some(&view), &other_key.at(10), None, None),
            "view_note_unverified",
        ),
        (
            "view of another log",
            judge(Some(&elsewhere), &fork.at(10), None, None),
            "view_other_origin",
        ),
        (
            "note of another tree",
            judge(Some(&wrong_note), &fork.at(10), None, None),
            "view_note_differs",
        ),
        ("note damaged", judge(Some(&no_note), &fork.at(10), None, None), "view_note_unverified"),
    ];
    for (case, judgement, expected) in table {
        assert_eq!(word(&judgement), expected, "{case}");
    }
}

/// All pairs up to 34, powers of two among them: no honest log is ever accused, by any hashes, and a
/// fork below the smaller size is always convicted by the larger tree's own hashes.
#[test]
fn every_pair_of_small_trees() {
    const TOP: u64 = 34;
    const FORK: u64 = 2;
    let (log, fork) = (Log::honest(TOP), Log::forked(TOP, FORK));
    for ours in 1..=TOP {
        let view = View::of(&log.at(ours));
        for theirs in 1..=TOP {
            let (m, n) = (ours.min(theirs), ours.max(theirs));
            let step = match theirs.cmp(&ours) {
                std::cmp::Ordering::Less => "stale",
                std::cmp::Ordering::Equal => "same",
                std::cmp::Ordering::Greater => "advance",
            };
            let (proof, split) = (log.proof(m, n), log.split(m, n));
            assert_eq!(
                word(&judge(Some(&view), &log.at(theirs), Some(&proof), None)),
                step,
                "{ours} {theirs}"
            );
            assert_eq!(
                word(&judge(Some(&view), &log.at(theirs), None, Some(&split))),
                step,
                "{ours} {theirs}"
            );
            let (lie, lies) = (fork.proof(m, n), fork.split(m, n));
            let misled = judge(Some(&view), &log.at(theirs), Some(&lie), Some(&lies));
            assert!(
                !matches!(misled, Judgement::Diverged(_)),
                "{ours} {theirs}: an honest log was accused"
            );

            // The larger tree's hashes: the fork's own if it is ahead, our cached ones if it is behind.
            let larger = if theirs > ours { &lies } else { &split };
            let forked = judge(Some(&view), &fork.at(theirs), Some(&lie), Some(larger));
            // Up to the fork both faces are one tree, which every larger one contains.
            let expected = if m <= FORK { step } else { "diverged" };
            assert_eq!(word(&forked), expected, "{ours} {theirs}");
            if m > FORK && theirs != ours {
                let alone = judge(Some(&view), &fork.at(theirs), Some(&lie), None);
                assert!(
                    matches!(alone, Judgement::Unproven(_)),
                    "{ours} {theirs}: accused without hashes"
                );
            }
        }
    }
}

#[test]
fn split_tiles_are_exactly_what_is_read() {
    let log = Log::honest(600);
    for (m, n) in [(1, 1), (1, 2), (256, 257), (255, 600), (256, 600), (512, 600), (300, 300)] {
        let mut fetched = TileSet::new();
        for id in SplitHashes::tiles(m, n) {
            fetched.insert(id, &log.tiles.bytes(id).unwrap()).unwrap();
        }
        let split = SplitHashes::from_tiles(m, n, &fetched).unwrap();
        assert_eq!(split.roots(m, n).unwrap(), (log.root(m), log.root(n)));
    }
    assert!(SplitHashes::from_tiles(5, 4, &log.tiles).is_err());
}

#[test]
fn unproven_keeps_the_reason() {
    let log = Log::honest(20);
    let judgement = judge(Some(&View::of(&log.at(10))), &log.at(17), None, None);
    assert_eq!(judgement, Judgement::Unproven(BadProof::Missing { smaller: 10, larger: 17 }));
    let Judgement::Unproven(bad) = judgement else { unreachable!() };
    assert_eq!(
        bad.to_string(),
        "no consistency proof between size 10 and size 17; fetch one, or the tiles"
    );
    assert_eq!(Position::of(&log.at(3)), Position { size: 3, root: log.root(3) });
    assert_ne!(log.root(3), Hash([0; 32]));
}
