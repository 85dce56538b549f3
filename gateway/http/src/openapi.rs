//! OpenAPI, made from the routes as they are mounted (OPS-5).

use utoipa::{
    OpenApi as _,
    openapi::{
        OpenApi,
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Hearthline",
        description = "From a client's message to a card in the agent's hand. Errors are problem details (RFC 9457) with a stable `code`. Writes take `Idempotency-Key`."
    ),
    tags(
        (name = "sessions", description = "Signing in and out"),
        (name = "tenants", description = "Brokerages"),
        (name = "teams", description = "Teams and their rules"),
        (name = "users", description = "People who sign in"),
        (name = "connections", description = "Connected numbers, mailboxes and accounts"),
        (name = "leads", description = "Leads and their timelines"),
        (name = "queues", description = "What waits for a person"),
        (name = "deck", description = "The Task Deck"),
        (name = "live", description = "The socket"),
        (name = "hooks", description = "What providers call"),
        (name = "operation", description = "Health and metrics"),
    ),
)]
struct Document;

/// The document without its routes.
pub(crate) fn document() -> OpenApi {
    Document::openapi()
}

/// Adds what is not said by any route: how to show who one is.
pub(crate) fn finish(document: &mut OpenApi) {
    let bearer = |description: &str| {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(description));
        SecurityScheme::Http(scheme.build())
    };
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("token", bearer("The access token of a session"));
    components.add_security_scheme("operator", bearer("The operator's token"));
    document.security = Some(vec![SecurityRequirement::new("token", Vec::<String>::new())]);
}
