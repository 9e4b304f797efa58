//! Somebody else who uses the same log, with a client of their own.

use rekindle_proof::{Hash, SignedCheckpoint, VerifiedCheckpoint};
use rekindle_rekor::{Answer, Client, Options};
use rekindle_syncd::LogOptions;

use crate::sign::{Signed, Signer, documents};

/// A client of the log that knows nothing of the daemon.
pub struct Stranger {
    /// Its client.
    pub client: Client,
    log: LogOptions,
    signer: Signer,
}

impl Stranger {
    /// A stranger to that log.
    ///
    /// # Panics
    /// When the log's addresses are no URLs.
    #[must_use]
    pub fn new(log: &LogOptions) -> Stranger {
        let options = Options::new(log.write_url.clone(), log.read_url.clone(), log.key.clone());
        let client = Client::new(options).expect("addresses of a running log");
        Stranger { client, log: log.clone(), signer: Signer::p384() }
    }

    /// Posts an attestation; it must be logged. Returns index and leaf hash.
    ///
    /// # Panics
    /// When the log does not take it.
    pub async fn post(&self, signed: &Signed) -> (u64, Hash) {
        let prepared = signed.prepared();
        let (_, answer) = self.client.post(&prepared).await;
        let Answer::Logged(receipt) = answer else { panic!("not logged: {answer:?}") };
        (receipt.index, prepared.leaf_hash)
    }

    /// Posts that many fresh attestations at once, in no order. Returns index and leaf hash of
    /// each, sorted.
    pub async fn post_many(&self, numbers: std::ops::Range<u64>) -> Vec<(u64, Hash)> {
        let posts = numbers.map(|number| {
            let signed = self.signer.sign(&documents::numbered(number));
            async move { self.post(&signed).await }
        });
        let mut places = futures::future::join_all(posts).await;
        places.sort_unstable();
        places
    }

    /// What the log shows now, verified.
    ///
    /// # Panics
    /// When it cannot be read or is not the log's.
    pub async fn checkpoint(&self) -> VerifiedCheckpoint {
        let note: SignedCheckpoint = self.client.checkpoint().await.expect("a checkpoint");
        note.verify(&self.log.key).expect("signed by the log")
    }
}
