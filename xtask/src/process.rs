//! Runs a program so that a person sees its output at once and the task can read it afterwards.

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Command, ExitStatus, Stdio},
    thread,
};

use anyhow::{Context, Result, bail};

use crate::workspace;

/// What a program said, and how it ended.
pub(crate) struct Ran {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the command with its output passed on line by line and kept.
pub(crate) fn echo(command: &mut Command) -> Result<Ran> {
    let shown = format!("{command:?}");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("could not start {shown}"))?;
    let stdout = child.stdout.take().context("the program has no stdout")?;
    let stderr = child.stderr.take().context("the program has no stderr")?;
    let errors = thread::spawn(move || tee(stderr, std::io::stderr()));
    let stdout = tee(stdout, std::io::stdout());
    let stderr = errors.join().unwrap_or_else(|_| "(the reader of stderr panicked)".to_owned());
    let status = child.wait().with_context(|| format!("could not wait for {shown}"))?;
    Ok(Ran { status, stdout, stderr })
}

/// One trimmed line of a program's output; an error when it fails.
pub(crate) fn line(command: &mut Command) -> Result<String> {
    let shown = format!("{command:?}");
    let output = command.output().with_context(|| format!("could not start {shown}"))?;
    if !output.status.success() {
        bail!(
            "{shown} ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Builds the daemon and returns its path, since the suites start it as a program.
pub(crate) fn build_daemon(target: &Path, release: bool) -> Result<std::path::PathBuf> {
    let mut build = workspace::cargo();
    build.args(["build", "--locked", "--package", "rekindle"]);
    if release {
        build.arg("--release");
    }
    if !build.status().context("could not start cargo")?.success() {
        bail!("the daemon does not build: see the compiler's messages above");
    }
    let profile = if release { "release" } else { "debug" };
    Ok(target.join(profile).join("rekindle"))
}

fn tee(from: impl Read, mut to: impl Write) -> String {
    let mut kept = String::new();
    let mut from = BufReader::new(from);
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match from.read_until(b'\n', &mut buffer) {
            Ok(0) | Err(_) => return kept,
            Ok(_) => {
                let text = String::from_utf8_lossy(&buffer);
                // A closed terminal must not stop the run: the text is still kept.
                let _ = to.write_all(text.as_bytes());
                let _ = to.flush();
                kept.push_str(&text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_passed_on_and_kept() {
        let mut passed_on = Vec::new();
        let kept = tee(&b"one\ntwo"[..], &mut passed_on);
        assert_eq!(kept, "one\ntwo");
        assert_eq!(passed_on, b"one\ntwo");
    }
}
