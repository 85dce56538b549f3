//! Vietnamese: no plural.

use hearthline_engine::message::Channel;

use super::{Phrase, Span, Words};

/// Vietnamese.
pub(super) struct Vietnamese;

impl Words for Vietnamese {
    fn tag(&self) -> &'static str {
        "vi"
    }
    fn weekdays(&self) -> [&'static str; 7] {
        ["Th 2", "Th 3", "Th 4", "Th 5", "Th 6", "Th 7", "CN"]
    }
    fn months(&self) -> [&'static str; 12] {
        [
            "thg 1", "thg 2", "thg 3", "thg 4", "thg 5", "thg 6", "thg 7", "thg 8", "thg 9", "thg 10",
            "thg 11", "thg 12",
        ]
    }
    fn amount(&self, span: Span) -> String {
        match span {
            Span::Seconds(n) => format!("{n} giây"),
            Span::Minutes(n) => format!("{n} phút"),
            Span::Hours(n) => format!("{n} giờ"),
            // Below 48 hours there are no days: never one alone.
            Span::Days(n) => format!("{n} ngày"),
        }
    }
    fn channel(&self, channel: Channel) -> &'static str {
        match channel {
            Channel::Sms => "SMS",
            Channel::Whatsapp => "WhatsApp",
            Channel::Messenger => "Messenger",
            Channel::Instagram => "Instagram",
            Channel::Email => "email",
            Channel::Voice => "điện thoại",
            Channel::Note => "ghi chú",
            Channel::Task => "công việc",
            Channel::System => "hệ thống",
        }
    }
    #[expect(clippy::too_many_lines, reason = "one arm for each phrase")]
    fn phrase(&self, phrase: Phrase) -> &'static str {
        match phrase {
            Phrase::FirstReplyDueIn => "Cần trả lời lần đầu trong {due_at|span}",
            Phrase::FirstReplyDueNow => "Cần trả lời lần đầu ngay bây giờ",
            Phrase::FirstReplyOverdue => "Trả lời lần đầu đã trễ {due_at|span}",
            Phrase::FirstReplyAtRisk => "Có nguy cơ: cần trả lời lần đầu trong {due_at|span}",
            Phrase::NoTouch => "Có nguy cơ: không liên hệ đã {since|span}",
            Phrase::StaleFor => "Bị bỏ quên đã {since|span}",
            Phrase::Wrote => "Đã nhắn cách đây {at|span}",
            Phrase::FollowUpDueIn => "Cần theo dõi lại trong {due_at|span}",
            Phrase::FollowUpDueNow => "Cần theo dõi lại ngay bây giờ",
            Phrase::FollowUpOverdue => "Theo dõi lại đã trễ {due_at|span}",
            Phrase::CallWithoutOutcome => "Cuộc gọi cách đây {at|span} thế nào?",
            Phrase::TouchRevoked => "Tin nhắn gửi cách đây {sent_at|span} đã không đến",
            Phrase::SendRefused => "Nhà cung cấp đã từ chối tin nhắn của bạn cách đây {asked_at|span}",
            Phrase::SendUndelivered => "Tin nhắn của bạn cách đây {asked_at|span} đã không đến",
            Phrase::SendOptedOut => {
                "Tin nhắn của bạn cách đây {asked_at|span} không được gửi: khách không muốn nhận nữa"
            }
            Phrase::SendNotSent => "Tin nhắn của bạn cách đây {asked_at|span} đã không được gửi",
            Phrase::SendGaveUp => {
                "Tin nhắn của bạn cách đây {asked_at|span} không được gửi: không liên lạc được với nhà cung cấp"
            }
            Phrase::SendWindowClosed => {
                "Tin nhắn của bạn cách đây {asked_at|span} không được gửi: tin cuối của khách ở đó đã quá lâu"
            }
            Phrase::SendInDoubt => {
                "Không ai biết tin nhắn của bạn cách đây {tried_at|span} đã được gửi hay chưa"
            }
            Phrase::NoMoreTexts => "Không muốn nhận SMS nữa; còn dùng được: {open}",
            Phrase::NoMoreTextsAndNothingElse => "Không muốn nhận SMS nữa; không còn kênh nào khác",
            Phrase::NoMoreMessages => "Không muốn nhận tin qua {closed} nữa; còn dùng được: {open}",
            Phrase::NoMoreMessagesAndNothingElse => {
                "Không muốn nhận tin qua {closed} nữa; không còn kênh nào khác"
            }
            Phrase::ReplyWindowClosed => {
                "Không thể trả lời qua {channel} lúc này: tin cuối của khách ở đó đã quá lâu"
            }
            Phrase::ChannelOpen => "Có thể trả lời qua {channel}",
            Phrase::ReplyWindowOpen => "Có thể trả lời qua {channel} đến {until}",
            Phrase::ChannelOptedOut => "Khách không muốn nhận tin qua {channel} nữa",
            Phrase::New => "Mới từ {since}; cần trả lời lần đầu trước {due_by}.",
            Phrase::FirstContactAtRisk => "Có nguy cơ từ {since}; cần trả lời lần đầu trước {due_by}.",
            Phrase::FirstContactOverdue => {
                "Có nguy cơ từ {since}; lẽ ra phải trả lời lần đầu trước {due_by}."
            }
            Phrase::Active => {
                "Đang hoạt động; lần liên hệ gần nhất: {last_touch_at}; có nguy cơ từ {at_risk_at}."
            }
            Phrase::ActiveUntouched => "Đang hoạt động; chưa có liên hệ; có nguy cơ từ {at_risk_at}.",
            Phrase::AtRisk => {
                "Có nguy cơ từ {since}; không liên hệ từ {no_touch_since}; bị bỏ quên từ {stale_at}."
            }
            Phrase::StaleWaiting => "Bị bỏ quên từ {since}; đang chờ người cứu.",
            Phrase::StaleInProgress => "Bị bỏ quên từ {since}; đang được cứu.",
            Phrase::StaleAnswered => {
                "Bị bỏ quên từ {since}; khách đã trả lời: {answered_at}; có thể trao lại."
            }
            Phrase::Archived => "Đã lưu trữ; không tính thời hạn.",
            Phrase::Deleted => "Đã xóa; không tính thời hạn.",
            Phrase::BecameAtRiskOfNoReply => "Có nguy cơ: thời hạn trả lời lần đầu sắp hết.",
            Phrase::BecameAtRiskOfStaleness => "Có nguy cơ: đã lâu không liên hệ.",
            Phrase::BecameStale => "Bị bỏ quên: quá lâu không liên hệ.",
            Phrase::FirstTouch => "Đang hoạt động: đã liên hệ lần đầu.",
            Phrase::Touch => "Đang hoạt động: đã liên hệ.",
            Phrase::TouchTakenBack => "Một tin nhắn đã không đến; thời hạn được tính lại không có nó.",
            Phrase::RulesChanged => "Quy tắc của nhóm đã đổi; giờ có thêm thời gian.",
            Phrase::WindowsShortened => {
                "Quy tắc của nhóm đã đổi; giờ còn ít thời gian hơn: trả lời lần đầu trong {first_contact_s}, bị bỏ quên {stale_after_s} sau lần liên hệ cuối."
            }
            Phrase::HandedBack => "Đang hoạt động: đã trao lại cho người phụ trách.",
            Phrase::Reassigned => "Đang hoạt động: đã giao cho người khác; thời hạn tính lại từ đầu.",
            Phrase::BackFromArchive => "Đang hoạt động: đã đưa ra khỏi lưu trữ.",
            Phrase::ClockRestarted => "Người phụ trách mới; thời hạn tính lại từ đầu.",
            Phrase::Breached => "Đã đến hạn trả lời lần đầu mà chưa có trả lời.",
            Phrase::Escalated => "Chưa ai lo cho khách này; lần nhắc {count}.",
            Phrase::OwnerChanged => "Khách đã được giao cho người khác.",
            Phrase::PutAway => "Đã lưu trữ.",
            Phrase::StatusChanged => "Quan hệ đã thay đổi.",
            Phrase::DetailsNoted => "Đã ghi thông tin.",
            Phrase::WasDeleted => "Đã xóa.",
            Phrase::RescueWaits => "Lại chờ người cứu.",
            Phrase::RescueBegan => "Đã bắt đầu cứu.",
            Phrase::RescueAnswered => "Khách đã trả lời người cứu.",
            Phrase::WasRestored => "Đã khôi phục sau khi xóa.",
            Phrase::IdentityLinked => "Đã thêm một địa chỉ.",
            Phrase::Merged => "Hai khách hàng đã được gộp thành một.",
            Phrase::MergeTakenBack => "Việc gộp đã được hoàn tác.",
            Phrase::IdentityUnlinked => "Đã bỏ một địa chỉ.",
            Phrase::DeadUnreadable => "Không đọc được nội dung nhận lúc {received_at}.",
            Phrase::DeadSenderUnreadable => "Không rõ ai đã viết tin nhắn đến lúc {received_at}.",
            Phrase::DeadOtherAccount => {
                "Nội dung nhận lúc {received_at} thuộc một tài khoản mà không kết nối nào ở đây đại diện."
            }
            Phrase::DeadConnectionGone => {
                "Nội dung nhận lúc {received_at} đến qua một kết nối không còn nữa."
            }
            Phrase::DeadNotApplied => {
                "Nội dung nhận lúc {received_at} đã được đọc nhưng khách hàng không nhận được nó."
            }
            Phrase::DeadUnopened => "Không mở được nội dung nhận lúc {received_at}.",
            Phrase::Unassigned => "Không ai phụ trách khách hàng này từ {since}.",
            Phrase::LeftInDoubt => {
                "Không ai biết tin nhắn qua {channel} lúc {tried_at} đã được gửi hay chưa."
            }
            Phrase::SameName => "Hai khách hàng trùng tên từ {since}, có thể là một người.",
            Phrase::WroteToAnother => "Khách hàng của người khác đã viết cho bạn qua {channel} lúc {at}.",
            Phrase::HealthCredentialsRejected => {
                "Nhà cung cấp từ chối thông tin xác thực của kết nối này từ {since}."
            }
            Phrase::HealthSignaturesRefused => "Có yêu cầu mang chữ ký sai; trong 24 giờ: {count}.",
            Phrase::HealthSendsFail => "Có tin nhắn gửi đi bị lỗi; trong 24 giờ: {count}.",
            Phrase::HealthBacklogStuck => "Nội dung nhận được đang chờ từ {since}.",
            Phrase::HealthNotDurable => "Không lưu được yêu cầu của nhà cung cấp; lần cuối lúc {since}.",
            Phrase::HealthDeadLetters => "Một phần nội dung nhận được chưa được xử lý: {count}.",
            Phrase::HealthMediaRefused => {
                "Không lấy được tệp của khách hàng; tệp cuối bị từ chối lúc {since}."
            }
            Phrase::HealthNeverCalled => {
                "Nhà cung cấp chưa gọi kết nối này lần nào kể từ khi tạo lúc {since}."
            }
            Phrase::HealthQuiet => "Nhà cung cấp không gọi kết nối này từ {since}.",
            Phrase::FixCredentialsRejected => "Hãy gia hạn mã truy cập tại nhà cung cấp và lưu lại ở đây.",
            Phrase::FixSignaturesRefused => {
                "Hãy so sánh khóa bí mật và địa chỉ webhook với bên nhà cung cấp."
            }
            Phrase::FixSendsFail => "Hãy tra mã lỗi tại nhà cung cấp và xem tình trạng tài khoản.",
            Phrase::FixBacklogStuck => {
                "Không có gì bị mất. Người vận hành máy chủ này cần kiểm tra kho lưu trữ và nhật ký."
            }
            Phrase::FixNotDurable => {
                "Nhà cung cấp sẽ gửi lại. Người vận hành máy chủ này cần kiểm tra ổ đĩa."
            }
            Phrase::FixDeadLetters => "Hãy xem lý do trong danh sách tin chưa xử lý và gửi lại sau khi sửa.",
            Phrase::FixMediaRefused => {
                "Hãy kiểm tra quyền của mã truy cập và khả năng kết nối tới nhà cung cấp."
            }
            Phrase::FixNeverCalled => "Hãy nhập địa chỉ webhook tại nhà cung cấp và đăng ký nhận tin nhắn.",
            Phrase::FixQuiet => {
                "Hãy viết cho số hoặc tài khoản này và kiểm tra địa chỉ webhook tại nhà cung cấp."
            }
            Phrase::DeletedLeadWrote => "Khách hàng này đã bị xóa và viết lại qua {channel} lúc {at}.",
        }
    }
}
