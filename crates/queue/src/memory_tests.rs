//! The store in memory keeps every promise of a job store.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::conformance::{self, Subject};
use crate::memory::MemoryStore;
use crate::{Clock, JobStore, ManualClock, NewJob, Settlement};
use async_trait::async_trait;

struct Memory {
    clock: Arc<ManualClock>,
    store: MemoryStore,
}

impl Memory {
    fn fresh() -> Memory {
        let clock =
            Arc::new(ManualClock::new(SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 30)));
        Memory { store: MemoryStore::new(clock.clone()), clock }
    }
}

#[async_trait]
impl Subject for Memory {
    type Store = MemoryStore;

    fn store(&self) -> &MemoryStore {
        &self.store
    }

    fn now(&self) -> SystemTime {
        self.clock.now()
    }

    async fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    async fn ask(&self, job: NewJob) {
        self.store.ask(job);
    }

    fn effects(&self, jobs: Vec<NewJob>) -> Vec<NewJob> {
        jobs
    }

    async fn states(&self, kind: &str) -> Vec<String> {
        let statuses = self.store.statuses(kind).into_iter();
        let open = statuses.filter(|(_, status)| status.state != crate::State::Done);
        open.map(|(_, status)| status.state.as_str().to_owned()).collect()
    }
}

#[tokio::test]
async fn conforms() {
    conformance::all(|| async { Memory::fresh() }).await;
}

#[tokio::test]
async fn the_dead_are_revived() {
    let memory = Memory::fresh();
    let job = NewJob {
        kind: "a".into(),
        key: "k".into(),
        payload: "".into(),
        run_at: memory.now(),
        priority: 0,
        deadline: None,
    };
    let id = memory.store.ask(job);
    assert!(!memory.store.revive(id));
    let claimed = memory.store.claim(&["a"], 1, Duration::from_secs(1)).await.unwrap().remove(0);
    let dead = Settlement::Dead { code: "rejected" };
    let _ = memory.store.settle(claimed.lease, dead, vec![]).await.unwrap();
    assert!(memory.store.revive(id));
    assert_eq!(memory.states("a").await, ["ready"]);
}
