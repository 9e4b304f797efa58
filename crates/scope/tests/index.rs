//! The index against brute force, and against an oracle that knows nothing of its code.

mod support;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use rekindle_hints::{Coverage, Family, Hints};
use rekindle_scope::{Dimension, Index, Match, OnScoped, Policy, PolicyId, Scope, Wake, explain};
use support::{VERIFIED, hints, scope};

const COMPONENTS: &[&str] =
    &["openssl", "pyopenssl", "openssl-sys", "openssl-libs", "log4j", "core"];
const PURLS: &[&str] = &[
    "pkg:deb/debian/openssl@3.0.11-1?arch=amd64",
    "pkg:deb/debian/openssl",
    "pkg:deb/debian/zlib@1",
    "pkg:npm/%40angular/core@1.0.0",
    "pkg:npm/%40angular/core",
    "pkg:npm/core@1.0.0",
    "pkg:golang/github.com/Acme/tool@v1",
    "pkg:pypi/pyopenssl@1",
];
const VULNS: &[&str] = &["CVE-2026-0001", "CVE-2026-0002", "GHSA-2rfc-f4gh-j5mm"];
const STATUSES: &[&str] = &["affected", "fixed", "not_affected", "unknown"];
const KINDS: &[&str] =
    &[VERIFIED, "rekor.entry.suspect", "rekor.entry.queued", "rekor.entry.failed"];

fn digest(digit: usize) -> String {
    format!("sha256:{}", digit.to_string().repeat(64))
}

fn values(dimension: Dimension) -> Vec<String> {
    let own = |list: &[&str]| list.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
    match dimension {
        Dimension::Component => {
            let mut all = own(COMPONENTS);
            all.extend(own(&[
                "openssl*",
                "*",
                "@angular/*",
                "@angular/core",
                "debian/open*",
                "github.com/acme/tool",
            ]));
            all
        }
        Dimension::Purl => {
            let mut all = own(PURLS);
            all.extend(own(&[
                "pkg:npm/%40angular/*",
                "pkg:npm/*",
                "pkg:deb/debian/openssl@2",
                "pkg:npm/%40angular/core@2",
            ]));
            all
        }
        Dimension::Vuln => own(VULNS),
        Dimension::Digest => (0..4).map(digest).collect(),
        Dimension::Predicate => {
            own(&["vex", "sbom", "https://openvex.dev/ns/v0.2.0", "https://example.com/x"])
        }
        Dimension::Status => own(STATUSES),
    }
}

fn scopes() -> impl Strategy<Value = Scope> {
    let clause = |dimension: Dimension| {
        let all = values(dimension);
        let most = all.len().min(3);
        subsequence(all, 1..=most).prop_map(move |values| {
            values.iter().map(|value| format!("{dimension}:{value}")).collect::<Vec<_>>().join(",")
        })
    };
    let clauses = subsequence(Dimension::ALL.to_vec(), 1..=3).prop_flat_map(move |dimensions| {
        dimensions
            .into_iter()
            .map(clause)
            .collect::<Vec<_>>()
            .prop_map(|clauses| scope(&clauses.join(";")))
    });
    prop_oneof![1 => Just(Scope::everything()), 1 => Just(Scope::nothing()), 18 => clauses]
}

fn policies() -> impl Strategy<Value = Vec<Policy>> {
    let policy = (
        0..40_u32,
        scopes(),
        subsequence(vec!["rekor.entry.queued", "rekor.entry.failed"], 0..=2),
        select(vec![OnScoped::Narrow, OnScoped::Skip, OnScoped::Full]),
    );
    let policy = policy.prop_map(|(id, scope, on, on_scoped)| {
        let mut policy =
            Policy::new(PolicyId::new(&format!("p{id}")).unwrap(), scope).with_on(on).unwrap();
        policy.on_scoped = on_scoped;
        policy
    });
    prop::collection::vec(policy, 0..30)
}

fn any_hints() -> impl Strategy<Value = Hints> {
    let coverage = || {
        select(vec![Coverage::Complete, Coverage::Complete, Coverage::Partial, Coverage::Unknown])
    };
    let some = |list: &'static [&'static str]| subsequence(list, 0..=list.len().min(4));
    (
        (
            some(COMPONENTS),
            some(PURLS),
            some(VULNS),
            some(STATUSES),
            subsequence(vec![0_usize, 1, 2, 3], 0..=2),
        ),
        (
            coverage(),
            coverage(),
            coverage(),
            select(vec![Family::Vex, Family::Sbom, Family::Other]),
        ),
    )
        .prop_map(
            |(
                (components, purls, vulns, statuses, digests),
                (vulnerability, product, digest_coverage, family),
            )| {
                let digests: Vec<String> = digests.into_iter().map(digest).collect();
                let words: Vec<&str> = [components, purls, vulns, statuses].concat();
                let mut hints = hints(&format!("{} {}", words.join(" "), digests.join(" ")));
                hints.coverage.vulnerability = vulnerability;
                hints.coverage.product = product;
                hints.coverage.digest = digest_coverage;
                hints.predicate.family = family;
                hints
            },
        )
}

