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
    // Operation ids are unique in a document; functions are only unique in their file.
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            let noun = operation.tags.as_deref().and_then(|tags| tags.first());
            let id = operation.operation_id.take().unwrap_or_default();
            operation.operation_id = Some(format!("{}_{id}", noun.map_or("", String::as_str)));
        }
    }
    document
}
