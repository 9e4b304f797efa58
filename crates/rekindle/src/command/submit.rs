//! `submit`: reads, checks locally, hands over, waits if asked.

use std::time::{Duration, Instant};

use rekindle_attestation::{
    Attestation, AttestationError, Envelope, Limits, Verifier, read_bundle,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::cli::{Submit, Wait};
use crate::client::Client;
use crate::exit::{Exit, Failure};
use crate::{config, input, output};

/// Pause between two looks at a submission that is waited for.
const LOOK: Duration = Duration::from_millis(100);
/// Raw bytes that a document within the limit can have.
const MAX_RAW: u64 = 26 * 1024 * 1024;
/// All lines of a .jsonl together: they are checked before the first is sent, so they are in memory.
const MAX_LINES: u64 = 256 * 1024 * 1024;
/// PEM of a key, or of a certificate with its chain.
const MAX_PEM: u64 = 64 * 1024;

/// The verifier named on the command line.
struct Given {
    field: &'static str,
    pem: String,
    parsed: Verifier,
}

/// One attestation of a file.
struct Document {
    place: String,
    body: Vec<u8>,
    media: &'static str,
}

pub(super) async fn run(client: &Client, args: Submit) -> Result<Exit, Failure> {
    let timeout = config::duration(&args.timeout).map_err(|failure| failure.at("--timeout"))?;
    if let Some(deadline) = &args.deadline {
        config::duration(deadline).map_err(|failure| failure.at("--deadline"))?;
    }
    if let Some(scope) = &args.scope {
        let parsed: Result<rekindle_scope::Scope, _> = scope.parse();
        parsed.map_err(|error| Failure::usage(error.code(), format!("--scope: {error}")))?;
    }
    let verifier = verifier(&args)?;
    // All are read and checked before the first one is sent: a bad line sends nothing.
    let mut documents = Vec::new();
    for file in &args.files {
        documents.extend(read(file, verifier.as_ref(), &args)?);
    }
    if documents.is_empty() {
        let text = format!("{}: no attestation in there", args.files.join(", "));
        return Err(Failure::usage("no_document", text));
    }
    let total = documents.len();
    let (mut exit, mut sent, mut refused) = (Exit::Good, Vec::new(), None);
    for document in documents {
        let place = document.place.clone();
        match post(client, document, &args).await {
            Ok(answer) => {
                if args.wait == Wait::Queued {
                    output::line(&answer)?;
                }
                sent.push((place, answer));
            }
            Err(failure) => {
                refused = Some(failure);
                break;
            }
        }
    }
    if let Some(failure) = &refused
        && total > 1
    {
        tell_sent(&sent, total, failure);
    }
    if args.wait != Wait::Queued {
        let until = Instant::now().checked_add(timeout);
        for (place, answer) in &sent {
            let id = answer["id"].as_str().unwrap_or_default();
            let looked = wait(client, answer, args.wait, until).await;
            exit = worst(exit, looked.map_err(|f| f.at(&format!("{place}: {id} is queued")))?);
        }
    }
    refused.map_or(Ok(exit), Err)
}

/// What was handed over before one was not, so that nobody has to guess what to send again.
fn tell_sent(sent: &[(String, Value)], total: usize, failure: &Failure) {
    for (place, answer) in sent {
        output::note(format_args!("sent: {place}: {}", answer["id"].as_str().unwrap_or_default()));
    }
    output::note(format_args!(
        "stopped at [{}]: {} of {total} were handed over and stay so, the rest was not sent; \
         sending them all again is safe, known ones keep their id",
        failure.code,
        sent.len()
    ));
}

fn worst(a: Exit, b: Exit) -> Exit {
    if a as u8 == 0 || b as u8 == 1 { b } else { a }
}

/// The PEM and whether it is a certificate, checked before anything is sent.
fn verifier(args: &Submit) -> Result<Option<Given>, Failure> {
    let (field, path) = match (&args.key, &args.certificate) {
        (Some(path), _) => ("publicKey", path),
        (None, Some(path)) => ("certificate", path),
        (None, None) => return Ok(None),
    };
    let pem = input::read(path, MAX_PEM)?;
    let parsed = Verifier::from_pem(&pem).map_err(|error| bad(path, &error))?;
    let is_certificate = matches!(parsed, Verifier::Certificate(_));
    if is_certificate != (field == "certificate") {
        let found = if is_certificate { "certificate" } else { "public key" };
        let text =
            format!("{path}: holds a {found}: use --key for keys, --certificate for certificates");
        return Err(Failure::usage("key_unreadable", text));
    }
    Ok(Some(Given { field, pem: String::from_utf8_lossy(&pem).into_owned(), parsed }))
}

fn read(file: &str, verifier: Option<&Given>, args: &Submit) -> Result<Vec<Document>, Failure> {
    let may_be_lines = file == "-" || file.ends_with(".jsonl");
    let bytes = input::read(file, if may_be_lines { MAX_LINES } else { MAX_RAW })?;
    if !may_be_lines || (file == "-" && !is_lines(&bytes)) {
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

/// Standard input has no name to go by: several lines, the first of which is JSON by itself.
fn is_lines(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|byte| *byte == b'\n').filter(|l| !l.trim_ascii().is_empty());
    let first = lines.next().unwrap_or_default();
    lines.next().is_some() && serde_json::from_slice::<serde::de::IgnoredAny>(first).is_ok()
}

fn document(
    place: String,
    bytes: Vec<u8>,
    verifier: Option<&Given>,
    args: &Submit,
) -> Result<Document, Failure> {
    let limits = Limits::default();
    let is_bundle = serde_json::from_slice::<Value>(&bytes)
        .is_ok_and(|value| value.get("mediaType").is_some() && value.get("dsseEnvelope").is_some());
    let envelope = if is_bundle {
        let parts = read_bundle(&bytes, &limits).map_err(|error| bad(&place, &error))?;
        if let (None, Some(own)) = (verifier, parts.verifier) {
            Attestation::new(parts.envelope, own).map_err(|error| bad(&place, &error))?;
            let media = "application/vnd.dev.sigstore.bundle.v0.3+json";
            return Ok(Document { place, body: bytes, media });
        }
        parts.envelope
    } else {
        Envelope::parse(bytes.into(), &limits).map_err(|error| bad(&place, &error))?
    };
    let Some(given) = verifier else {
        let media = "application/vnd.dsse.envelope.v1+json";
        return Ok(Document { place, body: envelope.raw.to_vec(), media });
    };
    Attestation::new(envelope.clone(), given.parsed.clone())
        .map_err(|error| bad(&place, &error))?;
    let mut head = json!({"verifier": {given.field: given.pem}, "logs": args.logs});
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

async fn post(client: &Client, document: Document, args: &Submit) -> Result<Value, Failure> {
    let mut request = client
        .request(Method::POST, "/v1/submissions")
        .header("content-type", document.media)
        .body(document.body);
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
    client.json(request).await.map_err(|mut failure| {
        if failure.code == "verifier_unknown" {
            failure.text.push_str("; here that is --key PEM or --certificate PEM");
        }
        failure.at(&document.place)
    })
}

async fn wait(
    client: &Client,
    submitted: &Value,
    wanted: Wait,
    until: Option<Instant>,
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
            output::line(&now)?;
            for entry in &failed {
                output::note(format_args!(
                    "{id}: failed in log {}: {}",
                    entry["log"], entry["failure"]
                ));
            }
            let deadline = |entry: &&Value| entry["failure"] == "deadline";
            return Ok(match failed.iter().any(|entry| !deadline(entry)) {
                true => Exit::Finding,
                false if failed.is_empty() => Exit::Good,
                false => Exit::Unknown,
            });
        }
        if until.is_some_and(|until| Instant::now() >= until) {
            output::line(&now)?;
            let stages: Vec<_> = entries.iter().map(stage).collect();
            output::note(format_args!(
                "still {}: {id} is safe with the daemon, which goes on; look again with `rekindle \
                 entries list`, or submit the same file again with a longer --timeout",
                stages.join(", ")
            ));
            return Ok(Exit::Unknown);
        }
        tokio::time::sleep(LOOK).await;
    }
}
