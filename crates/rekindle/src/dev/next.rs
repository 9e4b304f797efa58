//! What to try next, in commands that work as they stand.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::make;
use super::print::{Printer, Tone};
use super::world::World;

/// Prints page, commands, and how to stop.
pub(super) fn print(out: &Printer, world: &World) {
    let (url, me) = (world.url(), program());
    let file = make::sbom().file(world.folder.path());
    let export = format!("export REKINDLE_SERVER={url}");
    let folder = world.folder.path().display();
    let commands = [
        ("a policy of your own", format!("{me} policies put my-curl --scope component:curl")),
        (
            "the SBOM once more, for the honest log: it holds curl",
            format!("{me} submit {} --log spare --wait verified", file.display()),
        ),
        ("what has to be computed again: my-curl is there", format!("{me} triggers list")),
        ("the history, and what comes", format!("{me} events tail")),
        ("look at the convicted log: exit code 1", format!("{me} log verify local")),
        ("the evidence against it", format!("{me} log evidence local")),
        ("the same digest in another process", format!("{me} replay --data-dir {folder}")),
        ("the API without the command line", "curl -s $REKINDLE_SERVER/v1/logs".to_owned()),
    ];
    let list: Vec<_> =
        commands.iter().map(|(what, line)| json!({"what": what, "line": line})).collect();
    out.json(&json!({"type": "ready", "url": format!("{url}/"), "export": export, "try": list}));
    out.raw("");
    out.row(&[("Live page", 12, Tone::Bold)], (&format!("{url}/"), Tone::Name));
    out.raw("");
    out.text(Tone::Bold, "Try next, in a second terminal:");
    out.raw(&format!("   {export}"));
    for (what, line) in commands {
        out.text(Tone::Dim, &format!("   # {what}"));
        out.raw(&format!("   {line}"));
    }
    out.raw("");
    out.text(Tone::Plain, "Ctrl-C stops everything.");
}

/// How this very program is called from where the user stands.
fn program() -> String {
    let Ok(program) = std::env::current_exe() else { return "rekindle".into() };
    let folder = program.parent().map(Path::to_owned);
    let path = std::env::var_os("PATH").unwrap_or_default();
    if std::env::split_paths(&path).any(|entry| Some(entry) == folder) {
        return "rekindle".into();
    }
    let here: PathBuf = std::env::current_dir().unwrap_or_default();
    match program.strip_prefix(&here) {
        Ok(relative) => relative.display().to_string(),
        Err(_) => program.display().to_string(),
    }
}
