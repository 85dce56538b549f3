//! Our client and the simulator held against Twilio's published OpenAPI description: requests against a mock that is made
//! from it, answers against its schemas.
//!
//! The description is not ours to carry: it is looked for in the folder that `HEARTHLINE_FIXTURES` names; without it these
//! tests say so and do nothing.

mod spec;

use axum::{
    Router,
    body::to_bytes,
    extract::Request,
    http::{StatusCode, header},
    response::IntoResponse,
};
use hearthline_engine::time::Timestamp;
use hearthline_providers::{
    http::{Settings, plain},
    twilio::{Account, Message, Query, Sender, Twilio},
};
use hearthline_simulators::twilio::{self as simulated, Fault, Number, Service};
use spec::{Asked, Spec};
use std::{
    path::Path,
    sync::{Arc, Mutex},
};
use tokio::net::TcpListener;

const SID: &str = "AC0123456789abcdef0123456789abcdef";
const SERVICE: &str = "MG0123456789abcdef0123456789abcdef";
const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const NUMBER: &str = "+14155550190";
const CLIENT: &str = "+14155550117";

#[allow(clippy::print_stdout, reason = "a test that did not run says so")]
fn published() -> Option<Spec> {
    let Some(root) = std::env::var_os("HEARTHLINE_FIXTURES") else {
        println!("not run: HEARTHLINE_FIXTURES does not name a folder with specs/twilio_api_v2010.json");
        return None;
    };
    let file = Path::new(&root).join("specs/twilio_api_v2010.json");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    Some(Spec::read(&text))
}

/// A server made from the description: notes what is wrong with each request, and answers its examples.
struct Mock {
    base: String,
    wrong: Arc<Mutex<Vec<String>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Mock {
    async fn of(spec: Spec) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        let (wrong, asked) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<Mutex<Vec<String>>>::default());
        let spec = Arc::new(spec);
        let (noted, known) = (wrong.clone(), asked.clone());
        let answer = move |request: Request| async move {
            let (head, body) = request.into_parts();
            let body = to_bytes(body, 1 << 20).await.expect("a body");
            let body = String::from_utf8(body.to_vec()).expect("a form");
            let (method, path) = (head.method.as_str(), head.uri.path());
            let query = head.uri.query().unwrap_or_default();
            let text = |name| head.headers.get(name).and_then(|value| value.to_str().ok());
            let asked = Asked {
                method,
                path,
                query,
                content_type: text(header::CONTENT_TYPE),
                authorization: text(header::AUTHORIZATION),
                body: &body,
            };
            let found = spec.wrong_with_request(&asked);
            known.lock().expect("a list").push(format!("{method} {path}?{query} {body}"));
            let (status, example) = if found.is_empty() {
                spec.example(method, path, query.contains("PageToken"))
            } else {
                (400, String::new())
            };
            noted.lock().expect("a list").extend(found);
            (StatusCode::from_u16(status).expect("a status"), example).into_response()
        };
        let router = Router::new().fallback(answer);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { base, wrong, asked }
    }
}

#[tokio::test]
async fn out_2_every_request_of_our_client_is_one_that_twilios_description_allows() {
    let Some(spec) = published() else { return };
    let mock = Mock::of(spec).await;
    let twilio = Twilio::new(&Settings::default()).expect("a client");
    let account = Account::new(Some(&mock.base), SID, TOKEN).expect("an account");
    let media = ["https://crm.example/media/1?token=a%20b", "https://crm.example/media/2"];
    let callback = Some("https://crm.example/hooks/twilio_sms/1?outbox=7#rc=5&rp=all");
    let (number, service) = (Sender::From(NUMBER), Sender::MessagingService(SERVICE));
    for (sender, body, media_urls, status_callback) in [
        (number, "Olá ☂ & 1+1=2", &[][..], callback),
        (number, "", &media[..], callback),
        (service, "a text", &media[..1], None),
    ] {
        let message = Message { sender, to: CLIENT, body, media_urls, status_callback };
        let accepted = twilio.send(&account, &message).await.expect("the example is understood");
        assert!(
            accepted.sid.starts_with("SM") && accepted.status == "queued" && accepted.created_at.is_some()
        );
    }
    let known = twilio.fetch(&account, "SM0123456789abcdef0123456789abcdef").await.expect("understood");
    assert!(!known.status.is_empty() && known.created_at.is_some());

    let since = Some(Timestamp::from_millis(1_767_323_045_678));
    for (to, from, sent_after) in
        [(Some(CLIENT), Some(NUMBER), None), (Some(CLIENT), None, since), (None, None, since)]
    {
        let query = Query { to, from, sent_after, page_size: 2, pages: 5 };
        let listing = twilio.list(&account, &query).await.expect("the examples are understood");
        assert!(listing.complete && listing.messages.len() == 2, "two pages, the last one empty");
    }
    assert_eq!(*mock.wrong.lock().expect("a list"), Vec::<String>::new());
    assert_eq!(mock.asked.lock().expect("a list").len(), 3 + 1 + 3 * 2);
}

