//! `bench submit`: rounds A (bare) and B (through the daemon) in turn, on one server.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::{
    bare, machine,
    shared::{Home, RekorTiles, SigningKey},
    through::{self, Round},
};

/// Of the bare load generator's rate, the daemon has to reach this share.
pub(crate) const GATE: f64 = 0.9;
/// The view follows by itself; receipts hand over newer checkpoints in between.
const FOLLOW_INTERVAL: &str = "1s";

/// How much.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Attestations in each round
    #[arg(long, default_value_t = 5_000)]
    attestations: usize,
    /// Requests to the log in flight at once
    #[arg(long, default_value_t = 512)]
    in_flight: usize,
    /// Rounds of each kind
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// Measures; the numbers, and whether the gate is met.
pub(crate) async fn run(args: &Args) -> Result<(Value, bool)> {
    ensure!(args.rounds > 0 && args.attestations > 0 && args.in_flight > 0, "nothing to measure");
    let dir = tempfile::tempdir()?;
    let load_before = machine::load();
    let log = RekorTiles::start(dir.path()).await?;
    let mut home = Home::new(dir.path(), &log.config(), FOLLOW_INTERVAL, args.in_flight)?;
    let version = version(&home).await?;
    let key = SigningKey::new()?;
    // The first entries of a new log and the first connections are nobody's rate.
    let warm = key.sign_all("warm", args.in_flight)?;
    bare::round(&log.write_url, &warm, args.in_flight).await?;

    let (mut bare, mut daemon): (Vec<f64>, Vec<Round>) = (Vec::new(), Vec::new());
    for round in 1..=args.rounds {
        let signed = key.sign_all(&format!("bare-{round}"), args.attestations)?;
        let rate = bare::round(&log.write_url, &signed, args.in_flight).await?;
        eprintln!("round {round}: bare {rate:.1}/s, load {}", machine::load());
        bare.push(rate);
        let signed = key.sign_all(&format!("daemon-{round}"), args.attestations)?;
        let measured = through::round(&mut home, &signed).await?;
        eprintln!(
            "round {round}: daemon accepted {:.1}/s, logged {:.1}/s, verified {:.1}/s, load {}",
            measured.accepted,
            measured.logged,
            measured.verified,
            machine::load()
        );
        daemon.push(measured);
    }

    let of = |pick: fn(&Round) -> f64| daemon.iter().map(pick).collect::<Vec<f64>>();
    let (logged, verified) = (of(|round| round.logged), of(|round| round.verified));
    let base = median(&bare);
    let ratio = median(&verified) / base;
    let numbers = json!({
        "bench": "submit",
        "attestations": args.attestations,
        "inFlight": args.in_flight,
        "rounds": args.rounds,
        "barePerSecond": rounded(&bare),
        "acceptedPerSecond": rounded(&of(|round| round.accepted)),
        "loggedPerSecond": rounded(&logged),
        "verifiedPerSecond": rounded(&verified),
        "medianBare": round(base),
        "medianLogged": round(median(&logged)),
        "medianVerified": round(median(&verified)),
        "ratioLogged": round(median(&logged) / base),
        "ratio": round(ratio),
        "gate": GATE,
        "rekindle": version,
        "rekorTiles": log.version,
        "generator": if cfg!(debug_assertions) { "debug" } else { "release" },
        "cores": machine::cores(),
        "loadBefore": load_before,
        "loadAfter": machine::load(),
    });
    Ok((numbers, ratio >= GATE))
}

async fn version(home: &Home) -> Result<String> {
    let output = home.command().arg("--version").output().await.context("the daemon's version")?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The middle one; of an even number the mean of the middle two.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    } else {
        sorted[middle]
    }
}

fn round(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

fn rounded(values: &[f64]) -> Vec<f64> {
    values.iter().copied().map(round).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_of_odd_and_even() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
    }
}
