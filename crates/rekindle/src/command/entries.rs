//! `entries list|show`.

use rekindle_hints::Digest;
use serde_json::json;

use crate::cli::{Entries, FindEntry};
use crate::client::{Client, segment};
use crate::exit::{Exit, Failure};
use crate::output::{self, Reader};

pub(super) async fn run(client: &Client, args: Entries) -> Result<Exit, Failure> {
    match args {
        Entries::List { find, stage } => {
            let mut after: Option<String> = None;
            loop {
                let mut query = query(&find)?;
                query.extend(stage.clone().map(|stage| ("stage", stage)));
                query.extend(after.clone().map(|after| ("after", after)));
                let page = client.get("/v1/entries", &query).await?;
                let reader = super::print_lines(&page["entries"])?;
                match page["next"].as_str() {
                    Some(next) if reader == Reader::There => after = Some(next.to_owned()),
                    _ => return Ok(Exit::Good),
                }
            }
        }
        Entries::Show { id, find } => show(client, id, &find).await,
    }
}

fn query(find: &FindEntry) -> Result<Vec<(&'static str, String)>, Failure> {
    let mut query = Vec::new();
    if let Some(digest) = &find.digest {
        Digest::parse(digest)
            .map_err(|error| Failure::usage(error.code(), format!("--digest: {error}")))?;
    }
    query.extend(find.digest.clone().map(|digest| ("digest", digest)));
    query.extend(find.uuid.clone().map(|uuid| ("uuid", uuid)));
    query.extend(find.log_index.map(|index| ("logIndex", index.to_string())));
    Ok(query)
}

async fn show(client: &Client, id: Option<String>, find: &FindEntry) -> Result<Exit, Failure> {
    let entries = match id {
        Some(id) => {
            vec![client.get(&format!("/v1/entries/{}", segment("entry", &id)?), &[]).await?]
        }
        None => {
            let query = query(find)?;
            if query.is_empty() {
                let text = "name an entry id, --digest, --uuid or --log-index";
                return Err(Failure::usage("entry_unnamed", text));
            }
            let page = client.get("/v1/entries", &query).await?;
            page["entries"].as_array().cloned().unwrap_or_default()
        }
    };
    if entries.is_empty() {
        return Err(Failure::usage(
            "not_found",
            "no entry matches; `rekindle entries list` shows those that there are",
        ));
    }
    for mut entry in entries {
        let id = entry["id"].as_str().unwrap_or_default().to_owned();
        let history =
            client.get(&format!("/v1/entries/{}/events", segment("entry", &id)?), &[]).await?;
        entry["events"] = json!(history["events"]);
        output::line(entry)?;
    }
    Ok(Exit::Good)
}
