//! What the page costs in a real browser (experience.md, "Budgets"): in a binary of its own, because nothing else is to run
//! beside it.

mod support;

use support::browser::in_a_browser;

#[tokio::test]
async fn web_1_the_page_keeps_to_its_budgets() {
    in_a_browser("budget").await;
}
