//! The pinned programs, built once into a cache folder.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::{Context, Result, bail};
use serde::Serialize;

use crate::{process, workspace};

/// Overrides the cache folder, for machines that have the programs already.
const FOLDER_VARIABLE: &str = "REKINDLE_SERVERS_BIN";

/// Program, Go package, version. Pinned: a new version is a change that somebody reviews.
const PINNED: [(&str, &str, &str); 3] = [
    ("posix", "github.com/sigstore/rekor-tiles/v2/cmd/rekor-server/posix", "v2.3.0"),
    ("fsck", "github.com/transparency-dev/tessera/cmd/fsck", "v1.0.4"),
    ("cosign", "github.com/sigstore/cosign/v3/cmd/cosign", "v3.1.2"),
];

/// Where the programs are.
#[derive(Serialize)]
pub(crate) struct Programs {
    /// rekor-tiles with the POSIX back end.
    pub(crate) rekor_tiles: PathBuf,
    /// The checker of a log's folder.
    pub(crate) fsck: PathBuf,
    /// The signer of real envelopes.
    pub(crate) cosign: PathBuf,
}

impl Programs {
    /// Tells a suite where they are.
    pub(crate) fn tell(&self, command: &mut Command) {
        command
            .env("REKINDLE_REKOR_TILES", &self.rekor_tiles)
            .env("REKINDLE_FSCK", &self.fsck)
            .env("REKINDLE_COSIGN", &self.cosign);
    }
}

/// Builds what is missing or of another version; a killed run leaves nothing half-built, since
/// the Go tool moves a finished program into place.
pub(crate) fn install() -> Result<Programs> {
    let folder = folder()?;
    fs::create_dir_all(&folder)
        .with_context(|| format!("could not make the folder {}", folder.display()))?;
    for (name, package, version) in PINNED {
        let program = folder.join(name);
        if let Some(how) = usable(&program, version) {
            eprintln!("{name} {version}: {how}");
            continue;
        }
        build(&folder, name, package, version)?;
    }
    Ok(Programs {
        rekor_tiles: folder.join("posix"),
        fsck: folder.join("fsck"),
        cosign: folder.join("cosign"),
    })
}

/// The cache folder, absolute: the Go tool accepts no other.
pub(super) fn folder() -> Result<PathBuf> {
    match std::env::var_os(FOLDER_VARIABLE) {
        Some(folder) => std::path::absolute(&folder).with_context(|| {
            format!("{FOLDER_VARIABLE} is not a usable path: {}", folder.display())
        }),
        None => Ok(workspace::metadata()?.target_directory.join("servers/bin")),
    }
}

/// Why an existing program may be used, or nothing.
fn usable(program: &Path, version: &str) -> Option<String> {
    if !program.is_file() {
        return None;
    }
    match process::line(Command::new("go").args(["version", "-m"]).arg(program)) {
        Ok(about) => is_version(&about, version).then(|| "there already".to_owned()),
        // Without the Go tool nothing better can be built either.
        Err(_) => Some("there already, version not checked: no go on the PATH".to_owned()),
    }
}

/// Whether `go version -m` names this version of the main module.
fn is_version(about: &str, version: &str) -> bool {
    about.lines().any(|line| {
        let mut words = line.split_whitespace();
        words.next() == Some("mod") && words.nth(1) == Some(version)
    })
}

fn build(folder: &Path, name: &str, package: &str, version: &str) -> Result<()> {
    eprintln!("{name} {version}: building, a few minutes the first time");
    let started = Instant::now();
    let status = Command::new("go")
        .args(["install", &format!("{package}@{version}")])
        .env("GOBIN", folder)
        .current_dir(folder)
        .status()
        .with_context(|| {
            format!("could not start go to build {name}: install Go 1.26 or newer, or point {FOLDER_VARIABLE} at the programs")
        })?;
    if !status.success() {
        bail!("go could not build {name} {version} ({status}): see its messages above");
    }
    eprintln!("{name} {version}: built in {} s", started.elapsed().as_secs());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_off_the_main_module() {
        let about = "posix: go1.26.8\n\tpath\tx/cmd/posix\n\tmod\tx\tv2.3.0\th1:=\n\tdep\ty\tv9.9.9\th1:=\n";
        assert!(is_version(about, "v2.3.0"));
        assert!(!is_version(about, "v9.9.9"));
    }
}
