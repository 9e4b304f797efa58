//! `queue status|list|requeue`.

use reqwest::Method;
use serde_json::json;

use crate::cli::Queue;
use crate::client::{Client, segment};
use crate::exit::{Exit, Failure};
use crate::output;

pub(super) async fn run(client: &Client, args: Queue) -> Result<Exit, Failure> {
    match args {
        Queue::Status => {
            output::line(client.get("/v1/queue", &[]).await?)?;
        }
        Queue::List { state, kind } => {
            let mut query = vec![("limit", "1000".to_owned())];
            query.extend(state.map(|state| ("state", state)));
            query.extend(kind.map(|kind| ("kind", kind)));
            super::print_lines(&client.get("/v1/queue/jobs", &query).await?["jobs"])?;
        }
        Queue::Requeue { entry, reason, actor } => {
            let path = format!("/v1/entries/{}/requeue", segment("entry", &entry)?);
            let request = client.request(Method::POST, &path);
            let body = json!({"actor": actor, "reason": reason});
            output::line(client.json(request.json(&body)).await?)?;
        }
    }
    Ok(Exit::Good)
}
