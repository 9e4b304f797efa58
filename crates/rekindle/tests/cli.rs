//! The commands as a user runs them: results on standard output, exit codes that can be relied on.

mod support;

use std::io::Read;
use std::process::Stdio;
use std::time::Duration;

use sha2::{Digest, Sha256};
use support::{Desk, Said, Signer, World};

/// Roots of the reference tree of RFC 6962 implementations, sizes 1 to 8.
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
const LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];

fn leaf(index: usize) -> Vec<u8> {
    let data = hex::decode(LEAVES[index]).unwrap();
    Sha256::new().chain_update([0]).chain_update(data).finalize().to_vec()
}

fn node(left: &[u8], right: &[u8]) -> Vec<u8> {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().to_vec()
}

/// Where RFC 6962 section 2.1 splits a tree: the largest power of two below its size.
fn split(size: usize) -> usize {
    size.next_power_of_two() / 2
}

fn root(from: usize, to: usize) -> Vec<u8> {
    if to - from == 1 {
        return leaf(from);
    }
    let middle = from + split(to - from);
    node(&root(from, middle), &root(middle, to))
}

/// PATH of RFC 6962 section 2.1.1.
fn path(index: usize, from: usize, to: usize) -> Vec<Vec<u8>> {
    if to - from == 1 {
        return Vec::new();
    }
    let middle = from + split(to - from);
    let (mut hashes, other) = if index < middle {
        (path(index, from, middle), root(middle, to))
    } else {
        (path(index, middle, to), root(from, middle))
    };
    hashes.push(other);
    hashes
}

/// SUBPROOF of RFC 6962 section 2.1.2.
fn subproof(old: usize, from: usize, to: usize, whole: bool) -> Vec<Vec<u8>> {
    if old == to {
        return if whole { Vec::new() } else { vec![root(from, to)] };
    }
    let middle = from + split(to - from);
    let (mut hashes, other) = if old <= middle {
        (subproof(old, from, middle, whole), root(middle, to))
    } else {
        (subproof(old, middle, to, false), root(from, middle))
    };
    hashes.push(other);
    hashes
}

fn join(hashes: &[Vec<u8>]) -> String {
    hashes.iter().map(hex::encode).collect::<Vec<_>>().join(",")
}

fn inclusion(desk: &Desk, index: usize, size: usize, root: &str, proof: &str) -> Said {
    let (leaf, index, size) = (hex::encode(leaf(index)), index.to_string(), size.to_string());
    let args = ["--leaf-hash", &leaf, "--index", &index, "--size", &size, "--root", root];
    desk.run(&[&["verify", "inclusion"], &args[..], &["--proof", proof]].concat())
}

fn consistency(desk: &Desk, (old, new): (usize, usize), roots: [&str; 2], proof: &str) -> Said {
    let (old, new) = (old.to_string(), new.to_string());
    let args =
        ["--old-size", &old, "--old-root", roots[0], "--new-size", &new, "--new-root", roots[1]];
    desk.run(&[&["verify", "consistency"], &args[..], &["--proof", proof]].concat())
}

#[test]
fn verify_inclusion_on_the_reference_tree() {
    let desk = Desk::new();
    for size in 1..=8 {
        for index in 0..size {
            let proof = join(&path(index, 0, size));
            let said = inclusion(&desk, index, size, ROOTS[size - 1], &proof);
            assert_eq!(said.exit, 0, "{index} in {size}: {}", said.err);
            assert!(said.out.starts_with("verified: "), "{}", said.out);
        }
    }
    let proof = path(2, 0, 7);
    let finding = |said: Said, code: &str| {
        assert_eq!((said.exit, said.code(), said.out.as_str()), (1, code, ""), "{}", said.err);
    };
    finding(inclusion(&desk, 2, 7, ROOTS[7], &join(&proof)), "root_mismatch");
    finding(inclusion(&desk, 3, 7, ROOTS[6], &join(&proof)), "root_mismatch");
    finding(inclusion(&desk, 2, 7, ROOTS[6], &join(&proof[1..])), "wrong_proof_length");
    finding(inclusion(&desk, 2, 7, ROOTS[6], ""), "wrong_proof_length");
    finding(inclusion(&desk, 7, 7, ROOTS[6], &join(&proof)), "index_beyond_tree");
    inclusion(&desk, 2, 7, "abcd", "").refused("hash_unreadable").names(&["--root", "abcd"]);
    inclusion(&desk, 2, 7, ROOTS[6], "xy").refused("hash_unreadable").names(&["--proof", "xy"]);
    inclusion(&desk, 2, 7, ROOTS[6], &format!("{},", ROOTS[0])).refused("hash_unreadable");
}

