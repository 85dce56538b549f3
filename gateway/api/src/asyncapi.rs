//! AsyncAPI for the socket (OPS-5), made from the frames' own types: what is not in the code is not in the document.

use serde_json::{Map, Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use crate::{ActionSchema, HelloSchema, ServerFrame, WatchSchema, close};

/// The AsyncAPI 3.0 document of `/v1/live`.
#[must_use]
pub fn document() -> Value {
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Hearthline live",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "A user's deck as it changes, and what they do with it. Frames are JSON text, one object with one key. \
                            The first frame is hello. A delta whose prev is not where the client is means that it missed \
                            something: it says hello again. Actions carry a mutation_id and act once, however often they are sent.",
        },
        "channels": {
            "live": {
                "address": "/v1/live",
                "bindings": {"ws": {"method": "GET", "query": {
                    "type": "object",
                    "required": ["ticket"],
                    "properties": {"ticket": {"type": "string", "description": "From POST /v1/socket-tickets: works once, within 30 s"}},
                }}},
                "messages": {
                    "client": {"payload": {"$ref": "#/components/schemas/ClientFrame"}},
                    "server": {"payload": {"$ref": "#/components/schemas/ServerFrame"}},
                },
                "x-close-codes": close_codes(),
            },
        },
        "operations": {
            "say": {
                "action": "receive",
                "channel": {"$ref": "#/channels/live"},
                "messages": [{"$ref": "#/channels/live/messages/client"}],
            },
            "hear": {
                "action": "send",
                "channel": {"$ref": "#/channels/live"},
                "messages": [{"$ref": "#/channels/live/messages/server"}],
            },
        },
        "components": {"schemas": schemas()},
    })
}

/// Every code that a socket is closed with, and what its range asks of the client.
fn close_codes() -> Vec<Value> {
    let shown = close::ALL.iter().map(|close| {
        let then = match close.code {
            4000..4100 => "reconnect at once",
            4100..4200 => "reconnect later, with back-off",
            _ => "sign in again",
        };
        json!({"code": close.code, "reason": close.reason, "then": then})
    });
    shown.collect()
}

fn schemas() -> Map<String, Value> {
    let mut named: Vec<(String, RefOr<Schema>)> = Vec::new();
    collect::<ServerFrame>(&mut named);
    collect::<ActionSchema>(&mut named);
    collect::<HelloSchema>(&mut named);
    collect::<WatchSchema>(&mut named);
    let mut schemas: Map<String, Value> = named
        .into_iter()
        .map(|(name, schema)| (name, serde_json::to_value(schema).unwrap_or_default()))
        .collect();
    let frame = |key: &str, schema: &str| {
        json!({
            "type": "object",
            "required": [key],
            "properties": {key: {"$ref": format!("#/components/schemas/{schema}")}},
            "additionalProperties": false,
        })
    };
    let frames = [frame("hello", "Hello"), frame("act", "Action"), frame("watch", "Watch")];
    schemas.insert("ClientFrame".to_owned(), json!({"oneOf": frames}));
    schemas
}

fn collect<T: ToSchema + PartialSchema>(named: &mut Vec<(String, RefOr<Schema>)>) {
    named.push((T::name().into_owned(), T::schema()));
    T::schemas(named);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ops_5_every_reference_of_the_document_leads_somewhere() {
        let document = document();
        let text = document.to_string();
        for part in text.split("\"#/components/schemas/").skip(1) {
            let name = part.split('"').next().unwrap_or_default();
            assert!(
                document["components"]["schemas"].get(name).is_some(),
                "{name} is referred to and not there"
            );
        }
    }

    #[test]
    fn ops_5_every_frame_and_every_close_code_is_documented() {
        let document = document();
        let server = document["components"]["schemas"]["ServerFrame"].to_string();
        for frame in ["resumed", "snapshot", "delta", "acted", "watched", "event", "unwatched", "error"] {
            assert!(server.contains(&format!("\"{frame}\"")), "{frame} is missing");
        }
        let codes = document["channels"]["live"]["x-close-codes"].as_array().map_or(0, Vec::len);
        assert_eq!(codes, close::ALL.len());
    }
}
