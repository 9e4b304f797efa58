//! The OpenAPI 3.1 document, made from the routes themselves.

use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Spec;

/// Title and licence; paths come from the router.
#[derive(OpenApi)]
#[openapi(info(
    title = "Rekindle",
    description = "Attestations into Rekor, proved there, and the policies they wake.",
    license(name = "MIT OR Apache-2.0")
))]
pub(crate) struct Document;

/// The document as it is served: the version is the program's.
pub(crate) fn finish(mut document: Spec) -> Spec {
    document.info.version = env!("CARGO_PKG_VERSION").into();
    document.info.contact = None;
    document
}
