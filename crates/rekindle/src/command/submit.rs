//! `submit`: reads, checks locally, hands over, waits if asked.

use std::time::{Duration, Instant};

use rekindle_attestation::{AttestationError, Envelope, Limits, Verifier, read_bundle};
use reqwest::Method;
use serde_json::{Value, json};

use crate::cli::{Submit, Wait};
use crate::client::Client;
use crate::exit::{Exit, Failure};
use crate::{config, input};

/// Pause between two looks at a submission that is waited for.
const LOOK: Duration = Duration::from_millis(100);
/// Raw bytes that a document within the limit can have.
const MAX_RAW: u64 = 26 * 1024 * 1024;

/// One attestation of a file.
struct Document {
    place: String,
    body: Vec<u8>,
    media: &'static str,
}

pub(super) async fn run(client: &Client, args: Submit) -> Result<Exit, Failure> {
    let timeout = config::duration(&args.timeout)?;
    if let Some(deadline) = &args.deadline {
        config::duration(deadline)?;
    }
    let verifier = verifier(&args)?;
    let mut documents = Vec::new();
    for file in &args.files {
        documents.extend(read(file, verifier.as_ref(), &args)?);
    }
    let mut exit = Exit::Good;
    let mut waiting = Vec::new();
    for document in documents {
        let answer = post(client, &document, &args).await?;
        if args.wait == Wait::Queued {
            println!("{answer}");
        } else {
            waiting.push(answer);
        }
    }
    let until = Instant::now() + timeout;
    for answer in waiting {
        exit = worst(exit, wait(client, &answer, args.wait, until).await?);
    }
    Ok(exit)
}

fn worst(a: Exit, b: Exit) -> Exit {
    if a as u8 == 0 || b as u8 == 1 { b } else { a }
}

/// The PEM and whether it is a certificate, checked before anything is sent.
fn verifier(args: &Submit) -> Result<Option<(&'static str, String)>, Failure> {
    let (field, path) = match (&args.key, &args.certificate) {
        (Some(path), _) => ("publicKey", path),
        (None, Some(path)) => ("certificate", path),
        (None, None) => return Ok(None),
    };
    let pem = input::read(path, 64 * 1024)?;
    let parsed = Verifier::from_pem(&pem).map_err(|error| bad(path, &error))?;
    let is_certificate = matches!(parsed, Verifier::Certificate(_));
    if is_certificate != (field == "certificate") {
        let found = if is_certificate { "certificate" } else { "public key" };
        let text =
            format!("{path}: holds a {found}: use --key for keys, --certificate for certificates");
        return Err(Failure::usage("key_unreadable", text));
    }
    Ok(Some((field, String::from_utf8_lossy(&pem).into_owned())))
}

fn read(
    file: &str,
    verifier: Option<&(&'static str, String)>,
    args: &Submit,
) -> Result<Vec<Document>, Failure> {
    let is_lines = file.ends_with(".jsonl");
    let max = if is_lines { u64::MAX - 1 } else { MAX_RAW };
    let bytes = input::read(file, max)?;
    if !is_lines {
        return Ok(vec![document(file.to_owned(), bytes, verifier, args)?]);
    }
    let mut documents = Vec::new();
    for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if !line.trim_ascii().is_empty() {
            let place = format!("{file}:{}", number + 1);
            documents.push(document(place, line.to_vec(), verifier, args)?);
        }
    }
    Ok(documents)
}

fn document(
    place: String,
    bytes: Vec<u8>,
    verifier: Option<&(&'static str, String)>,
    args: &Submit,
) -> Result<Document, Failure> {
    let limits = Limits::default();
    let is_bundle = serde_json::from_slice::<Value>(&bytes)
        .is_ok_and(|value| value.get("mediaType").is_some() && value.get("dsseEnvelope").is_some());
    let envelope = if is_bundle {
        let parts = read_bundle(&bytes, &limits).map_err(|error| bad(&place, &error))?;
        if verifier.is_none() && parts.verifier.is_some() {
            let media = "application/vnd.dev.sigstore.bundle.v0.3+json";
            return Ok(Document { place, body: bytes, media });
        }
        parts.envelope
    } else {
        Envelope::parse(bytes.into(), &limits).map_err(|error| bad(&place, &error))?
    };
    let Some((field, pem)) = verifier else {
        let media = "application/vnd.dsse.envelope.v1+json";
        return Ok(Document { place, body: envelope.raw.to_vec(), media });
    };
    let mut head = json!({"verifier": {*field: pem}, "logs": args.logs});
    for (name, value) in
        [("scope", &args.scope), ("urgency", &args.urgency), ("deadline", &args.deadline)]
    {
        if let Some(value) = value {
            head[name] = json!(value);
        }
    }
    // The envelope's own bytes go in untouched: it was parsed as one JSON value just above.
    let head = head.to_string();
    let mut body = head.as_bytes()[..head.len() - 1].to_vec();
    body.extend_from_slice(b",\"envelope\":");
    body.extend_from_slice(&envelope.raw);
    body.push(b'}');
    Ok(Document { place, body, media: "application/json" })
}

fn bad(place: &str, error: &AttestationError) -> Failure {
    Failure::usage(error.code(), format!("{place}: {error}"))
}

async fn post(client: &Client, document: &Document, args: &Submit) -> Result<Value, Failure> {
    let mut request = client
        .request(Method::POST, "/v1/submissions")
        .header("content-type", document.media)
        .body(document.body.clone());
    if document.media != "application/json" {
        let mut query = Vec::new();
        if !args.logs.is_empty() {
            query.push(("log", args.logs.join(",")));
        }
        let fields =
            [("scope", &args.scope), ("urgency", &args.urgency), ("deadline", &args.deadline)];
        query.extend(fields.into_iter().filter_map(|(k, v)| v.clone().map(|v| (k, v))));
        request = request.query(&query);
    }
    client.json(request).await.map_err(|failure| Failure {
        text: format!("{}: {}", document.place, failure.text),
        ..failure
    })
}

async fn wait(
    client: &Client,
    submitted: &Value,
    wanted: Wait,
    until: Instant,
) -> Result<Exit, Failure> {
    let id = submitted["id"].as_str().unwrap_or_default().to_owned();
    loop {
        let now = client.get(&format!("/v1/submissions/{id}"), &[]).await?;
        let entries = now["entries"].as_array().cloned().unwrap_or_default();
        let stage = |entry: &Value| entry["stage"].as_str().unwrap_or_default().to_owned();
        let failed: Vec<_> = entries.iter().filter(|entry| stage(entry) == "failed").collect();
        let reached = |entry: &Value| match stage(entry).as_str() {
            "failed" | "verified" => true,
            "logged" => wanted <= Wait::Logged,
            _ => false,
        };
        if entries.iter().all(reached) {
            println!("{now}");
            let deadline = |entry: &&Value| entry["failure"] == "deadline";
            return Ok(match failed.iter().any(|entry| !deadline(entry)) {
                true => Exit::Finding,
                false if failed.is_empty() => Exit::Good,
                false => Exit::Unknown,
            });
        }
        if Instant::now() >= until {
            println!("{now}");
            let stages: Vec<_> = entries.iter().map(stage).collect();
            eprintln!(
                "still {}: {id} is safe in the queue; look again with `rekindle entries list`",
                stages.join(", ")
            );
            return Ok(Exit::Unknown);
        }
        tokio::time::sleep(LOOK).await;
    }
}
