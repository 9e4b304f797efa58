//! Checkpoints: an advance that was proven, a divergence that the log's own signatures convict.

use bytes::Bytes;
use rekindle_events::{Body, Event, Facts, facts};
use rekindle_follow::{Evidence, Position};
use rekindle_proof::{Hash, SignedCheckpoint, VerifiedCheckpoint};

use super::entry::sha256_hex;
use super::{DecideError, Inputs, LogInput};

pub(super) fn advanced(previous: Option<&Event>, inputs: &Inputs) -> Result<Facts, DecideError> {
    let log: LogInput = inputs.json("log")?;
    let seen = verified(&log, inputs)?;
    let old = match previous.map(|event| &event.facts().body) {
        None => None,
        Some(Body::CheckpointAdvanced(before)) => {
            let size = u64::from(before.tree_size);
            let root: Hash = before.root_hash.parse().map_err(|_| bad("root of the view"))?;
            let proof: Vec<String> = inputs.json("proof")?;
            let proof: Result<Vec<Hash>, _> = proof.iter().map(|text| text.parse()).collect();
            let proof = proof.map_err(|_| bad("a proof hash is unreadable"))?;
            if seen.size() <= size {
                return Err(DecideError::Rule(format!(
                    "size {} is no advance over {size}",
                    seen.size()
                )));
            }
            // RFC 6962 knows no proof from the empty tree: every tree extends it.
            if size > 0 {
                rekindle_proof::consistency::verify(
                    size,
                    seen.size(),
                    &proof,
                    &root,
                    &seen.root(),
                )?;
            }
            Some((size, root))
        }
        Some(_) => {
            return Err(DecideError::Order {
                kind: "rekor.checkpoint.advanced",
                before: "a divergence: only a named act lifts it".into(),
            });
        }
    };
    Ok(Facts {
        tenant: log.tenant.as_str().into(),
        subject: log.origin.as_str().into(),
        previous: previous.map(Event::id),
        body: Body::CheckpointAdvanced(facts::CheckpointAdvanced {
            origin: log.origin,
            log_id: seen.log().to_string(),
            tree_size: seen.size().into(),
            root_hash: seen.root().to_string(),
            old_size: old.map(|(size, _)| size.into()),
            old_root: old.map(|(_, root)| root.to_string()),
            trust: old.is_none().then(|| "first-use".into()),
            frozen: is_frozen(&seen),
        }),
    })
}

pub(super) fn diverged(previous: Option<&Event>, inputs: &Inputs) -> Result<Facts, DecideError> {
    let log: LogInput = inputs.json("log")?;
    let raw = inputs.get("evidence")?;
    let evidence = Evidence::from_json(raw)
        .map_err(|error| DecideError::BadInput { role: "evidence", why: error.to_string() })?;
    // The facts hold a digest of these bytes: one spelling, so one event for one conviction.
    if evidence.to_json().as_bytes() != raw {
        return Err(DecideError::BadInput { role: "evidence", why: "another spelling".into() });
    }
    let key = log.key()?;
    let conviction =
        evidence.verify_against(&key).map_err(|error| DecideError::Rule(error.to_string()))?;
    let side = |at: Position, note: &SignedCheckpoint| facts::DivergedSide {
        tree_size: at.size.into(),
        root_hash: at.root.to_string(),
        note_digest: sha256_hex(note.note()),
    };
    let [smaller, larger] = evidence.notes();
    Ok(Facts {
        tenant: log.tenant.as_str().into(),
        subject: log.origin.as_str().into(),
        previous: previous.map(Event::id),
        body: Body::CheckpointDiverged(facts::CheckpointDiverged {
            origin: log.origin,
            log_id: key.id().to_string(),
            first: side(conviction.smaller, smaller),
            second: side(conviction.larger, larger),
            // Which part both histories share is worked out when suspects are listed.
            common_size: 0.into(),
            evidence_digest: sha256_hex(raw),
        }),
    })
}

fn verified(log: &LogInput, inputs: &Inputs) -> Result<VerifiedCheckpoint, DecideError> {
    let note: Bytes = inputs.get("note")?.clone();
    Ok(SignedCheckpoint::new(note).verify(&log.key()?)?)
}

fn is_frozen(seen: &VerifiedCheckpoint) -> bool {
    // Rekor's word for a closed shard, an extension line of its last checkpoint.
    seen.checkpoint().extensions.iter().any(|line| line.starts_with("Log frozen"))
}

fn bad(why: &str) -> DecideError {
    DecideError::BadInput { role: "proof", why: why.into() }
}