fn brute_force(index: &Index, kind: &str, hints: &Hints, within: Option<&Scope>) -> Vec<Wake> {
    index.policies().filter_map(|policy| explain(policy, kind, hints, within).wake).collect()
}

/// A second opinion without the crate's matching: may this scope be excluded by a complete dimension that holds
/// nothing of what it asks for? Only plain names and ids, so that it stays obvious.
fn certainly_excluded(scope: &Scope, hints: &Hints) -> bool {
    let lacks = |dimension: Dimension, held: &dyn Fn(&str) -> bool| {
        let mut atoms = scope.atoms().filter(|atom| atom.dimension == dimension).peekable();
        atoms.peek().is_some() && !atoms.any(|atom| held(&atom.value))
    };
    let complete = |coverage: Coverage| coverage == Coverage::Complete;
    scope.is_nothing()
        || (complete(hints.coverage.vulnerability)
            && lacks(Dimension::Vuln, &|id| {
                hints.vulnerabilities.iter().any(|held| held.as_str() == id)
            }))
        || (complete(hints.coverage.digest)
            && lacks(Dimension::Digest, &|id| {
                hints.artifacts.iter().any(|held| held.as_str() == id)
            }))
        || (complete(hints.coverage.product)
            && hints.products.is_empty()
            && lacks(Dimension::Component, &|name| {
                name.ends_with('*') || hints.components.iter().any(|held| held.as_str() == name)
            }))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn index_equals_brute_force(
        policies in policies(),
        gone in prop::collection::vec(0..40_u32, 0..6),
        hints in any_hints(),
        within in prop::option::of(scopes()),
        kind in select(KINDS),
    ) {
        let mut index = Index::new();
        for policy in policies {
            index.insert(policy);
        }
        for id in gone {
            index.remove(&PolicyId::new(&format!("p{id}")).unwrap());
        }
        let woken = index.wake(kind, &hints, within.as_ref());
        prop_assert_eq!(&woken, &brute_force(&index, kind, &hints, within.as_ref()));
        prop_assert!(woken.is_sorted_by_key(|wake| wake.policy.as_str().to_owned()));
        // A scope only takes away.
        let free = index.wake(kind, &hints, None);
        prop_assert!(woken.iter().all(|wake| free.iter().any(|other| other.policy == wake.policy)));
        prop_assert!(woken.iter().all(|wake| wake.result != Match::No && wake.atoms.is_sorted()));
    }

    #[test]
    fn incomplete_dimensions_never_exclude(scope in scopes(), hints in any_hints()) {
        let verdict = scope.matches(&hints);
        prop_assert!(!(certainly_excluded(&scope, &hints) && verdict.result.wakes()), "{}", scope);
        let mut open = hints.clone();
        open.coverage.vulnerability = Coverage::Unknown;
        open.coverage.product = Coverage::Partial;
        open.coverage.digest = Coverage::Unknown;
        let predicate = scope.atoms().filter(|atom| atom.dimension == Dimension::Predicate);
        let names: Vec<String> = predicate.map(|atom| atom.to_string()).collect();
        let by_predicate = names.is_empty() || support::scope(&names.join(",")).matches(&open).result.wakes();
        prop_assert_eq!(scope.matches(&open).result.wakes(), by_predicate && !scope.is_nothing());
        // Less known never turns a wake into a sleep.
        prop_assert!(!verdict.result.wakes() || scope.matches(&open).result.wakes());
    }
}

#[test]
fn replacing_and_removing() {
    let id = PolicyId::new("p").unwrap();
    let mut index = Index::new();
    index.insert(Policy::new(id.clone(), scope("component:openssl")));
    index.insert(Policy { revision: 2, ..Policy::new(id.clone(), scope("component:zlib")) });
    assert_eq!((index.len(), index.get(&id).unwrap().revision), (1, 2));
    assert!(index.wake(VERIFIED, &hints("openssl"), None).is_empty());
    assert_eq!(index.wake(VERIFIED, &hints("zlib"), None)[0].revision, 2);
    assert!(index.remove(&id).is_some() && index.remove(&id).is_none() && index.is_empty());
    assert!(index.wake(VERIFIED, &hints("zlib"), None).is_empty());
}

#[test]
fn order_is_bytewise_by_id() {
    let mut index = Index::new();
    for id in ["b", "a10", "a2", "B", "a"] {
        index.insert(Policy::new(PolicyId::new(id).unwrap(), Scope::everything()));
    }
    let ids: Vec<String> =
        index.wake(VERIFIED, &hints(""), None).iter().map(|wake| wake.policy.to_string()).collect();
    assert_eq!(ids, ["B", "a", "a10", "a2", "b"]);
}
