//! `triggers list|ack`.

use reqwest::Method;
use serde_json::json;

use crate::cli::Triggers;
use crate::client::Client;
use crate::exit::{Exit, Failure};
use crate::output::{self, Reader};

pub(super) async fn run(client: &Client, args: Triggers) -> Result<Exit, Failure> {
    match args {
        Triggers::List { mut after, open } => loop {
            let query = [("after", after.to_string()), ("open", open.to_string())];
            let page = client.get("/v1/triggers", &query).await?;
            let reader = super::print_lines(&page["triggers"])?;
            match page["next"].as_u64() {
                Some(next) if reader == Reader::There => after = next,
                _ => return Ok(Exit::Good),
            }
        },
        Triggers::Suppressed => {
            let found = client.get("/v1/triggers/suppressed", &[]).await?;
            super::print_lines(&found["suppressed"])?;
            Ok(Exit::Good)
        }
        Triggers::Ack { through } => {
            let request = client.request(Method::POST, "/v1/triggers/ack");
            client.send(request.json(&json!({"through": through}))).await?;
            output::note(format_args!("acknowledged through trigger {through}"));
            Ok(Exit::Good)
        }
    }
}