#[tokio::test]
async fn out_2_every_answer_of_the_simulator_is_one_that_twilios_description_allows() {
    let Some(spec) = published() else { return };
    let twilio =
        simulated::Twilio::start("127.0.0.1:0".parse().expect("an address"), 1).await.expect("started");
    twilio.set_account(simulated::Account {
        account_sid: SID.to_owned(),
        auth_token: TOKEN.to_owned(),
        numbers: vec![Number { number: NUMBER.to_owned(), webhook_url: None }],
        services: vec![Service {
            sid: SERVICE.to_owned(),
            numbers: vec![NUMBER.to_owned()],
            status_callback: None,
        }],
    });
    let inbound = |body: &str| simulated::Inbound {
        to: NUMBER.to_owned(),
        from: CLIENT.to_owned(),
        body: body.to_owned(),
        media: vec![simulated::InboundMedia { content_type: "image/png".to_owned(), bytes: vec![1, 2, 3] }],
    };
    let received = twilio.receive(inbound("hello")).await.expect("a number of the account");
    let rig = Rig { spec, base: twilio.base_url().to_owned(), http: plain().build().expect("a client") };
    let messages = format!("/2010-04-01/Accounts/{SID}/Messages");
    let all = format!("{messages}.json");
    let one = |sid: &str| format!("{messages}/{sid}.json");

    // Failing, delivered, through a service, with media that can't be fetched.
    twilio.turn(|knobs| knobs.undelivered = Fault::once());
    let sends: [&[(&str, &str)]; 4] = [
        &[("To", CLIENT), ("From", NUMBER), ("Body", "one")],
        &[("To", CLIENT), ("From", NUMBER), ("Body", "two ☂")],
        &[("To", CLIENT), ("MessagingServiceSid", SERVICE), ("Body", "three")],
        &[("To", CLIENT), ("From", NUMBER), ("MediaUrl", "http://127.0.0.1:1/gone.png")],
    ];
    let mut sids = vec![received.clone()];
    for form in sends {
        let taken = rig.ask("POST", &all, "", form, 201).await;
        sids.push(taken["sid"].as_str().expect("a sid").to_owned());
        twilio.settled().await;
    }
    for sid in &sids {
        rig.ask("GET", &one(sid), "", &[], 200).await;
    }
    let mut query = "PageSize=2&To=%2B14155550117&DateSent%3E=2020-01-01".to_owned();
    let mut pages = 0;
    loop {
        let page = rig.ask("GET", &all, &query, &[], 200).await;
        pages += 1;
        let Some(next) = page["next_page_uri"].as_str() else { break };
        next.split_once('?').expect("a query").1.clone_into(&mut query);
    }
    assert_eq!(pages, 2, "three that were sent, two a page");
    let listed = rig.ask("GET", &format!("{messages}/{received}/Media.json"), "", &[], 200).await;
    let media = listed["media_list"][0]["sid"].as_str().expect("a file").to_owned();
    let media = format!("{messages}/{received}/Media/{media}.json");
    rig.ask("GET", &media, "", &[], 200).await;
    rig.ask("POST", &one(&sids[1]), "", &[("Body", "")], 200).await;
    rig.ask("DELETE", &media, "", &[], 204).await;
    rig.ask("DELETE", &one(&sids[1]), "", &[], 204).await;
}

struct Rig {
    spec: Spec,
    base: String,
    http: reqwest::Client,
}

