//! Portuguese, in words that are read alike in Brazil and Portugal.

use hearthline_engine::message::Channel;

use super::{Phrase, Span, Words};

/// Portuguese.
pub(super) struct Portuguese;

impl Words for Portuguese {
    fn tag(&self) -> &'static str {
        "pt"
    }
    fn weekdays(&self) -> [&'static str; 7] {
        ["seg", "ter", "qua", "qui", "sex", "sáb", "dom"]
    }
    fn months(&self) -> [&'static str; 12] {
        ["jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez"]
    }
    fn amount(&self, span: Span) -> String {
        match span {
            Span::Seconds(n) => format!("{n} s"),
            Span::Minutes(n) => format!("{n} min"),
            Span::Hours(n) => format!("{n} h"),
            // Below 48 hours there are no days: never one alone.
            Span::Days(n) => format!("{n} dias"),
        }
    }
    fn channel(&self, channel: Channel) -> &'static str {
        match channel {
            Channel::Sms => "SMS",
            Channel::Whatsapp => "WhatsApp",
            Channel::Messenger => "Messenger",
            Channel::Instagram => "Instagram",
            Channel::Email => "e-mail",
            Channel::Voice => "telefone",
            Channel::Note => "nota",
            Channel::Task => "tarefa",
            Channel::System => "sistema",
        }
    }
    #[expect(clippy::too_many_lines, reason = "one arm for each phrase")]
    fn phrase(&self, phrase: Phrase) -> &'static str {
        match phrase {
            Phrase::FirstReplyDueIn => "Primeira resposta prevista em {due_at|span}",
            Phrase::FirstReplyDueNow => "Primeira resposta prevista para agora",
            Phrase::FirstReplyOverdue => "Primeira resposta atrasada em {due_at|span}",
            Phrase::FirstReplyAtRisk => "Em risco: primeira resposta prevista em {due_at|span}",
            Phrase::NoTouch => "Em risco: sem contato há {since|span}",
            Phrase::StaleFor => "Sem atendimento há {since|span}",
            Phrase::Wrote => "Escreveu há {at|span}",
            Phrase::FollowUpDueIn => "Acompanhamento previsto em {due_at|span}",
            Phrase::FollowUpDueNow => "Acompanhamento previsto para agora",
            Phrase::FollowUpOverdue => "Acompanhamento atrasado em {due_at|span}",
            Phrase::CallWithoutOutcome => "Como foi a ligação de há {at|span}?",
            Phrase::TouchRevoked => "A mensagem de há {sent_at|span} não chegou",
            Phrase::SendRefused => "A operadora recusou a sua mensagem de há {asked_at|span}",
            Phrase::SendUndelivered => "A sua mensagem de há {asked_at|span} não chegou",
            Phrase::SendOptedOut => {
                "A sua mensagem de há {asked_at|span} não foi enviada: o cliente não quer mais"
            }
            Phrase::SendNotSent => "A sua mensagem de há {asked_at|span} não foi enviada",
            Phrase::SendGaveUp => {
                "A sua mensagem de há {asked_at|span} não foi enviada: a operadora está inacessível"
            }
            Phrase::SendWindowClosed => {
                "A sua mensagem de há {asked_at|span} não foi enviada: a última mensagem do cliente ali é antiga demais"
            }
            Phrase::SendInDoubt => "Ninguém sabe dizer se a sua mensagem de há {tried_at|span} foi enviada",
            Phrase::NoMoreTexts => "Não quer mais SMS; ainda aberto: {open}",
            Phrase::NoMoreTextsAndNothingElse => "Não quer mais SMS; nenhum outro canal está aberto",
            Phrase::NoMoreMessages => "Não quer mais mensagens por {closed}; ainda aberto: {open}",
            Phrase::NoMoreMessagesAndNothingElse => {
                "Não quer mais mensagens por {closed}; nenhum outro canal está aberto"
            }
            Phrase::ReplyWindowClosed => {
                "Não é possível responder por {channel}: a última mensagem do cliente ali é antiga demais"
            }
            Phrase::ChannelOpen => "É possível responder por {channel}",
            Phrase::ReplyWindowOpen => "É possível responder por {channel} até: {until}",
            Phrase::ChannelOptedOut => "O cliente não quer mais mensagens por {channel}",
            Phrase::New => "Novo desde: {since}; primeira resposta até: {due_by}.",
            Phrase::FirstContactAtRisk => "Em risco desde: {since}; primeira resposta até: {due_by}.",
            Phrase::FirstContactOverdue => "Em risco desde: {since}; a primeira resposta era até: {due_by}.",
            Phrase::Active => "Ativo; último contato: {last_touch_at}; em risco a partir de: {at_risk_at}.",
            Phrase::ActiveUntouched => "Ativo; ainda sem contato; em risco a partir de: {at_risk_at}.",
            Phrase::AtRisk => {
                "Em risco desde: {since}; sem contato desde: {no_touch_since}; sem atendimento a partir de: {stale_at}."
            }
            Phrase::StaleWaiting => "Sem atendimento desde: {since}; aguarda resgate.",
            Phrase::StaleInProgress => "Sem atendimento desde: {since}; resgate em andamento.",
            Phrase::StaleAnswered => {
                "Sem atendimento desde: {since}; o cliente respondeu: {answered_at}; a devolução é possível."
            }
            Phrase::Archived => "Arquivado; nenhum prazo corre.",
            Phrase::Deleted => "Excluído; nenhum prazo corre.",
            Phrase::BecameAtRiskOfNoReply => "Em risco: o prazo da primeira resposta está quase no fim.",
            Phrase::BecameAtRiskOfStaleness => "Em risco: muito tempo sem contato.",
            Phrase::BecameStale => "Sem atendimento: tempo demais sem contato.",
            Phrase::FirstTouch => "Ativo: o primeiro contato foi feito.",
            Phrase::Touch => "Ativo: houve contato.",
            Phrase::TouchTakenBack => "Uma mensagem não chegou; o prazo é contado de novo sem ela.",
            Phrase::RulesChanged => "As regras da equipe mudaram; agora há mais tempo.",
            Phrase::WindowsShortened => {
                "As regras da equipe mudaram; agora há menos tempo: primeira resposta em {first_contact_s}, sem atendimento {stale_after_s} após o último contato."
            }
            Phrase::HandedBack => "Ativo: devolvido ao responsável.",
            Phrase::Reassigned => "Ativo: reatribuído; o prazo recomeça.",
            Phrase::BackFromArchive => "Ativo: de volta do arquivo.",
            Phrase::ClockRestarted => "Novo responsável; o prazo recomeça.",
            Phrase::Breached => "A primeira resposta era esperada e não veio.",
            Phrase::Escalated => "Ninguém cuidou deste cliente; lembrete {count}.",
            Phrase::OwnerChanged => "O cliente mudou de responsável.",
            Phrase::PutAway => "Arquivado.",
            Phrase::StatusChanged => "A relação mudou.",
            Phrase::DetailsNoted => "Dados anotados.",
            Phrase::WasDeleted => "Excluído.",
            Phrase::RescueWaits => "Aguarda resgate de novo.",
            Phrase::RescueBegan => "Um resgate começou.",
            Phrase::RescueAnswered => "O cliente respondeu a quem o resgatou.",
            Phrase::WasRestored => "Ficha recuperada depois de eliminada.",
            Phrase::IdentityLinked => "Foi acrescentado um endereço.",
            Phrase::Merged => "Dois contactos foram fundidos.",
            Phrase::MergeTakenBack => "Uma fusão foi desfeita.",
            Phrase::IdentityUnlinked => "Foi retirado um endereço.",
            Phrase::DeadUnreadable => "Não foi possível ler o que chegou: {received_at}.",
            Phrase::DeadSenderUnreadable => "Não se sabe de quem é a mensagem recebida: {received_at}.",
            Phrase::DeadOtherAccount => {
                "O que chegou ({received_at}) é de uma conta que nenhuma conexão representa aqui."
            }
            Phrase::DeadConnectionGone => {
                "O que chegou ({received_at}) veio por uma conexão que já não existe."
            }
            Phrase::DeadNotApplied => {
                "O que chegou ({received_at}) foi lido, mas a ficha não pôde recebê-lo."
            }
            Phrase::DeadUnopened => "Não foi possível abrir o que chegou: {received_at}.",
            Phrase::Unassigned => "Ninguém cuida desta ficha desde: {since}.",
            Phrase::LeftInDoubt => "Ninguém sabe dizer se a mensagem por {channel} foi enviada ({tried_at}).",
            Phrase::SameName => "Duas fichas têm o mesmo nome, talvez sejam uma só pessoa. Desde: {since}.",
            Phrase::WroteToAnother => "Um cliente de outra pessoa escreveu-lhe por {channel}: {at}.",
            Phrase::HealthCredentialsRejected => {
                "O provedor recusa as credenciais desta conexão desde: {since}."
            }
            Phrase::HealthSignaturesRefused => {
                "Chegaram pedidos com assinatura errada; em 24 horas: {count}."
            }
            Phrase::HealthSendsFail => "Falharam mensagens enviadas; em 24 horas: {count}.",
            Phrase::HealthBacklogStuck => "O que chegou espera desde: {since}.",
            Phrase::HealthNotDurable => "Não foi possível guardar pedidos do provedor; o último: {since}.",
            Phrase::HealthDeadLetters => "Parte do que chegou não foi recebida: {count}.",
            Phrase::HealthMediaRefused => {
                "Não foi possível buscar arquivos de clientes; o último foi recusado: {since}."
            }
            Phrase::HealthNeverCalled => "O provedor nunca chamou esta conexão, criada: {since}.",
            Phrase::HealthQuiet => "O provedor não chama esta conexão desde: {since}.",
            Phrase::FixCredentialsRejected => "Renove o token no provedor e salve-o aqui.",
            Phrase::FixSignaturesRefused => "Compare o segredo e o endereço do webhook com os do provedor.",
            Phrase::FixSendsFail => "Procure o código no provedor e veja a situação da conta.",
            Phrase::FixBacklogStuck => {
                "Nada se perde. Quem opera este servidor deve ver o armazenamento e o registro."
            }
            Phrase::FixNotDurable => "O provedor os repete. Quem opera este servidor deve ver o disco.",
            Phrase::FixDeadLetters => {
                "Leia o motivo entre as mensagens não processadas e reenvie-as após a correção."
            }
            Phrase::FixMediaRefused => "Verifique o que o token permite e se o provedor está acessível.",
            Phrase::FixNeverCalled => "Informe o endereço do webhook ao provedor e assine as mensagens.",
            Phrase::FixQuiet => {
                "Escreva para este número ou conta e verifique o endereço do webhook no provedor."
            }
            Phrase::DeletedLeadWrote => {
                "Esta ficha foi eliminada, e o cliente voltou a escrever por {channel}: {at}."
            }
        }
    }
}
