//! Arabic. Amounts have a word for one, a dual, a plural for 3 to 10 and a singular from 11 on, by the last two digits; every
//! phrase puts them behind a preposition or a noun, so that the dual always ends in -ayn. Dates are set apart by colons.

use hearthline_engine::message::Channel;

use super::{Phrase, Span, Words};

/// Arabic.
pub(super) struct Arabic;

impl Words for Arabic {
    fn tag(&self) -> &'static str {
        "ar"
    }
    fn weekdays(&self) -> [&'static str; 7] {
        ["الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"]
    }
    fn months(&self) -> [&'static str; 12] {
        [
            "يناير",
            "فبراير",
            "مارس",
            "أبريل",
            "مايو",
            "يونيو",
            "يوليو",
            "أغسطس",
            "سبتمبر",
            "أكتوبر",
            "نوفمبر",
            "ديسمبر",
        ]
    }
    fn amount(&self, span: Span) -> String {
        let (n, forms) = match span {
            Span::Seconds(n) => (n, ["ثانية واحدة", "ثانيتين", "ثوانٍ", "ثانية", "ثانية"]),
            Span::Minutes(n) => (n, ["دقيقة واحدة", "دقيقتين", "دقائق", "دقيقة", "دقيقة"]),
            Span::Hours(n) => (n, ["ساعة واحدة", "ساعتين", "ساعات", "ساعة", "ساعة"]),
            Span::Days(n) => (n, ["يوم واحد", "يومين", "أيام", "يومًا", "يوم"]),
        };
        counted(n, forms)
    }
    fn channel(&self, channel: Channel) -> &'static str {
        match channel {
            Channel::Sms => "الرسائل النصية",
            Channel::Whatsapp => "واتساب",
            Channel::Messenger => "ماسنجر",
            Channel::Instagram => "إنستغرام",
            Channel::Email => "البريد الإلكتروني",
            Channel::Voice => "الهاتف",
            Channel::Note => "ملاحظة",
            Channel::Task => "مهمة",
            Channel::System => "النظام",
        }
    }
    #[expect(clippy::too_many_lines, reason = "one arm for each phrase")]
    fn phrase(&self, phrase: Phrase) -> &'static str {
        match phrase {
            Phrase::FirstReplyDueIn => "الرد الأول مطلوب خلال {due_at|span}",
            Phrase::FirstReplyDueNow => "الرد الأول مطلوب الآن",
            Phrase::FirstReplyOverdue => "الرد الأول متأخر منذ {due_at|span}",
            Phrase::FirstReplyAtRisk => "في خطر: الرد الأول مطلوب خلال {due_at|span}",
            Phrase::NoTouch => "في خطر: لا تواصل منذ {since|span}",
            Phrase::StaleFor => "مهمل منذ {since|span}",
            Phrase::Wrote => "كتب قبل {at|span}",
            Phrase::FollowUpDueIn => "المتابعة مطلوبة خلال {due_at|span}",
            Phrase::FollowUpDueNow => "المتابعة مطلوبة الآن",
            Phrase::FollowUpOverdue => "المتابعة متأخرة منذ {due_at|span}",
            Phrase::CallWithoutOutcome => "كيف كانت المكالمة قبل {at|span}؟",
            Phrase::TouchRevoked => "لم تصل الرسالة المرسلة قبل {sent_at|span}",
            Phrase::SendRefused => "رفض مزود الخدمة رسالتك المرسلة قبل {asked_at|span}",
            Phrase::SendUndelivered => "لم تصل رسالتك المرسلة قبل {asked_at|span}",
            Phrase::SendOptedOut => "لم تُرسل رسالتك التي طُلبت قبل {asked_at|span}: العميل لا يريد المزيد",
            Phrase::SendNotSent => "لم تُرسل رسالتك التي طُلبت قبل {asked_at|span}",
            Phrase::SendGaveUp => "لم تُرسل رسالتك التي طُلبت قبل {asked_at|span}: تعذر الوصول إلى مزود الخدمة",
            Phrase::SendWindowClosed => {
                "لم تُرسل رسالتك التي طُلبت قبل {asked_at|span}: مضى وقت طويل جدًا على آخر رسالة من العميل هناك"
            }
            Phrase::SendInDoubt => "لا يُعرف هل أُرسلت رسالتك التي جُرّبت قبل {tried_at|span}",
            Phrase::NoMoreTexts => "طلب عدم تلقي رسائل نصية؛ ما زال متاحًا: {open}",
            Phrase::NoMoreTextsAndNothingElse => "طلب عدم تلقي رسائل نصية؛ لا توجد قناة أخرى متاحة",
            Phrase::NoMoreMessages => "طلب عدم تلقي رسائل عبر {closed}؛ ما زال متاحًا: {open}",
            Phrase::NoMoreMessagesAndNothingElse => "طلب عدم تلقي رسائل عبر {closed}؛ لا توجد قناة أخرى متاحة",
            Phrase::ReplyWindowClosed => {
                "لا يمكن الرد عبر {channel} الآن: مضى وقت طويل جدًا على آخر رسالة من العميل هناك"
            }
            Phrase::ChannelOpen => "يمكن الرد عبر {channel}",
            Phrase::ReplyWindowOpen => "يمكن الرد عبر {channel} حتى: {until}",
            Phrase::ChannelOptedOut => "لا يريد العميل مزيدًا من الرسائل عبر {channel}",
            Phrase::New => "جديد منذ: {since}؛ الرد الأول مطلوب قبل: {due_by}.",
            Phrase::FirstContactAtRisk => "في خطر منذ: {since}؛ الرد الأول مطلوب قبل: {due_by}.",
            Phrase::FirstContactOverdue => "في خطر منذ: {since}؛ كان الرد الأول مطلوبًا قبل: {due_by}.",
            Phrase::Active => "نشط؛ آخر تواصل: {last_touch_at}؛ في خطر ابتداءً من: {at_risk_at}.",
            Phrase::ActiveUntouched => "نشط؛ لا تواصل بعد؛ في خطر ابتداءً من: {at_risk_at}.",
            Phrase::AtRisk => {
                "في خطر منذ: {since}؛ لا تواصل منذ: {no_touch_since}؛ مهمل ابتداءً من: {stale_at}."
            }
            Phrase::StaleWaiting => "مهمل منذ: {since}؛ ينتظر من ينقذه.",
            Phrase::StaleInProgress => "مهمل منذ: {since}؛ الإنقاذ جارٍ.",
            Phrase::StaleAnswered => "مهمل منذ: {since}؛ أجاب العميل: {answered_at}؛ يمكن إعادته.",
            Phrase::Archived => "مؤرشف؛ لا تُحتسب أي مهلة.",
            Phrase::Deleted => "محذوف؛ لا تُحتسب أي مهلة.",
            Phrase::BecameAtRiskOfNoReply => "في خطر: مهلة الرد الأول على وشك الانتهاء.",
            Phrase::BecameAtRiskOfStaleness => "في خطر: لا تواصل منذ مدة طويلة.",
            Phrase::BecameStale => "مهمل: مدة أطول من اللازم دون تواصل.",
            Phrase::FirstTouch => "نشط: تم التواصل الأول.",
            Phrase::Touch => "نشط: تم التواصل.",
            Phrase::TouchTakenBack => "لم تصل إحدى الرسائل؛ حُسبت المهلة من جديد من دونها.",
            Phrase::RulesChanged => "تغيرت قواعد الفريق؛ صار هناك وقت أكثر.",
            Phrase::WindowsShortened => {
                "تغيرت قواعد الفريق؛ صار الوقت أقل: الرد الأول خلال {first_contact_s}، ويصبح مهملاً بعد {stale_after_s} من آخر تواصل."
            }
            Phrase::HandedBack => "نشط: أُعيد إلى المسؤول عنه.",
            Phrase::Reassigned => "نشط: أُسند إلى غيره؛ تبدأ المهلة من جديد.",
            Phrase::BackFromArchive => "نشط: عاد من الأرشيف.",
            Phrase::ClockRestarted => "مسؤول جديد؛ تبدأ المهلة من جديد.",
            Phrase::Breached => "كان الرد الأول مطلوبًا ولم يصل.",
            Phrase::Escalated => "لم يهتم أحد بهذا العميل؛ التذكير {count}.",
            Phrase::OwnerChanged => "انتقل العميل إلى مسؤول آخر.",
            Phrase::PutAway => "أُرشف.",
            Phrase::StatusChanged => "تغيرت العلاقة.",
            Phrase::DetailsNoted => "دُوّنت البيانات.",
            Phrase::WasDeleted => "حُذف.",
            Phrase::RescueWaits => "ينتظر من ينقذه من جديد.",
            Phrase::RescueBegan => "بدأ الإنقاذ.",
            Phrase::RescueAnswered => "أجاب العميل من أنقذه.",
            Phrase::WasRestored => "استُعيد بعد الحذف.",
            Phrase::IdentityLinked => "أضيف عنوان.",
            Phrase::Merged => "دُمج عميلان في ملف واحد.",
            Phrase::MergeTakenBack => "أُلغي الدمج.",
            Phrase::IdentityUnlinked => "أزيل عنوان.",
            Phrase::DeadUnreadable => "تعذرت قراءة ما وصل: {received_at}.",
            Phrase::DeadSenderUnreadable => "لا يُعرف من كتب الرسالة الواردة: {received_at}.",
            Phrase::DeadOtherAccount => "ما وصل ({received_at}) يخص حسابًا لا يمثله أي اتصال هنا.",
            Phrase::DeadConnectionGone => "ما وصل ({received_at}) جاء عبر اتصال لم يعد موجودًا.",
            Phrase::DeadNotApplied => "ما وصل ({received_at}) قُرئ، لكن ملف العميل لم يستطع استلامه.",
            Phrase::DeadUnopened => "تعذر فتح ما وصل: {received_at}.",
            Phrase::Unassigned => "لا أحد يتولى هذا العميل منذ: {since}.",
            Phrase::LeftInDoubt => "لا أحد يعلم هل أُرسلت الرسالة عبر {channel}: {tried_at}.",
            Phrase::SameName => "لعميلين الاسم نفسه، وقد يكونان شخصًا واحدًا. منذ: {since}.",
            Phrase::WroteToAnother => "كتب إليك عميل يتولاه غيرك عبر {channel}: {at}.",
            Phrase::HealthCredentialsRejected => "يرفض المزوّد بيانات اعتماد هذا الاتصال منذ: {since}.",
            Phrase::HealthSignaturesRefused => "وصلت طلبات بتوقيع خاطئ؛ خلال 24 ساعة: {count}.",
            Phrase::HealthSendsFail => "فشلت رسائل أُرسلت؛ خلال 24 ساعة: {count}.",
            Phrase::HealthBacklogStuck => "ما وصل ينتظر منذ: {since}.",
            Phrase::HealthNotDurable => "تعذّر حفظ طلبات من المزوّد؛ آخرها: {since}.",
            Phrase::HealthDeadLetters => "لم يُقبل بعض ما وصل: {count}.",
            Phrase::HealthMediaRefused => "تعذّر جلب ملفات من العملاء؛ رُفض آخرها: {since}.",
            Phrase::HealthNeverCalled => "لم يتصل المزوّد بهذا الاتصال منذ إنشائه: {since}.",
            Phrase::HealthQuiet => "لم يتصل المزوّد بهذا الاتصال منذ: {since}.",
            Phrase::FixCredentialsRejected => "جدّد الرمز لدى المزوّد واحفظه هنا.",
            Phrase::FixSignaturesRefused => "قارن السر وعنوان الويب هوك بما لدى المزوّد.",
            Phrase::FixSendsFail => "ابحث عن الرمز لدى المزوّد وتحقق من حالة الحساب.",
            Phrase::FixBacklogStuck => "لم يضع شيء. على من يشغّل هذا الخادم أن يفحص التخزين والسجل.",
            Phrase::FixNotDurable => "يعيد المزوّد إرسالها. على من يشغّل هذا الخادم أن يفحص القرص.",
            Phrase::FixDeadLetters => "اقرأ السبب بين الرسائل غير المعالجة ثم أعد إرسالها بعد الإصلاح.",
            Phrase::FixMediaRefused => "تحقق مما يسمح به الرمز ومن إمكانية الوصول إلى المزوّد.",
            Phrase::FixNeverCalled => "أدخل عنوان الويب هوك لدى المزوّد واشترك في الرسائل.",
            Phrase::FixQuiet => "اكتب إلى هذا الرقم أو الحساب وتحقق من عنوان الويب هوك لدى المزوّد.",
            Phrase::DeletedLeadWrote => "حُذف هذا العميل، ثم كتب مجددًا عبر {channel}: {at}.",
        }
    }
}

/// One, two, some, many, and whole hundreds.
fn counted(n: i64, [one, two, some, many, hundreds]: [&str; 5]) -> String {
    match (n, n % 100) {
        (1, _) => one.to_owned(),
        (2, _) => two.to_owned(),
        (_, 3..=10) => format!("{n} {some}"),
        (_, 11..=99) => format!("{n} {many}"),
        (_, _) => format!("{n} {hundreds}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arabic_counts_by_the_last_two_digits() {
        let days = |n| Arabic.amount(Span::Days(n));
        assert_eq!(days(2), "يومين");
        assert_eq!((days(3), days(10)), ("3 أيام".to_owned(), "10 أيام".to_owned()));
        assert_eq!((days(11), days(99)), ("11 يومًا".to_owned(), "99 يومًا".to_owned()));
        assert_eq!(
            (days(100), days(102), days(103)),
            ("100 يوم".into(), "102 يوم".into(), "103 أيام".into())
        );
        assert_eq!(Arabic.amount(Span::Minutes(1)), "دقيقة واحدة");
        assert_eq!(Arabic.amount(Span::Seconds(0)), "0 ثانية");
    }
}
