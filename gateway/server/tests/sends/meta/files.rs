//! Files through Meta's channels: each fetches the one that a message has from an address of ours (OUT-2).

use reqwest::Method;
use serde_json::{Value, json};

use super::desk::{Client, Desk, desks};
use crate::{server, support::Brokerage};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and what a picture has besides";

async fn uploaded(desk: &Desk, client: &Client) -> Value {
    let path = format!("/v1/attachments?lead_id={}&filename=plan.png", client.lead);
    let upload = desk.ana.client.request(Method::POST, &path).header("Content-Type", "image/png");
    desk.ana.client.send(upload.body(PNG.to_vec())).await.ok()["id"].clone()
}

#[tokio::test]
async fn out_2_a_file_goes_as_each_product_takes_it_and_is_fetched_from_us() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    for (meta, desk) in desks(server, &brokerage).await {
        let client = desk.client(server, &meta).await;
        let by_whatsapp = desk.account.kind == "whatsapp";
        let (one, two) = (uploaded(&desk, &client).await, uploaded(&desk, &client).await);

        let both = json!({"attachment_ids": [one, two]});
        let wrong = desk.ask(&client, "", &both).await;
        assert_eq!(
            (wrong.status, wrong.wrong_fields()[0].0.as_str()),
            (422, "attachment_ids"),
            "{:?}",
            desk.product
        );
        let with_text = desk.ask(&client, "The plan", &json!({"attachment_ids": [one]})).await;
        if by_whatsapp {
            assert_eq!(with_text.status, 202, "{}", with_text.text);
        } else {
            assert_eq!((with_text.status, with_text.wrong_fields()[0].0.as_str()), (422, "body"));
            let message = json!({"channel": desk.account.kind, "attachment_ids": [one]});
            let path = format!("/v1/leads/{}/messages", client.lead);
            let taken = desk.ana.client.post(&path, &message).await;
            assert_eq!(taken.status, 202, "{}", taken.text);
        }
        let looking = async {
            loop {
                let sent = desk.sent(&client).await;
                if sent.iter().any(|event| matches!(event["status"].as_str(), Some("sent" | "delivered"))) {
                    return sent;
                }
                tokio::time::sleep(crate::support::POLL).await;
            }
        };
        let sent = server.log().within(crate::support::LONG_ENOUGH, "the file as sent", looking).await;
        assert_eq!((sent.len(), &sent[0]["attachments"][0]["id"]), (1, &one), "{:?}", desk.product);
        meta.settled().await;
        server.settled().await;
        let ledger = meta.ledger();
        assert_eq!((ledger.accepted[0].kind.as_str(), ledger.accepted.len()), ("image", 1));
        assert_eq!(ledger.accepted[0].text, if by_whatsapp { "The plan" } else { "" });
        assert_eq!((ledger.media[0].answered, ledger.media[0].size_bytes), (Some(200), PNG.len()));
        assert_eq!(desk.sent(&client).await.len(), 1, "its echo is no second event: {:?}", desk.product);
    }
}
