//! Spanish.

use hearthline_engine::message::Channel;

use super::{Phrase, Span, Words};

/// Spanish.
pub(super) struct Spanish;

impl Words for Spanish {
    fn tag(&self) -> &'static str {
        "es"
    }
    fn weekdays(&self) -> [&'static str; 7] {
        ["lun", "mar", "mié", "jue", "vie", "sáb", "dom"]
    }
    fn months(&self) -> [&'static str; 12] {
        ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"]
    }
    fn amount(&self, span: Span) -> String {
        match span {
            Span::Seconds(n) => format!("{n} s"),
            Span::Minutes(n) => format!("{n} min"),
            Span::Hours(n) => format!("{n} h"),
            // Below 48 hours there are no days: never one alone.
            Span::Days(n) => format!("{n} días"),
        }
    }
    fn channel(&self, channel: Channel) -> &'static str {
        match channel {
            Channel::Sms => "SMS",
            Channel::Whatsapp => "WhatsApp",
            Channel::Messenger => "Messenger",
            Channel::Instagram => "Instagram",
            Channel::Email => "correo electrónico",
            Channel::Voice => "teléfono",
            Channel::Note => "nota",
            Channel::Task => "tarea",
            Channel::System => "sistema",
        }
    }
    #[expect(clippy::too_many_lines, reason = "one arm for each phrase")]
    fn phrase(&self, phrase: Phrase) -> &'static str {
        match phrase {
            Phrase::FirstReplyDueIn => "Primera respuesta pendiente en {due_at|span}",
            Phrase::FirstReplyDueNow => "Primera respuesta pendiente ahora",
            Phrase::FirstReplyOverdue => "Primera respuesta con {due_at|span} de retraso",
            Phrase::FirstReplyAtRisk => "En riesgo: primera respuesta pendiente en {due_at|span}",
            Phrase::NoTouch => "En riesgo: sin contacto desde hace {since|span}",
            Phrase::StaleFor => "Desatendido desde hace {since|span}",
            Phrase::Wrote => "Escribió hace {at|span}",
            Phrase::FollowUpDueIn => "Seguimiento pendiente en {due_at|span}",
            Phrase::FollowUpDueNow => "Seguimiento pendiente ahora",
            Phrase::FollowUpOverdue => "Seguimiento con {due_at|span} de retraso",
            Phrase::CallWithoutOutcome => "¿Cómo fue la llamada de hace {at|span}?",
            Phrase::TouchRevoked => "El mensaje de hace {sent_at|span} no llegó",
            Phrase::SendRefused => "El operador rechazó su mensaje de hace {asked_at|span}",
            Phrase::SendUndelivered => "Su mensaje de hace {asked_at|span} no llegó",
            Phrase::SendOptedOut => {
                "Su mensaje de hace {asked_at|span} no se envió: el cliente no quiere más"
            }
            Phrase::SendNotSent => "Su mensaje de hace {asked_at|span} no se envió",
            Phrase::SendGaveUp => {
                "Su mensaje de hace {asked_at|span} no se envió: no se pudo contactar con el operador"
            }
            Phrase::SendWindowClosed => {
                "Su mensaje de hace {asked_at|span} no se envió: el último mensaje del cliente allí es demasiado antiguo"
            }
            Phrase::SendInDoubt => "Nadie puede decir si su mensaje de hace {tried_at|span} se envió",
            Phrase::NoMoreTexts => "No quiere más SMS; sigue abierto: {open}",
            Phrase::NoMoreTextsAndNothingElse => "No quiere más SMS; no hay otro canal abierto",
            Phrase::NoMoreMessages => "No quiere más mensajes por {closed}; sigue abierto: {open}",
            Phrase::NoMoreMessagesAndNothingElse => {
                "No quiere más mensajes por {closed}; no hay otro canal abierto"
            }
            Phrase::ReplyWindowClosed => {
                "No se puede responder por {channel}: el último mensaje del cliente allí es demasiado antiguo"
            }
            Phrase::ChannelOpen => "Se puede responder por {channel}",
            Phrase::ReplyWindowOpen => "Se puede responder por {channel} hasta: {until}",
            Phrase::ChannelOptedOut => "El cliente no quiere más mensajes por {channel}",
            Phrase::New => "Nuevo desde: {since}; primera respuesta antes de: {due_by}.",
            Phrase::FirstContactAtRisk => "En riesgo desde: {since}; primera respuesta antes de: {due_by}.",
            Phrase::FirstContactOverdue => "En riesgo desde: {since}; la primera respuesta vencía: {due_by}.",
            Phrase::Active => "Activo; último contacto: {last_touch_at}; en riesgo desde: {at_risk_at}.",
            Phrase::ActiveUntouched => "Activo; aún sin contacto; en riesgo desde: {at_risk_at}.",
            Phrase::AtRisk => {
                "En riesgo desde: {since}; sin contacto desde: {no_touch_since}; desatendido desde: {stale_at}."
            }
            Phrase::StaleWaiting => "Desatendido desde: {since}; espera un rescate.",
            Phrase::StaleInProgress => "Desatendido desde: {since}; rescate en curso.",
            Phrase::StaleAnswered => {
                "Desatendido desde: {since}; el cliente respondió: {answered_at}; se puede devolver."
            }
            Phrase::Archived => "Archivado; no corre ningún plazo.",
            Phrase::Deleted => "Eliminado; no corre ningún plazo.",
            Phrase::BecameAtRiskOfNoReply => "En riesgo: el plazo de la primera respuesta casi ha terminado.",
            Phrase::BecameAtRiskOfStaleness => "En riesgo: mucho tiempo sin contacto.",
            Phrase::BecameStale => "Desatendido: demasiado tiempo sin contacto.",
            Phrase::FirstTouch => "Activo: se hizo el primer contacto.",
            Phrase::Touch => "Activo: hubo contacto.",
            Phrase::TouchTakenBack => "Un mensaje no llegó; el plazo se cuenta de nuevo sin él.",
            Phrase::RulesChanged => "Cambiaron las reglas del equipo; ahora hay más tiempo.",
            Phrase::WindowsShortened => {
                "Cambiaron las reglas del equipo; ahora hay menos tiempo: primera respuesta en {first_contact_s}, desatendido {stale_after_s} después del último contacto."
            }
            Phrase::HandedBack => "Activo: devuelto a su responsable.",
            Phrase::Reassigned => "Activo: reasignado; el plazo empieza de nuevo.",
            Phrase::BackFromArchive => "Activo: recuperado del archivo.",
            Phrase::ClockRestarted => "Nuevo responsable; el plazo empieza de nuevo.",
            Phrase::Breached => "La primera respuesta vencía y no llegó.",
            Phrase::Escalated => "Nadie se ha ocupado de este cliente; aviso {count}.",
            Phrase::OwnerChanged => "El cliente cambió de responsable.",
            Phrase::PutAway => "Archivado.",
            Phrase::StatusChanged => "La relación cambió.",
            Phrase::DetailsNoted => "Datos anotados.",
            Phrase::WasDeleted => "Eliminado.",
            Phrase::RescueWaits => "Espera de nuevo un rescate.",
            Phrase::RescueBegan => "Empezó un rescate.",
            Phrase::RescueAnswered => "El cliente respondió a quien lo rescató.",
            Phrase::WasRestored => "Ficha recuperada tras su eliminación.",
            Phrase::IdentityLinked => "Se añadió una dirección.",
            Phrase::Merged => "Se fusionaron dos contactos.",
            Phrase::MergeTakenBack => "Se deshizo una fusión.",
            Phrase::IdentityUnlinked => "Se quitó una dirección.",
            Phrase::DeadUnreadable => "No se pudo leer lo recibido: {received_at}.",
            Phrase::DeadSenderUnreadable => "No se sabe de quién es el mensaje recibido: {received_at}.",
            Phrase::DeadOtherAccount => {
                "Lo recibido ({received_at}) es de una cuenta que ninguna conexión representa aquí."
            }
            Phrase::DeadConnectionGone => {
                "Lo recibido ({received_at}) llegó por una conexión que ya no existe."
            }
            Phrase::DeadNotApplied => "Lo recibido ({received_at}) se leyó, pero su ficha no pudo tomarlo.",
            Phrase::DeadUnopened => "No se pudo abrir lo recibido: {received_at}.",
            Phrase::Unassigned => "Nadie lleva esta ficha desde: {since}.",
            Phrase::LeftInDoubt => "Nadie puede decir si se envió el mensaje por {channel} ({tried_at}).",
            Phrase::SameName => {
                "Dos fichas tienen el mismo nombre, quizá sean una sola persona. Desde: {since}."
            }
            Phrase::WroteToAnother => "Un cliente de otra persona le escribió por {channel}: {at}.",
            Phrase::HealthCredentialsRejected => {
                "El proveedor rechaza las credenciales de esta conexión desde: {since}."
            }
            Phrase::HealthSignaturesRefused => {
                "Llegaron peticiones con una firma incorrecta; en 24 horas: {count}."
            }
            Phrase::HealthSendsFail => "Fallaron mensajes enviados; en 24 horas: {count}.",
            Phrase::HealthBacklogStuck => "Lo recibido espera desde: {since}.",
            Phrase::HealthNotDurable => {
                "No se pudieron guardar peticiones del proveedor; la última: {since}."
            }
            Phrase::HealthDeadLetters => "Parte de lo recibido no se tomó: {count}.",
            Phrase::HealthMediaRefused => {
                "No se pudieron obtener archivos de clientes; el último se rechazó: {since}."
            }
            Phrase::HealthNeverCalled => "El proveedor nunca ha llamado a esta conexión, creada: {since}.",
            Phrase::HealthQuiet => "El proveedor no llama a esta conexión desde: {since}.",
            Phrase::FixCredentialsRejected => "Renueve el token en el proveedor y guárdelo aquí.",
            Phrase::FixSignaturesRefused => {
                "Compare el secreto y la dirección del webhook con los del proveedor."
            }
            Phrase::FixSendsFail => "Busque el código en el proveedor y revise el estado de la cuenta.",
            Phrase::FixBacklogStuck => {
                "No se pierde nada. Quien opera este servidor debe revisar su almacenamiento y su registro."
            }
            Phrase::FixNotDurable => {
                "El proveedor las repite. Quien opera este servidor debe revisar su disco."
            }
            Phrase::FixDeadLetters => {
                "Lea el motivo entre los mensajes no procesados y reenvíelos tras corregirlo."
            }
            Phrase::FixMediaRefused => "Revise lo que permite el token y si el proveedor es accesible.",
            Phrase::FixNeverCalled => {
                "Indique la dirección del webhook al proveedor y suscríbala a los mensajes."
            }
            Phrase::FixQuiet => {
                "Escriba a este número o cuenta y revise la dirección del webhook en el proveedor."
            }
            Phrase::DeletedLeadWrote => {
                "Esta ficha se eliminó, y el cliente volvió a escribir por {channel}: {at}."
            }
        }
    }
}
