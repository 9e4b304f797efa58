//! What the package URL types change: whose case does not count, and their own spellings.

use super::Purl;

/// Types whose namespace and name are lower-case.
const LOWER: [&str; 16] = [
    "alpm",
    "apk",
    "bitbucket",
    "bitnami",
    "brew",
    "chrome-extension",
    "composer",
    "deb",
    "github",
    "hex",
    "luarocks",
    "oci",
    "otp",
    "pub",
    "pypi",
    "vscode-extension",
];

/// Types whose namespace alone is lower-case.
const LOWER_NAMESPACE: [&str; 3] = ["qpkg", "rpm", "yocto"];

/// Types whose version is lower-case.
const LOWER_VERSION: [&str; 4] = ["huggingface", "oci", "pypi", "vscode-extension"];

/// The type whose name is a path: namespace is the host, name everything behind it.
pub(super) const GIT: &str = "git";

/// Applies the rules of the type.
pub(super) fn normalise(purl: &mut Purl) {
    let ty = &*purl.ty;
    let lower = LOWER.contains(&ty);
    if lower || LOWER_NAMESPACE.contains(&ty) {
        purl.namespace = purl.namespace.take().map(|namespace| namespace.to_lowercase().into());
    }
    if lower {
        purl.name = purl.name.to_lowercase().into();
    }
    if LOWER_VERSION.contains(&ty) {
        purl.version = purl.version.take().map(|version| version.to_lowercase().into());
    }
    match ty {
        "pypi" => purl.name = purl.name.replace('_', "-").into(),
        "pub" => {
            purl.name =
                map(&purl.name, |plain| plain.is_ascii_lowercase() || plain.is_ascii_digit(), '_');
        }
        GIT => {
            let namespace = purl.namespace.take();
            if let Some((host, path)) =
                namespace.as_deref().and_then(|namespace| namespace.split_once('/'))
            {
                purl.name = format!("{path}/{}", purl.name).into();
                purl.namespace = Some(host.into());
            } else {
                purl.namespace = namespace;
            }
        }
        "hackage" => purl.name = purl.name.replace('_', "-").into(),
        "mlflow"
            if purl
                .qualifiers
                .get("repository_url")
                .is_some_and(|url| url.contains("azuredatabricks.net")) =>
        {
            // Databricks folds the case of model names, other registries do not.
            purl.name = purl.name.to_lowercase().into();
        }
        _ => {}
    }
}

fn map(text: &str, keep: fn(char) -> bool, other: char) -> Box<str> {
    text.chars().map(|letter| if keep(letter) { letter } else { other }).collect::<String>().into()
}
