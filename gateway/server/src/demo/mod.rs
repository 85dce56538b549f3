//! `hearthline demo`: a small brokerage on an embedded store in a temporary folder, made through public routes, with
//! clients whose messages enter by signed webhooks.

mod client;
mod messages;

use anyhow::Context;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::{net::SocketAddr, path::PathBuf, time::Duration};

use self::{
    client::{Client, Number},
    messages::{FOLLOW_UPS, OPENINGS},
};
use crate::{
    config::{Config, LogFormat},
    serve,
};

/// How the demo is started.
#[derive(Debug, clap::Args)]
pub struct DemoArgs {
    /// Keeps everything here instead of in a temporary folder that goes with the process.
    #[arg(long)]
    pub data_dir: Option<PathBuf>,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
}

/// A person of the demo.
struct Person {
    role: &'static str,
    name: &'static str,
    email: &'static str,
}

const PEOPLE: &[Person] = &[
    Person { role: "agent", name: "Ana Moreau", email: "ana@demo.hearthline.example" },
    Person { role: "agent", name: "Leo Petit", email: "leo@demo.hearthline.example" },
    Person { role: "agent", name: "Sofia Rossi", email: "sofia@demo.hearthline.example" },
    Person { role: "team_lead", name: "Tom Baker", email: "tom@demo.hearthline.example" },
];

/// How long a client takes to think of the next message.
const PAUSE: Duration = Duration::from_secs(20);

/// Runs the demo until it is stopped.
///
/// # Errors
/// It could not be started or seeded.
pub async fn run(args: DemoArgs) -> anyhow::Result<()> {
    let temporary =
        tempfile::Builder::new().prefix("hearthline-demo-").tempdir().context("a temporary folder")?;
    let folder = args.data_dir.clone().unwrap_or_else(|| temporary.path().to_owned());
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let operator = secret()?;
    let token_file = folder.join("operator-token");
    std::fs::write(&token_file, &operator).context("keeping the operator's token")?;
    let config = configuration(&args, &folder, token_file);
    crate::logging::start(&config.log)?;
    let server = serve::Server::start(config).await?;
    let base = format!("http://{}", server.address());
    let http = hearthline_providers::http::plain().build().context("an HTTP client")?;
    let seeded = seed(&http, &base, &operator).await.context("making the demo's brokerage")?;
    announce(&base, &seeded);
    let traffic = tokio::spawn(talk(http, seeded.numbers));
    server.run_until_stopped().await?;
    traffic.abort();
    Ok(())
}

#[allow(clippy::print_stdout, reason = "these lines are the demo's interface (surface: \"hearthline demo\")")]
fn announce(base: &str, seeded: &Seeded) {
    println!("{base}");
    for (person, password) in &seeded.sign_ins {
        println!("{}  {}  {password}", person.role, person.email);
    }
}

fn configuration(args: &DemoArgs, folder: &std::path::Path, token_file: PathBuf) -> Config {
    let mut config = Config::default();
    config.http.listen = args.listen;
    config.http.public_url = format!("http://{}", args.listen);
    config.http.operator_token_file = Some(token_file);
    config.store.path = folder.join("data");
    config.keys.master_file = folder.join("master.key");
    config.log.format = LogFormat::Text;
    "warn".clone_into(&mut config.log.filter);
    config
}

struct Seeded {
    sign_ins: Vec<(&'static Person, String)>,
    numbers: Vec<Number>,
}

async fn seed(http: &reqwest::Client, base: &str, operator: &str) -> anyhow::Result<Seeded> {
    let admin = ("admin@demo.hearthline.example", secret()?);
    let tenant = json!({"name": "Hearth & Home", "admin_email": admin.0, "admin_password": admin.1});
    Client::new(http, base, operator).post("/v1/tenants", &tenant).await?;
    let client = Client::sign_in(http, base, admin.0, &admin.1).await?;
    let team = client.post("/v1/teams", &json!({"name": "North team"})).await?;
    let mut seeded = Seeded { sign_ins: Vec::new(), numbers: Vec::new() };
    for (n, person) in PEOPLE.iter().enumerate() {
        let password = secret()?;
        let body = json!({
            "email": person.email, "name": person.name, "role": person.role, "team_id": team["id"],
            "language": "en", "password": password,
        });
        let user = client.post("/v1/users", &body).await?;
        if person.role == "agent" {
            seeded.numbers.push(connect(&client, &user, n).await?);
        }
        seeded.sign_ins.push((person, password));
    }
    for (n, opening) in OPENINGS.iter().enumerate() {
        // Ana gets half of them: hers is the deck that a visitor opens first.
        let number = if n % 2 == 0 { 0 } else { 1 + (n / 2) % 2 };
        seeded.numbers[number].deliver(http, &sid()?, opening.from, opening.text).await?;
    }
    Ok(seeded)
}

async fn connect(client: &Client, user: &Value, n: usize) -> anyhow::Result<Number> {
    let (account_sid, auth_token) = (format!("AC{:032}", 7), secret()?);
    let number = format!("+1415555019{n}");
    let settings = json!({"account_sid": account_sid, "auth_token": auth_token, "number": number});
    let body = json!({"kind": "twilio_sms", "owner_id": user["id"], "settings": settings});
    let connection = client.post("/v1/connections", &body).await?;
    let webhook_url =
        connection["webhook_url"].as_str().context("a connection without a webhook")?.to_owned();
    Ok(Number { webhook_url, account_sid, auth_token, number })
}

/// Clients write again, now and then, for as long as the demo runs.
async fn talk(http: reqwest::Client, numbers: Vec<Number>) {
    for (opening, text) in OPENINGS.iter().cycle().zip(FOLLOW_UPS.iter().cycle()) {
        tokio::time::sleep(PAUSE).await;
        let Ok(sid) = sid() else { return };
        if let Err(error) = numbers[0].deliver(&http, &sid, opening.from, text).await {
            tracing::warn!(%error, "a demo message was not delivered");
        }
    }
}

fn secret() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 15];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// A message id as Twilio makes them: `SM` and 32 hexadecimal digits.
fn sid() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(bytes.iter().fold("SM".to_owned(), |sid, byte| format!("{sid}{byte:02x}")))
}
