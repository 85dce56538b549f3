//! Starting the binary: what is wrong is named, with its value and what is allowed, and the exit code says whose fault
//! it is (surface: "The binary"): 2 for usage and configuration, 1 for anything else.

mod support;

use serde_json::json;
use std::{fs, os::unix::fs::PermissionsExt, path::Path};
use support::{Brokerage, Client, Ended, Options, Server, User, free_port, run_to_end};
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::Builder::new().prefix("hearthline-test-").tempdir().expect("a temporary folder")
}

/// Starts `serve` in an empty folder with these variables; it must end by itself.
async fn serve(variables: &[(&str, &str)]) -> Ended {
    run_to_end(&["serve"], variables, folder().path()).await
}

#[track_caller]
fn refused(ended: &Ended, code: i32, said: &[&str]) {
    assert_eq!(ended.code, Some(code), "{ended:?}");
    assert_eq!(ended.out, "", "nothing on standard output");
    for said in said {
        assert!(ended.err.contains(said), "{said:?} is not in: {}", ended.err);
    }
}

#[tokio::test]
async fn ops_4_a_bad_value_in_a_variable_is_named_with_what_is_allowed() {
    for (name, value, said) in [
        ("HTTP__LISTEN", "nowhere", ["http.listen", "nowhere", "an address and a port"]),
        ("HTTP__PUBLIC_URL", "ftp://x.example", ["http.public_url", "ftp://x.example", "https://"]),
        ("HTTP__PUBLIC_URL", "http://x.example", ["http.public_url", "http://x.example", "loopback"]),
        ("HTTP__PUBLIC_URL", "https://x.example/", ["http.public_url", "https://x.example/", "slash"]),
        (
            "HTTP__PUBLIC_URL",
            "http://127.0.0.1.x.example",
            ["http.public_url", "127.0.0.1.x.example", "loopback"],
        ),
        ("HTTP__TRUST_PROXY", "perhaps", ["http.trust_proxy", "perhaps", "true or false"]),
        ("HTTP__DRAIN_S", "soon", ["http.drain_s", "soon", "a whole number"]),
        ("HTTP__RAW_ACCESS_S", "901", ["http.raw_access_s", "901", "from 1 to 900"]),
        ("STORE__KIND", "floppy", ["store.kind", "floppy", "embedded"]),
        ("STORE__REPLICATION", "0", ["store.replication", "0", "a whole number from 1"]),
        ("STREAM__KIND", "telex", ["stream.kind", "telex", "embedded"]),
        ("STREAM__MAX_BYTES", "12", ["stream.max_bytes", "12", "1048576"]),
        ("LIMITS__USER_BURST", "0", ["limits.user_burst", "0", "a whole number from 1"]),
        ("LOG__FORMAT", "xml", ["log.format", "xml", "json"]),
        ("LOG__FILTER", "a=b=c", ["log.filter", "a=b=c", "info"]),
        ("HTTP__COLOUR", "red", ["http.colour", "no such key", "public_url"]),
        ("COLOUR", "red", ["colour", "no such key", "bootstrap"]),
        ("BOOTSTRAP__TENANT", "Only a name", ["bootstrap", "admin_email", "missing"]),
    ] {
        let ended = serve(&[(&format!("HEARTHLINE__{name}"), value)]).await;
        refused(&ended, 2, &said);
    }
}

#[tokio::test]
async fn ops_4_a_bad_key_or_value_in_the_file_is_named_with_the_file() {
    let folder = folder();
    let file = folder.path().join("hearthline.toml");
    for (text, said) in [
        ("[http]\nlisten = \"nowhere\"", vec!["http.listen", "nowhere", "hearthline.toml"]),
        ("[htpt]\nlisten = \"127.0.0.1:1\"", vec!["htpt", "no such key", "http, ", "hearthline.toml"]),
        ("[http]\nlissten = 1", vec!["http.lissten", "no such key", "listen", "hearthline.toml"]),
        ("[store]\nkind = \"tape\"", vec!["store.kind", "tape", "embedded, scylla", "hearthline.toml"]),
        ("[store]\nreserve_bytes = -1", vec!["store.reserve_bytes", "-1", "hearthline.toml"]),
        ("[http\nlisten = 1", vec!["hearthline.toml"]),
    ] {
        fs::write(&file, text).expect("written");
        let ended = run_to_end(&["serve", "--config", "hearthline.toml"], &[], folder.path()).await;
        refused(&ended, 2, &said);
    }
    let ended = run_to_end(&["serve", "--config", "elsewhere.toml"], &[], folder.path()).await;
    refused(&ended, 2, &["--config", "elsewhere.toml", "no such file"]);
    assert!(!folder.path().join("data").exists(), "nothing is made before the configuration is right");
    assert!(!folder.path().join("master.key").exists());
}