impl Rig {
    async fn ask(
        &self,
        method: &str,
        path: &str,
        query: &str,
        form: &[(&str, &str)],
        status: u16,
    ) -> serde_json::Value {
        let parsed = method.parse().expect("a method");
        let request =
            self.http.request(parsed, format!("{}{path}?{query}", self.base)).basic_auth(SID, Some(TOKEN));
        let request = if form.is_empty() { request } else { request.form(form) };
        let answer = request.send().await.expect("answered");
        let answered = answer.status().as_u16();
        let body = answer.text().await.expect("a body");
        assert_eq!(answered, status, "{method} {path}: {body}");
        let wrong = self.spec.wrong_with_answer(method, path, answered, &body);
        // Feedback on messages is not simulated, and nothing else may be missing.
        assert_eq!(wrong, Vec::<String>::new(), "{method} {path}: {body}");
        serde_json::from_str(&body).unwrap_or_default()
    }
}

/// The check is only worth something if it finds what is wrong.
#[test]
fn the_description_refuses_what_it_does_not_describe() {
    let Some(spec) = published() else { return };
    let messages = format!("/2010-04-01/Accounts/{SID}/Messages.json");
    let right = "To=%2B14155550117&From=%2B14155550190&Body=x";
    let (form, basic) = (Some("application/x-www-form-urlencoded"), Some("Basic eA=="));
    let asked = |method, path, query, body: &str| {
        let content_type = if body.is_empty() { None } else { form };
        spec.wrong_with_request(&Asked { method, path, query, content_type, authorization: basic, body })
            .len()
    };
    assert_eq!(asked("POST", &messages, "", right), 0);
    assert_eq!(asked("GET", &messages, "PageSize=50&DateSent%3E=2026-01-02T03:04:05Z", ""), 0);
    for (method, path, query, body) in [
        ("PUT", messages.as_str(), "", right),
        ("POST", "/2010-04-01/Accounts/AC1/Messages.json", "", right),
        ("POST", "/2010-04-01/Accounts/AC1/Message.json", "", right),
        ("POST", &messages, "", "From=%2B14155550190&Body=x"),
        ("POST", &messages, "", "To=%2B14155550117&Text=x"),
        ("POST", &messages, "", "To=%2B14155550117&Body=x&Body=y"),
        ("POST", &messages, "", "To=someone&Body=x"),
        ("POST", &messages, "", "To=%2B14155550117&MessagingServiceSid=MG1"),
        ("POST", &messages, "", "To=%2B14155550117&StatusCallback=nowhere"),
        ("POST", &messages, "To=%2B14155550117", right),
        ("GET", &messages, "PageSize=0", ""),
        ("GET", &messages, "PageSize=many", ""),
        ("GET", &messages, "DateSent>=yesterday", ""),
        ("GET", &messages, "SentAfter=2026-01-02", ""),
        ("GET", &messages, "", "To=%2B14155550117"),
    ] {
        assert!(asked(method, path, query, body) > 0, "{method} {path}?{query} {body}");
    }
    let unsigned = Asked {
        method: "POST",
        path: &messages,
        query: "",
        content_type: form,
        authorization: None,
        body: right,
    };
    assert_eq!(spec.wrong_with_request(&unsigned), ["no HTTP basic authentication"]);

    let (_, example) = spec.example("POST", &messages, true);
    let answer = |status, body: &str| spec.wrong_with_answer("POST", &messages, status, body);
    assert_eq!(answer(201, &example), Vec::<String>::new());
    assert!(!answer(200, &example).is_empty() && !answer(201, "<html>").is_empty());
    for (was, is) in [
        ("\"queued\"", "\"waiting\""),
        ("\"SM", "\"XX"),
        ("\"num_media\":\"0\"", "\"num_media\":0"),
        ("\"num_media\"", "\"media_count\""),
        (" +0000\"", "\""),
        ("\"error_code\":null", "\"error_code\":\"30003\""),
        ("\"price_unit\":null", "\"price_unit\":\"dollars\""),
    ] {
        let changed = example.replacen(was, is, 1);
        assert_ne!(changed, example, "{was} is in the example");
        assert!(!answer(201, &changed).is_empty(), "{was} became {is}");
    }
}
