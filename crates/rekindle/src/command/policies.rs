//! `policies put|list|delete|import`.

use reqwest::Method;
use serde_json::json;

use crate::cli::Policies;
use crate::client::{Client, segment};
use crate::exit::{Exit, Failure};
use crate::{input, output};

pub(super) async fn run(client: &Client, args: Policies) -> Result<Exit, Failure> {
    match args {
        Policies::Put { id, scope, on, on_scoped } => {
            let parsed: Result<rekindle_scope::Scope, _> = scope.parse();
            parsed.map_err(|error| Failure::usage(error.code(), format!("--scope: {error}")))?;
            let mut body = json!({"id": id, "scope": scope});
            if !on.is_empty() {
                body["on"] = json!(on);
            }
            if let Some(on_scoped) = on_scoped {
                body["onScoped"] = json!(on_scoped);
            }
            let path = format!("/v1/policies/{}", segment("policy", &id)?);
            let request = client.request(Method::PUT, &path).json(&body);
            output::line(client.json(request).await?)?;
        }
        Policies::List => {
            super::print_lines(&client.get("/v1/policies", &[]).await?["policies"])?;
        }
        Policies::Delete { id } => {
            let path = format!("/v1/policies/{}", segment("policy", &id)?);
            client.send(client.request(Method::DELETE, &path)).await?;
            output::note(format_args!("deleted policy {id}"));
        }
        Policies::Import { file } => {
            let body = input::read(&file, input::MAX_FILE)?;
            let request = client.request(Method::POST, "/v1/policies/bulk").body(body);
            let answer = client.json(request).await.map_err(|failure| failure.at(&file))?;
            output::line(answer)?;
        }
    }
    Ok(Exit::Good)
}
