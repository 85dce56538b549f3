//! Plans of any seed: what their lives promise of their endings, without a server.

use hearthline_load::{
    people::{AGENTS, Client},
    plan::{DAYS, Deed, Ending, LEADS, Plan},
    voice::voices,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const MIN: i64 = 60_000;
const HOUR: i64 = 60 * MIN;
/// The usual windows: at risk and over, for the first contact and for silence.
const FIRST_AT_RISK: i64 = 48 * MIN;
const SILENT_AT_RISK: i64 = 38 * HOUR + 24 * MIN;
const SILENT: i64 = 48 * HOUR;

/// Where the owner's touches, the rescue and the archive leave a lead, by the table of the life cycle alone.
fn state(plan: &Plan, client: u32, with_colour: bool) -> &'static str {
    let steps = plan.steps.iter().filter(|step| step.client == client && (with_colour || !step.colour));
    let (mut born, mut base, mut touched, mut archived) = (None, 0, false, false);
    for step in steps {
        let ago = step.ago_ms;
        match &step.deed {
            Deed::Writes { .. } if born.is_none() => (born, base) = (Some(ago), ago),
            Deed::Writes { .. } if archived => (archived, base, touched) = (false, ago, true),
            Deed::Writes { .. } | Deed::Plans { .. } | Deed::Names => {}
            Deed::Calls { by_team_lead: true, .. } => {
                assert!(base - ago > SILENT, "only Stale leads are rescued")
            }
            Deed::Calls { result: hearthline_load::plan::Outcome::WrongNumber, .. } => {}
            Deed::Answers { .. } | Deed::Calls { .. } | Deed::Meets { .. } | Deed::HandsBack => {
                (base, touched) = (ago, true);
            }
            Deed::Archives => archived = true,
        }
    }
    match (base, touched) {
        (base, _) if base > SILENT => "stale",
        (base, true) if base > SILENT_AT_RISK => "at_risk",
        (_, true) => "active",
        (base, false) if base > FIRST_AT_RISK => "at_risk",
        (_, false) => "new",
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn sim_2_every_lead_ends_as_planned_with_and_without_the_colour(seed: u64) {
        let plan = Plan::of(seed);
        for (client, ending) in (0..LEADS).zip(&plan.endings) {
            for with_colour in [true, false] {
                prop_assert_eq!(state(&plan, client, with_colour), ending.state(), "client {} {:?}", client, ending);
            }
        }
    }

    #[test]
    fn sim_2_a_plan_is_told_in_order_within_its_days_and_begins_each_life_with_the_client(seed: u64) {
        let plan = Plan::of(seed);
        prop_assert!(plan.steps.windows(2).all(|pair| pair[0].ago_ms >= pair[1].ago_ms));
        prop_assert!(plan.steps.iter().all(|step| (0..=DAYS * 24 * HOUR).contains(&step.ago_ms)));
        let mut seen = BTreeSet::new();
        for step in &plan.steps {
            if seen.insert(step.client) {
                prop_assert!(matches!(step.deed, Deed::Writes { .. }) && !step.colour, "{:?}", step);
            }
        }
        prop_assert_eq!(seen.len(), LEADS as usize);
    }

    #[test]
    fn sim_2_the_same_seed_gives_the_same_plan(seed: u64) {
        prop_assert_eq!(Plan::of(seed), Plan::of(seed));
    }

    #[test]
    fn sim_2_every_agent_has_leads_and_every_language_is_heard(seed: u64) {
        let plan = Plan::of(seed);
        let clients: Vec<Client> = (0..LEADS).map(|n| Client::of(seed, n)).collect();
        for agent in 0..AGENTS {
            prop_assert!(clients.iter().filter(|client| client.agent == agent).count() > 20);
        }
        let languages: BTreeSet<&str> = clients.iter().map(|client| client.language).collect();
        prop_assert_eq!(languages.len(), voices().len());
        let pictures = plan.steps.iter().filter(|step| matches!(step.deed, Deed::Writes { picture: true, .. }));
        prop_assert!(pictures.count() > 0);
    }
}

#[test]
fn sim_2_the_endings_are_dealt_out_as_their_shares_say_and_cover_all_four_states() {
    let plan = Plan::of(1);
    let mut dealt: BTreeMap<&str, u32> = BTreeMap::new();
    for ending in &plan.endings {
        *dealt.entry(ending.state()).or_default() += 1;
    }
    assert_eq!(plan.endings.len(), LEADS as usize);
    assert_eq!(dealt.values().sum::<u32>(), LEADS);
    let states: BTreeSet<&str> = Ending::shares().iter().map(|(ending, _)| ending.state()).collect();
    assert_eq!(states, dealt.keys().copied().collect());
    assert_eq!(dealt.len(), 4);
}
