//! French: formal address is not needed, nobody is addressed; a space before a colon as French sets it.

use hearthline_engine::message::Channel;

use super::{Phrase, Span, Words};

/// French.
pub(super) struct French;

impl Words for French {
    fn tag(&self) -> &'static str {
        "fr"
    }
    fn weekdays(&self) -> [&'static str; 7] {
        ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."]
    }
    fn months(&self) -> [&'static str; 12] {
        ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."]
    }
    fn amount(&self, span: Span) -> String {
        match span {
            Span::Seconds(n) => format!("{n} s"),
            Span::Minutes(n) => format!("{n} min"),
            Span::Hours(n) => format!("{n} h"),
            // Below 48 hours there are no days: never one alone.
            Span::Days(n) => format!("{n} jours"),
        }
    }
    fn channel(&self, channel: Channel) -> &'static str {
        match channel {
            Channel::Sms => "SMS",
            Channel::Whatsapp => "WhatsApp",
            Channel::Messenger => "Messenger",
            Channel::Instagram => "Instagram",
            Channel::Email => "e-mail",
            Channel::Voice => "téléphone",
            Channel::Note => "note",
            Channel::Task => "tâche",
            Channel::System => "système",
        }
    }
    #[expect(clippy::too_many_lines, reason = "one arm for each phrase")]
    fn phrase(&self, phrase: Phrase) -> &'static str {
        match phrase {
            Phrase::FirstReplyDueIn => "Première réponse à donner d’ici {due_at|span}",
            Phrase::FirstReplyDueNow => "Première réponse à donner maintenant",
            Phrase::FirstReplyOverdue => "Première réponse en retard de {due_at|span}",
            Phrase::FirstReplyAtRisk => "À risque : première réponse à donner d’ici {due_at|span}",
            Phrase::NoTouch => "À risque : aucun contact depuis {since|span}",
            Phrase::StaleFor => "Délaissé depuis {since|span}",
            Phrase::Wrote => "A écrit il y a {at|span}",
            Phrase::FollowUpDueIn => "Relance prévue d’ici {due_at|span}",
            Phrase::FollowUpDueNow => "Relance à faire maintenant",
            Phrase::FollowUpOverdue => "Relance en retard de {due_at|span}",
            Phrase::CallWithoutOutcome => "Comment s’est passé l’appel d’il y a {at|span} ?",
            Phrase::TouchRevoked => "Le message envoyé il y a {sent_at|span} n’est pas arrivé",
            Phrase::SendRefused => "Votre message d’il y a {asked_at|span} a été refusé par l’opérateur",
            Phrase::SendUndelivered => "Votre message d’il y a {asked_at|span} n’est pas arrivé",
            Phrase::SendOptedOut => {
                "Votre message d’il y a {asked_at|span} n’a pas été envoyé : le client n’en veut plus"
            }
            Phrase::SendNotSent => "Votre message d’il y a {asked_at|span} n’a pas été envoyé",
            Phrase::SendGaveUp => {
                "Votre message d’il y a {asked_at|span} n’a pas été envoyé : l’opérateur est injoignable"
            }
            Phrase::SendWindowClosed => {
                "Votre message d’il y a {asked_at|span} n’a pas été envoyé : le dernier message du client y est trop ancien"
            }
            Phrase::SendInDoubt => "Nul ne peut dire si votre message d’il y a {tried_at|span} a été envoyé",
            Phrase::NoMoreTexts => "Ne veut plus de SMS ; encore possible : {open}",
            Phrase::NoMoreTextsAndNothingElse => "Ne veut plus de SMS ; aucun autre canal n’est ouvert",
            Phrase::NoMoreMessages => "Ne veut plus de messages par {closed} ; encore possible : {open}",
            Phrase::NoMoreMessagesAndNothingElse => {
                "Ne veut plus de messages par {closed} ; aucun autre canal n’est ouvert"
            }
            Phrase::ReplyWindowClosed => {
                "Pas de réponse possible par {channel} : le dernier message du client y est trop ancien"
            }
            Phrase::ChannelOpen => "Réponse possible par {channel}",
            Phrase::ReplyWindowOpen => "Réponse possible par {channel} jusqu’à : {until}",
            Phrase::ChannelOptedOut => "Le client ne veut plus de messages par {channel}",
            Phrase::New => "Nouveau depuis {since} ; première réponse à donner avant {due_by}.",
            Phrase::FirstContactAtRisk => {
                "À risque depuis {since} ; première réponse à donner avant {due_by}."
            }
            Phrase::FirstContactOverdue => {
                "À risque depuis {since} ; la première réponse était attendue avant {due_by}."
            }
            Phrase::Active => {
                "Actif ; dernier contact : {last_touch_at} ; à risque à partir de {at_risk_at}."
            }
            Phrase::ActiveUntouched => "Actif ; aucun contact encore ; à risque à partir de {at_risk_at}.",
            Phrase::AtRisk => {
                "À risque depuis {since} ; aucun contact depuis {no_touch_since} ; délaissé à partir de {stale_at}."
            }
            Phrase::StaleWaiting => "Délaissé depuis {since} ; attend d’être repris.",
            Phrase::StaleInProgress => "Délaissé depuis {since} ; reprise en cours.",
            Phrase::StaleAnswered => {
                "Délaissé depuis {since} ; le client a répondu ({answered_at}) ; restitution possible."
            }
            Phrase::Archived => "Archivé ; aucun délai ne court.",
            Phrase::Deleted => "Supprimé ; aucun délai ne court.",
            Phrase::BecameAtRiskOfNoReply => "À risque : le délai de première réponse est presque écoulé.",
            Phrase::BecameAtRiskOfStaleness => "À risque : aucun contact depuis longtemps.",
            Phrase::BecameStale => "Délaissé : trop longtemps sans contact.",
            Phrase::FirstTouch => "Actif : le premier contact est établi.",
            Phrase::Touch => "Actif : le contact est établi.",
            Phrase::TouchTakenBack => "Un message n’est pas arrivé ; le délai est recalculé sans lui.",
            Phrase::RulesChanged => "Les règles de l’équipe ont changé ; il reste plus de temps.",
            Phrase::WindowsShortened => {
                "Les règles de l’équipe ont changé ; il reste moins de temps : première réponse sous {first_contact_s}, délaissé {stale_after_s} après le dernier contact."
            }
            Phrase::HandedBack => "Actif : rendu à son responsable.",
            Phrase::Reassigned => "Actif : réattribué ; le délai repart.",
            Phrase::BackFromArchive => "Actif : sorti des archives.",
            Phrase::ClockRestarted => "Nouveau responsable ; le délai repart.",
            Phrase::Breached => "La première réponse était attendue et n’est pas venue.",
            Phrase::Escalated => "Personne ne s’est occupé de ce client ; rappel {count}.",
            Phrase::OwnerChanged => "Le client a changé de responsable.",
            Phrase::PutAway => "Archivé.",
            Phrase::StatusChanged => "La relation a changé.",
            Phrase::DetailsNoted => "Informations notées.",
            Phrase::WasDeleted => "Supprimé.",
            Phrase::RescueWaits => "Attend de nouveau d’être repris.",
            Phrase::RescueBegan => "Une reprise a commencé.",
            Phrase::RescueAnswered => "Le client a répondu à la personne qui a repris.",
            Phrase::WasRestored => "Fiche rétablie après suppression.",
            Phrase::IdentityLinked => "Une adresse a été ajoutée.",
            Phrase::Merged => "Deux contacts ont été fusionnés.",
            Phrase::MergeTakenBack => "Une fusion a été annulée.",
            Phrase::IdentityUnlinked => "Une adresse a été retirée.",
            Phrase::DeadUnreadable => "Ce qui est arrivé à {received_at} n’a pas pu être lu.",
            Phrase::DeadSenderUnreadable => "Nul ne peut dire de qui est le message reçu à {received_at}.",
            Phrase::DeadOtherAccount => {
                "Ce qui est arrivé à {received_at} concerne un compte qu’aucune connexion ne représente ici."
            }
            Phrase::DeadConnectionGone => {
                "Ce qui est arrivé à {received_at} est passé par une connexion qui n’existe plus."
            }
            Phrase::DeadNotApplied => {
                "Ce qui est arrivé à {received_at} a été lu, mais sa fiche n’a pas pu le prendre."
            }
            Phrase::DeadUnopened => "Ce qui est arrivé à {received_at} n’a pas pu être ouvert.",
            Phrase::Unassigned => "Personne ne s’occupe de cette fiche depuis {since}.",
            Phrase::LeftInDoubt => "Nul ne peut dire si le message par {channel} du {tried_at} a été envoyé.",
            Phrase::SameName => {
                "Deux fiches portent le même nom depuis {since} : peut-être une seule personne."
            }
            Phrase::WroteToAnother => "Le client de quelqu’un d’autre vous a écrit par {channel} : {at}.",
            Phrase::HealthCredentialsRejected => {
                "Le fournisseur refuse les identifiants de cette connexion depuis {since}."
            }
            Phrase::HealthSignaturesRefused => {
                "Des requêtes sont arrivées avec une mauvaise signature ; en 24 heures : {count}."
            }
            Phrase::HealthSendsFail => "Des messages envoyés ont échoué ; en 24 heures : {count}.",
            Phrase::HealthBacklogStuck => "Ce qui est arrivé attend depuis {since}.",
            Phrase::HealthNotDurable => {
                "Des requêtes du fournisseur n’ont pas pu être enregistrées ; la dernière est arrivée à {since}."
            }
            Phrase::HealthDeadLetters => "Une partie de ce qui est arrivé n’a pas été prise : {count}.",
            Phrase::HealthMediaRefused => {
                "Des fichiers de clients n’ont pas pu être récupérés ; le dernier a été refusé à {since}."
            }
            Phrase::HealthNeverCalled => {
                "Le fournisseur n’a jamais appelé cette connexion depuis sa création à {since}."
            }
            Phrase::HealthQuiet => "Le fournisseur n’a pas appelé cette connexion depuis {since}.",
            Phrase::FixCredentialsRejected => {
                "Renouvelez le jeton chez le fournisseur et enregistrez-le ici."
            }
            Phrase::FixSignaturesRefused => {
                "Comparez le secret et l’adresse du webhook avec ceux du fournisseur."
            }
            Phrase::FixSendsFail => "Cherchez le code chez le fournisseur, et vérifiez l’état du compte.",
            Phrase::FixBacklogStuck => {
                "Rien n’est perdu. La personne qui exploite ce serveur doit vérifier son stockage et son journal."
            }
            Phrase::FixNotDurable => {
                "Le fournisseur les renvoie. La personne qui exploite ce serveur doit vérifier son disque."
            }
            Phrase::FixDeadLetters => {
                "Lisez pourquoi dans les messages non traités, puis renvoyez-les après correction."
            }
            Phrase::FixMediaRefused => "Vérifiez ce que le jeton permet, et si le fournisseur est joignable.",
            Phrase::FixNeverCalled => {
                "Indiquez l’adresse du webhook au fournisseur et abonnez-la aux messages."
            }
            Phrase::FixQuiet => {
                "Écrivez à ce numéro ou à ce compte, et vérifiez l’adresse du webhook chez le fournisseur."
            }
            Phrase::DeletedLeadWrote => {
                "Cette fiche a été supprimée, et le client a réécrit par {channel} à {at}."
            }
        }
    }
}