#[test]
fn verify_consistency_on_the_reference_tree() {
    let desk = Desk::new();
    for new in 1..=8 {
        for old in 1..=new {
            let proof = join(&subproof(old, 0, new, true));
            let roots = [ROOTS[old - 1], ROOTS[new - 1]];
            let said = consistency(&desk, (old, new), roots, &proof);
            assert_eq!(said.exit, 0, "{old} in {new}: {}", said.err);
        }
    }
    let proof = subproof(3, 0, 7, true);
    let said = consistency(&desk, (3, 7), [ROOTS[3], ROOTS[6]], &join(&proof));
    assert_eq!((said.exit, said.code()), (1, "root_mismatch"), "{}", said.err);
    let said = consistency(&desk, (3, 7), [ROOTS[2], ROOTS[6]], &join(&proof[1..]));
    assert_eq!((said.exit, said.code()), (1, "wrong_proof_length"), "{}", said.err);
    consistency(&desk, (7, 3), [ROOTS[6], ROOTS[2]], "").refused("sizes_reversed");
    consistency(&desk, (0, 3), [ROOTS[6], ROOTS[2]], "").refused("size_zero");
}

#[test]
fn without_a_daemon_the_answer_is_not_known() {
    let mut desk = Desk::new();
    desk.server = Some("http://127.0.0.1:1".into());
    let signer = Signer::new();
    desk.write("pub.pem", signer.public_pem());
    desk.write("vex.json", signer.vex("openssl").to_string());
    for args in [
        &["submit", "vex.json", "--key", "pub.pem"][..],
        &["events", "list"],
        &["events", "tail"],
        &["entries", "list"],
        &["policies", "list"],
        &["triggers", "list"],
        &["queue", "status"],
        &["log", "status"],
        &["log", "verify"],
    ] {
        let said = desk.run(args);
        assert_eq!((said.exit, said.code()), (3, "daemon_unreachable"), "{args:?}: {}", said.err);
        assert_eq!(said.out, "");
        said.names(&["http://127.0.0.1:1", "--server"]);
    }
    desk.server = Some("ftp://example.com".into());
    desk.run(&["events", "list"]).refused("server_invalid");
    desk.write("rekindle.toml", "");
    for args in [&["replay"][..], &["doctor"]] {
        let said = desk.run(&[args, &["--config", "rekindle.toml"]].concat());
        assert_eq!((said.exit, said.code()), (3, "store_missing"), "{}", said.err);
    }
}

#[test]
fn hints_and_scopes_need_no_daemon() {
    let desk = Desk::new();
    desk.write("vex.json", Signer::new().vex("openssl").to_string());
    let hints = desk.run(&["hints", "vex.json"]);
    assert_eq!(hints.lines()[0]["components"], serde_json::json!(["openssl"]), "{}", hints.err);
    let explained = desk.run(&["hints", "vex.json", "--explain", "--format", "text"]);
    assert!(explained.out.contains("CVE-2026-0001") && explained.err.contains("complete"));
    for (scope, result) in [("component:openssl", "yes"), ("component:pyopenssl", "no")] {
        let args = ["scope", "match", "--scope", scope, "--hints", "-"];
        let said = desk.run_with(&args, hints.out.as_bytes());
        assert_eq!((said.exit, &said.lines()[0]["result"]), (0, &result.into()), "{}", said.err);
    }
}

