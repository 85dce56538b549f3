//! Which leads may be one person (IDN-3): names, channels, bounds and what was told apart, by tables.

use hearthline_engine::{
    identity::{Address, IdentityKind},
    ids::LeadId,
    lead::Source,
    namesake::{MOST_NAMESAKES, NameKey, Namesakes, Pair, Standing},
};

fn lead(n: u8) -> LeadId {
    LeadId::from_bytes([n; 16])
}

fn address(kind: IdentityKind) -> Vec<Address> {
    vec![Address { kind, value: "somebody".to_owned() }]
}

/// A lead by its name and how it came.
fn known(n: u8, name: &str, source: Source) -> Standing<'_> {
    Standing { lead: lead(n), gone: false, name, source, identities: &[], merged: &[] }
}

fn asked(namesakes: &Namesakes) -> Vec<[u8; 2]> {
    namesakes.pairs().map(|pair| pair.leads().map(|lead| lead.as_bytes()[0])).collect()
}

fn of(leads: &[Standing<'_>]) -> Namesakes {
    let mut namesakes = Namesakes::default();
    leads.iter().for_each(|lead| namesakes.note(lead));
    namesakes
}

#[test]
fn idn_3_one_name_has_one_form_however_it_is_written() {
    for (one, other) in [
        ("Ana Souza", "ana  souza"),
        ("Ana Souza", "\u{a0}ANA\tSOUZA \u{1f338}"),
        ("Ana Souza", "Ａｎａ Ｓｏｕｚａ"),
        ("João Muñoz", "Joa\u{303}o Mun\u{303}oz"),
        ("Anna Groß", "ANNA GROSS"),
        ("ΝΙΚΟΣ ΠΑΠΠΑΣ", "νικος παππας"),
        ("Siobhán O’Brien", "Siobhán O'Brien"),
        ("ﬁona ﬁnch", "Fiona Finch"),
        ("王小明", "王小明 "),
    ] {
        assert_eq!(NameKey::of(one), NameKey::of(other), "{one} and {other}");
        assert!(NameKey::of(one).is_some(), "{one}");
    }
    for (one, other) in [("Ana Souza", "Ana Sousa"), ("Ana Souza", "Souza Ana"), ("João Lima", "Joao Lima")]
    {
        assert_ne!(NameKey::of(one), NameKey::of(other), "{one} and {other}");
    }
    assert_eq!(format!("{:?}", NameKey::of("Ana Souza")), "Some(NameKey(…))");
}

#[test]
fn idn_3_what_many_are_called_is_no_hint() {
    for name in
        ["", "Ana", "  ", "A S", "Ana S.", "+1-212-555-0100", "ana@clients.example", "王明", "محمد", "🌸 🌸"]
    {
        assert_eq!(NameKey::of(name), None, "{name}");
    }
    for name in ["Ana Souza", "김민수", "さくら", "محمد علي", "Nguyễn Văn An", "Li Na"] {
        assert!(NameKey::of(name).is_some(), "{name}");
    }
}

#[test]
fn idn_3_the_same_name_on_another_channel_is_asked_about_once() {
    use Source::{Email, Instagram, Manual, Messenger, Sms, Whatsapp};
    for (one, other, ask) in [
        (Sms, Whatsapp, true),
        (Whatsapp, Messenger, true),
        (Manual, Sms, true),
        (Messenger, Instagram, true),
        (Email, Sms, true),
        (Whatsapp, Whatsapp, false),
        (Manual, Manual, false),
        (Messenger, Messenger, false),
    ] {
        let namesakes = of(&[known(1, "Ana Souza", one), known(2, "ANA souza", other)]);
        assert_eq!(asked(&namesakes), if ask { vec![[1, 2]] } else { vec![] }, "{one:?} and {other:?}");
    }
    // Another handle is another channel, a phone number is none.
    let (psid, phone) = (address(IdentityKind::Messenger), address(IdentityKind::Phone));
    for (identities, ask) in [(&psid, true), (&phone, false)] {
        let other = Standing { identities, ..known(2, "Ana Souza", Sms) };
        assert_eq!(asked(&of(&[known(1, "Ana Souza", Sms), other])).len(), usize::from(ask));
    }
    assert!(asked(&of(&[known(1, "Ana Souza", Sms), known(2, "Ana Lima", Whatsapp)])).is_empty());
    // Told twice, it is asked once.
    let twice = of(&[
        known(1, "Ana Souza", Sms),
        known(2, "Ana Souza", Whatsapp),
        known(2, "Ana Souza", Whatsapp),
        known(1, "Ana Souza", Sms),
    ]);
    assert_eq!(asked(&twice), [[1, 2]]);
}

#[test]
fn idn_3_who_is_gone_or_called_otherwise_is_asked_about_no_more() {
    let pair = [known(1, "Ana Souza", Source::Sms), known(2, "Ana Souza", Source::Whatsapp)];
    let mut namesakes = of(&pair);
    namesakes.note(&Standing { gone: true, ..pair[1] });
    assert!(asked(&namesakes).is_empty());
    namesakes.note(&pair[1]);
    assert_eq!(asked(&namesakes), [[1, 2]], "back again");
    namesakes.note(&known(1, "Ana Lima", Source::Sms));
    assert!(asked(&namesakes).is_empty());
}

#[test]
fn idn_3_a_name_that_many_have_asks_nothing_and_a_lead_has_few_questions() {
    let sources = [Source::Sms, Source::Whatsapp, Source::Messenger, Source::Instagram];
    let crowd = |n: usize| {
        let of_source = |n: u8| known(n, "Maria Silva", sources[usize::from(n) % sources.len()]);
        of(&(1..=n).map(|n| of_source(u8::try_from(n).unwrap())).collect::<Vec<_>>())
    };
    let most = asked(&crowd(MOST_NAMESAKES));
    assert!(!most.is_empty());
    for n in 1..=u8::try_from(MOST_NAMESAKES).unwrap() {
        assert!(most.iter().filter(|pair| pair.contains(&n)).count() < MOST_NAMESAKES);
    }
    assert!(asked(&crowd(MOST_NAMESAKES + 1)).is_empty());
    // Others have their own questions.
    let mut namesakes = crowd(200);
    namesakes.note(&known(201, "Ana Souza", Source::Sms));
    namesakes.note(&known(202, "Ana Souza", Source::Whatsapp));
    assert_eq!(asked(&namesakes), [[201, 202]]);
}

#[test]
fn idn_3_two_who_were_told_apart_stay_apart_whatever_they_are_merged_with() {
    let merged = [lead(2)];
    let (one, two) = (known(1, "Ana Souza", Source::Sms), known(2, "Ana Souza", Source::Whatsapp));
    let three = known(3, "Ana Souza", Source::Messenger);
    let mut namesakes = of(&[one, two, three]);
    namesakes.tell_apart(Pair::of(lead(2), lead(1)));
    assert_eq!(asked(&namesakes), [[1, 3], [2, 3]]);
    // The second one becomes the third one's, and the third one the fourth's.
    namesakes.note(&Standing { gone: true, ..two });
    namesakes.note(&Standing { merged: &merged, ..three });
    assert!(asked(&namesakes).is_empty());
    namesakes.note(&Standing { gone: true, merged: &merged, ..three });
    namesakes.note(&Standing { merged: &[lead(3)], ..known(4, "Ana Souza", Source::Instagram) });
    assert!(asked(&namesakes).is_empty());
    // Taken back, the third one is asked about again.
    namesakes.note(&known(4, "Ana Lima", Source::Instagram));
    namesakes.note(&three);
    namesakes.note(&two);
    assert_eq!(asked(&namesakes), [[1, 3], [2, 3]]);
}

#[test]
fn a_pair_is_the_same_whichever_is_named_first() {
    let (one, other) = (Pair::of(lead(1), lead(2)), Pair::of(lead(2), lead(1)));
    assert_eq!((one, one.id()), (other, other.id()));
    assert_ne!(one.id(), Pair::of(lead(1), lead(3)).id());
    assert_eq!(one.id().get_version_num(), 8);
}
