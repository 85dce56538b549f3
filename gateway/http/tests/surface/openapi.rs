//! OpenAPI says what is there, and nothing else (OPS-5).

use serde_json::Value;

use crate::{client::ask, world::World};

const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE"];

async fn document(world: &World) -> Value {
    world.send(ask("GET", "/openapi.json")).await.expect(200)
}

#[tokio::test]
async fn ops_5_every_documented_route_is_mounted_and_every_other_method_is_not() {
    let world = World::start().await;
    let document = document(&world).await;
    let paths = document["paths"].as_object().unwrap();
    for (path, item) in paths {
        let id = "01890000-0000-7000-8000-000000000000";
        let real = path.replace("{id}", id).replace("{connection_id}", id).replace("{kind}", "twilio_sms");
        for method in METHODS {
            let documented = item.get(method.to_lowercase()).is_some();
            let answer = world.send(ask(method, &real)).await;
            assert_eq!(answer.status != 405, documented, "{method} {path}: {}", answer.status);
        }
    }
}

#[tokio::test]
async fn ops_5_the_fixed_routes_are_documented() {
    let world = World::start().await;
    let document = document(&world).await;
    for (method, path) in [
        ("get", "/healthz"),
        ("get", "/readyz"),
        ("get", "/metrics"),
        ("get", "/openapi.json"),
        ("get", "/asyncapi.json"),
        ("post", "/v1/tenants"),
        ("post", "/v1/sessions"),
        ("post", "/v1/sessions/refresh"),
        ("delete", "/v1/sessions"),
        ("post", "/v1/teams"),
        ("get", "/v1/teams"),
        ("get", "/v1/teams/{id}/rules"),
        ("patch", "/v1/teams/{id}/rules"),
        ("post", "/v1/users"),
        ("get", "/v1/users"),
        ("post", "/v1/connections"),
        ("get", "/v1/connections"),
        ("get", "/v1/connections/{id}"),
        ("patch", "/v1/connections/{id}"),
        ("delete", "/v1/connections/{id}"),
        ("post", "/v1/connections/{id}/test"),
        ("post", "/v1/socket-tickets"),
        ("post", "/hooks/{kind}/{connection_id}"),
        ("get", "/hooks/{kind}/{connection_id}"),
    ] {
        let operation = &document["paths"][path][method];
        assert!(operation["summary"].is_string(), "{method} {path}");
        assert!(operation["operationId"].is_string(), "{method} {path}");
    }
}

/// What a reader of requests asks for is what the schema says, required fields and all.
#[test]
fn ops_5_schemas_of_requests_say_what_is_read() {
    use hearthline_api::{
        BusinessHours, ConnectionChange, Form, FromForm, NewConnection, NewPageSettings, NewTeam, NewTenant,
        NewTwilioSettings, NewUser, NewWhatsappSettings, QuietHours, Refresh, RulesChange, SettingsChange,
        SignIn,
    };
    use utoipa::PartialSchema;

    fn check<T: FromForm + PartialSchema>(name: &str) {
        let schema = serde_json::to_value(T::schema()).unwrap();
        let mut form = Form::from_query("");
        let _ = T::read(&mut form);
        let mut asked: Vec<&str> = form.asked().iter().map(|asked| asked.name).collect();
        let mut shown: Vec<&str> =
            schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        asked.sort_unstable();
        shown.sort_unstable();
        assert_eq!(asked, shown, "{name}");
        let mut must: Vec<&str> = form.asked().iter().filter(|a| a.required).map(|a| a.name).collect();
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let mut required: Vec<&str> = required.iter().map(|name| name.as_str().unwrap()).collect();
        must.sort_unstable();
        required.sort_unstable();
        assert_eq!(must, required, "{name}");
        assert_eq!(schema["additionalProperties"], false, "{name}");
    }
    check::<NewTenant>("NewTenant");
    check::<SignIn>("SignIn");
    check::<Refresh>("Refresh");
    check::<NewTeam>("NewTeam");
    check::<RulesChange>("RulesChange");
    check::<BusinessHours>("BusinessHours");
    check::<QuietHours>("QuietHours");
    check::<NewUser>("NewUser");
    check::<NewTwilioSettings>("NewTwilioSettings");
    check::<NewWhatsappSettings>("NewWhatsappSettings");
    check::<NewPageSettings>("NewPageSettings");
    check::<SettingsChange>("SettingsChange");
    check::<ConnectionChange>("ConnectionChange");
    check::<NewConnection>("NewConnection");
}

#[tokio::test]
async fn every_reference_in_the_document_leads_somewhere() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value {
                        Value::String(target) if name == "$ref" => found.push(target.clone()),
                        _ => references(value, found),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let world = World::start().await;
    let document = document(&world).await;
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 20);
    for target in found {
        let pointer = target.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{target}");
    }
}