#[test]
fn a_submission_is_verified_from_the_command_line_alone() {
    let mut world = World::start();
    let signer = Signer::new();
    let desk = &world.desk;
    desk.write("pub.pem", signer.public_pem());
    desk.write("vex.json", signer.vex("openssl").to_string());
    let submit = ["submit", "vex.json", "--key", "pub.pem", "--wait", "verified"];
    let put = desk.run(&["policies", "put", "team/tls", "--scope", "component:openssl"]);
    assert_eq!((put.exit, &put.lines()[0]["id"]), (0, &"team/tls".into()), "{}", put.err);

    let said = desk.run(&submit);
    assert_eq!(said.exit, 0, "{}{}", said.out, said.err);
    let entry = said.lines()[0]["entries"][0].clone();
    assert_eq!((&entry["stage"], &entry["logIndex"]), (&"verified".into(), &"0".into()));
    let again = desk.run(&submit);
    assert_eq!(again.lines()[0]["id"], said.lines()[0]["id"]);

    let id = entry["id"].as_str().unwrap();
    let shown = desk.run(&["entries", "show", id]).lines().remove(0);
    assert_eq!(shown["events"].as_array().unwrap().len(), 3);
    let listed = desk.run(&["events", "list", "--entry", id]).lines();
    assert_eq!(shown["events"], serde_json::Value::from(listed.clone()));
    let first = listed[0]["id"].as_str().unwrap();
    assert_eq!(desk.run(&["events", "show", first]).lines()[0], listed[0]);
    let tail = desk.run(&["events", "tail", "--entry", id, "--limit", "3"]);
    assert_eq!((tail.exit, tail.lines()), (0, listed));
    for (flag, value) in
        [("--log-index", "0"), ("--digest", &format!("sha256:{}", "11".repeat(32)))]
    {
        assert_eq!(desk.run(&["entries", "list", flag, value]).lines()[0]["id"], id);
    }
    let log = desk.run(&["log", "verify"]);
    assert_eq!((log.exit, &log.lines()[0]["outcome"]), (0, &"good".into()), "{}", log.err);
    desk.run(&["queue", "requeue", id, "--reason", "test"]).refused("not_now");

    // A reader that goes away ends the command quietly.
    for command in ["list", "tail"] {
        let mut child = desk
            .start(&["events", command, "--server", desk.server.as_deref().unwrap()])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""), "{command}");
    }

    // Readers beside the running daemon and after it: the same digest.
    let replay = ["replay", "--config", "rekindle.toml"];
    let beside = desk.run(&replay);
    assert_eq!(beside.exit, 0, "{}", beside.err);
    assert_eq!(desk.run(&["doctor", "--config", "rekindle.toml"]).exit, 0);
    let second = desk.run(&["serve", "--config", "rekindle.toml"]);
    assert_eq!((second.exit, second.code()), (3, "store_locked"), "{}", second.err);
    let (code, took) = world.daemon.stop();
    assert_eq!(code, Some(0));
    // It takes milliseconds; the rest is for a machine that is busy with other tests.
    assert!(took < Duration::from_secs(3), "an idle daemon took {took:?} to stop");
    assert_eq!(world.desk.run(&replay).lines()[0], beside.lines()[0]);
}

#[test]
fn a_timeout_says_that_the_submission_is_safe() {
    let mut world = World::start();
    let signer = Signer::new();
    world.desk.write("pub.pem", signer.public_pem());
    world.desk.write("vex.json", signer.vex("openssl").to_string());
    assert_eq!(world.log.stop().0, Some(0));
    let submit = ["submit", "vex.json", "--key", "pub.pem", "--wait", "logged"];
    let said = world.desk.run(&[&submit[..], &["--timeout", "300ms"]].concat());
    assert_eq!(said.exit, 3, "{}", said.err);
    let id = said.lines()[0]["id"].as_str().unwrap().to_owned();
    said.names(&["still queued", &id]);
    assert_eq!(world.desk.run(&["log", "verify"]).exit, 3, "an outage is no finding");
}