#[tokio::test]
async fn ops_4_variables_go_over_the_file() {
    let toml = "[http]\ntrust_proxy = true\npublic_url = \"https://of.the.file.example\"\n[log]\nformat = \"text\"\n";
    let mut server =
        Server::start(Options::default().toml(toml).public_url("https://of.the.variable.example")).await;
    let brokerage = Brokerage::open(&server).await;
    let number = brokerage.connect_team(&brokerage.team).await;
    assert!(
        number.webhook_url.starts_with("https://of.the.variable.example/hooks/"),
        "{}",
        number.webhook_url
    );
    assert!(!server.log().text().contains("{\"timestamp\""), "the file's log format counts");
    server.terminate().await;
    server.change(|options| options.set("log.format", "json"));
    server.restart().await;
    assert!(server.log().text().contains("{\"timestamp\""));
}

#[tokio::test]
async fn prv_5_a_master_key_that_is_missing_wrong_or_unreadable_is_named_and_nothing_is_made() {
    let mut server = Server::start(Options::default()).await;
    let brokerage = Brokerage::open(&server).await;
    let key = server.folder().join("master.key");
    let mode = fs::metadata(&key).expect("made at the first start").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(server.terminate().await.code(), Some(0));
    let right = fs::read_to_string(&key).expect("a key");
    let ended = async |server: &mut Server| {
        let before = server.log().text().len();
        server.launch();
        let status = server.exited().await;
        Ended { code: status.code(), out: String::new(), err: server.log().text()[before..].to_owned() }
    };

    fs::remove_file(&key).expect("removed");
    refused(
        &ended(&mut server).await,
        2,
        &["keys.master_file", "master.key", "no such file", "put the key back"],
    );
    assert!(!key.exists(), "no second key is made beside data of the first");

    for (text, said) in [
        ("", "base64 of 32 bytes"),
        ("not a key", "base64 of 32 bytes"),
        ("AAAA", "base64 of 32 bytes"),
        // Another one than the one that sealed what is there.
        ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "another master key"),
    ] {
        write_key(&key, text);
        refused(&ended(&mut server).await, 2, &["keys.master_file", "master.key", said]);
        assert_eq!(fs::read_to_string(&key).expect("kept"), text, "what was there is left alone");
    }
    write_key(&key, &right);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("permissions");
    refused(&ended(&mut server).await, 2, &["keys.master_file", "master.key", "chmod 600"]);

    // With the right one, everything is there.
    write_key(&key, &right);
    server.restart().await;
    User::sign_in(&brokerage.admin.client, &brokerage.admin.email, &brokerage.admin.password).await;
}

fn write_key(file: &Path, text: &str) {
    fs::write(file, text).expect("written");
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).expect("permissions");
}

#[tokio::test]
async fn ops_4_a_port_or_a_folder_that_is_in_use_is_named() {
    let server = Server::start(Options::default()).await;
    let data = server.data().display().to_string();
    let key = server.folder().join("master.key").display().to_string();
    let taken = format!("127.0.0.1:{}", server.port());
    let ended = serve(&[("HEARTHLINE__HTTP__LISTEN", taken.as_str())]).await;
    refused(&ended, 1, &["http.listen", &taken, "in use"]);

    let free = format!("127.0.0.1:{}", free_port());
    let second = [
        ("HEARTHLINE__HTTP__LISTEN", free.as_str()),
        ("HEARTHLINE__STORE__PATH", data.as_str()),
        ("HEARTHLINE__KEYS__MASTER_FILE", key.as_str()),
    ];
    refused(&serve(&second).await, 1, &["store.path", &data, "in use"]);
    // The first one has not noticed.
    Brokerage::open(&server).await;
}

#[tokio::test]
async fn ops_4_a_port_that_one_may_not_have_and_a_folder_that_cannot_be_made_are_named() {
    let ended = serve(&[("HEARTHLINE__HTTP__LISTEN", "203.0.113.1:18080")]).await;
    refused(&ended, 1, &["http.listen", "203.0.113.1:18080"]);

    let folder = folder();
    fs::write(folder.path().join("a-file"), "not a folder").expect("written");
    let path = folder.path().join("a-file/data").display().to_string();
    let free = format!("127.0.0.1:{}", free_port());
    let variables = [("HEARTHLINE__HTTP__LISTEN", free.as_str()), ("HEARTHLINE__STORE__PATH", path.as_str())];
    refused(&serve(&variables).await, 1, &["store.path", &path]);
}

