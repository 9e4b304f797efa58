//! One case of every event kind, from real signed inputs.

use bytes::Bytes;
use rekindle_attestation::body::hashedrekord_v002::from_attestation;
use rekindle_attestation::{Attestation, Envelope, Limits};
use rekindle_events::{Event, Kind};
use rekindle_follow::{Evidence, SplitHashes};
use rekindle_hints::Hints;
use rekindle_rekor::{RawAnswer, wire::v2::ErrorBody};
use rekindle_syncd::decide::{
    AdminInput, Binding, EntryAct, Failure, Inputs, PolicyInput, ViewInput, decide, verifier_bytes,
};

use super::log::TestLog;
use super::{Signer, openvex};

/// What an event is decided from.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) previous: Option<Event>,
    pub(crate) inputs: Inputs,
}

impl Case {
    pub(crate) fn event(&self) -> Event {
        decide(self.kind, self.previous.as_ref(), &self.inputs)
            .unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

pub(crate) fn json(value: &impl serde::Serialize) -> Bytes {
    serde_json::to_vec(value).unwrap().into()
}

/// The inputs of `queued`, and the leaf that the log will hold.
pub(crate) fn queued_inputs(log: &TestLog) -> (Inputs, Bytes) {
    let signer = Signer::new();
    let envelope = signer.sign(&openvex("CVE-2026-0001", "pkg:deb/debian/openssl@3.0.1"));
    let raw = Bytes::from(envelope.to_string());
    let parsed = Envelope::parse(raw.clone(), &Limits::default()).unwrap();
    let attestation = Attestation::new(parsed, signer.verifier()).unwrap();
    let leaf = from_attestation(&attestation).unwrap().leaf();
    let act = EntryAct { scope: None, urgency: "soon".into() };
    let inputs = Inputs::default()
        .with("attestation", raw)
        .with("verifier", verifier_bytes(&signer.verifier()))
        .with("hints", Hints::unknown("").canonical())
        .with("log", log.input().to_bytes())
        .with("act", act.to_bytes());
    (inputs, leaf)
}

pub(crate) fn followed(log: &TestLog, from: u64, to: u64) -> ViewInput {
    ViewInput {
        view: "followed".into(),
        size: Some(to.to_string()),
        root: Some(log.root(to).to_string()),
        proof: if from == to { Vec::new() } else { log.proof(from, to) },
    }
}

pub(crate) fn refusal() -> RawAnswer {
    RawAnswer {
        status: 400,
        log_index: None,
        retry_after: None,
        body: ErrorBody::new(3, "no").to_json().into(),
    }
}

/// All kinds; our leaf stands at 3 in a log of 9 leaves.
pub(crate) fn all() -> (TestLog, Vec<Case>) {
    let strangers = TestLog::of(9, u64::MAX);
    let (inputs, leaf) = queued_inputs(&strangers);
    let mut leaves = strangers.leaves.clone();
    leaves[3] = leaf.clone();
    let log = TestLog::new(leaves.clone());
    let mut cases = Vec::new();
    let mut add = |name, kind, previous: Option<&Event>, inputs: Inputs| {
        let case = Case { name, kind, previous: previous.cloned(), inputs };
        let event = case.event();
        cases.push(case);
        event
    };
    let queued = add("queued", Kind::EntryQueued, None, inputs.clone());
    let receipt = Inputs::default()
        .with("leaf", leaf)
        .with("receipt", log.receipt_bytes(3, 6))
        .with("log", log.input().to_bytes());
    let logged = add("logged", Kind::EntryLogged, Some(&queued), receipt.clone());
    let verified = Kind::InclusionVerified;
    let only = receipt.clone().with("view", ViewInput::receipt_only().to_bytes());
    add("receipt-only", verified, Some(&logged), only);
    let seen = receipt.with("view", followed(&log, 6, 9).to_bytes());
    add("followed", verified, Some(&logged), seen);
    let rejected = Inputs::default()
        .with("failure", Failure::Rejected.to_bytes())
        .with("answer", refusal().to_bytes());
    let failed = add("rejected", Kind::EntryFailed, Some(&queued), rejected);
    let at = std::time::UNIX_EPOCH;
    let late = Failure::deadline(at, at + std::time::Duration::from_secs(1));
    let late = Inputs::default().with("failure", late.to_bytes());
    add("late", Kind::EntryFailed, Some(&queued), late);
    add("requeued", Kind::EntryQueued, Some(&failed), inputs);

    let path = log.path(5, 9).iter().map(ToString::to_string).collect();
    let observed = Inputs::default()
        .with("leaf", leaves[5].clone())
        .with("note", log.note(9).note().clone())
        .with("log", log.input().to_bytes())
        .with("binding", Binding { index: "5".into(), path }.to_bytes());
    add("observed", Kind::EntryObserved, None, observed);

    let advanced = |size, proof: Vec<String>| {
        Inputs::default()
            .with("note", log.note(size).note().clone())
            .with("log", log.input().to_bytes())
            .with("proof", json(&proof))
    };
    let first = add("first", Kind::CheckpointAdvanced, None, advanced(4, vec![]));
    let next = advanced(9, log.proof(4, 9));
    let next = add("advanced", Kind::CheckpointAdvanced, Some(&first), next);
    let other = TestLog::of(9, 2);
    let split = SplitHashes::from_tiles(6, 9, &log.tiles).unwrap();
    let evidence = Evidence::new(&log.at(9), &other.at(6), Some(split)).unwrap();
    let diverged =
        Inputs::default().with("log", log.input().to_bytes()).with("evidence", evidence.to_json());
    add("diverged", Kind::CheckpointDiverged, Some(&next), diverged);

    let policies = PolicyInput {
        tenant: "default".into(),
        change: "put".into(),
        policies: vec![("team".into(), 1, Some("{}".into()))],
    };
    let changed = Inputs::default().with("policies", policies.to_bytes());
    add("policy", Kind::PolicyChanged, None, changed);
    let act = AdminInput {
        tenant: "default".into(),
        act: "requeue".into(),
        target: "ent-1".into(),
        actor: "ana".into(),
        reason: "again".into(),
    };
    add("act", Kind::AdminActed, None, Inputs::default().with("act", act.to_bytes()));
    (log, cases)
}