#[tokio::test]
async fn ops_4_files_that_the_configuration_names_must_be_there_and_hold_what_they_should() {
    let folder = folder();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("written");
        path.display().to_string()
    };
    let (short, missing) =
        (file("short", "too-short\n"), folder.path().join("missing").display().to_string());
    let free = format!("127.0.0.1:{}", free_port());
    for path in [&short, &missing] {
        let variables = [
            ("HEARTHLINE__HTTP__LISTEN", free.as_str()),
            ("HEARTHLINE__HTTP__OPERATOR_TOKEN_FILE", path.as_str()),
        ];
        refused(&serve(&variables).await, 2, &["http.operator_token_file", path]);
    }
    let (good, empty) = (file("good", "a good password\n"), file("empty", "\n"));
    for (email, password, said) in [
        ("admin@tests.example", &missing, "bootstrap.admin_password_file"),
        ("admin@tests.example", &empty, "bootstrap.admin_password_file"),
        ("no address", &good, "bootstrap.admin_email"),
        ("admin@tests.example", &good, "bootstrap.tenant"),
    ] {
        let name = if said == "bootstrap.tenant" { "\n" } else { "Example Realty" };
        let variables = [
            ("HEARTHLINE__HTTP__LISTEN", free.as_str()),
            ("HEARTHLINE__BOOTSTRAP__TENANT", name),
            ("HEARTHLINE__BOOTSTRAP__ADMIN_EMAIL", email),
            ("HEARTHLINE__BOOTSTRAP__ADMIN_PASSWORD_FILE", password.as_str()),
        ];
        refused(&serve(&variables).await, 2, &[said]);
    }
}

#[tokio::test]
async fn ten_1_the_first_tenant_is_made_once() {
    let password = folder();
    let file = password.path().join("admin-password");
    fs::write(&file, "the first password\n").expect("written");
    let options = Options::default()
        .set("bootstrap.tenant", "Example Realty")
        .set("bootstrap.admin_email", "admin@tests.example")
        .set("bootstrap.admin_password_file", file.display());
    let mut server = Server::start(options).await;
    let client = Client::new(&server, None);
    let admin = User::sign_in(&client, "admin@tests.example", "the first password").await;
    admin.client.post("/v1/teams", &json!({"name": "North"})).await.ok();

    // Another start, with another password and address: the store is not empty any more.
    server.kill9().await;
    fs::write(&file, "another password\n").expect("written");
    server.change(|options| options.set("bootstrap.admin_email", "other@tests.example"));
    server.restart().await;
    let admin = User::sign_in(&client, "admin@tests.example", "the first password").await;
    assert_eq!(admin.client.all("/v1/teams").await.len(), 1);
    let other = json!({"email": "other@tests.example", "password": "another password"});
    client.post("/v1/sessions", &other).await.problem(401, "wrong_credentials");

    // The password's file is not needed any more.
    server.kill9().await;
    fs::remove_file(&file).expect("removed");
    server.restart().await;
    User::sign_in(&client, "admin@tests.example", "the first password").await;
}

#[tokio::test]
async fn every_command_explains_itself() {
    let folder = folder();
    let run = async |args: &[&str]| run_to_end(args, &[], folder.path()).await;
    let all = run(&["--help"]).await;
    assert_eq!(all.code, Some(0));
    let commands: Vec<&str> = all
        .out
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.contains(&"serve") && commands.contains(&"demo"), "{commands:?}");
    for command in commands.iter().filter(|command| **command != "help") {
        let help = run(&[command, "--help"]).await;
        assert_eq!(help.code, Some(0), "{command}");
        assert!(help.out.contains(&format!("Usage: hearthline {command}")), "{}", help.out);
        let wrong = run(&[command, "--colour", "red"]).await;
        refused(&wrong, 2, &["--colour", "Usage: hearthline"]);
    }
    let version = run(&["--version"]).await;
    assert_eq!(version.out.trim(), format!("hearthline {}", env!("CARGO_PKG_VERSION")));
    refused(&run(&[]).await, 2, &["Usage: hearthline"]);
    refused(&run(&["dance"]).await, 2, &["dance", "Usage: hearthline"]);
    refused(&run(&["demo", "--listen", "nowhere"]).await, 2, &["--listen", "nowhere"]);
}
