//! Forms with files in them (RFC 7578), as far as clients of WhatsApp's upload write them.

/// A field of a form.
pub(super) struct Field<'a> {
    pub name: String,
    pub content_type: Option<String>,
    pub bytes: &'a [u8],
}

/// The fields; none if it is no such form.
pub(super) fn read<'a>(content_type: &str, body: &'a [u8]) -> Option<Vec<Field<'a>>> {
    let parameters = content_type.strip_prefix("multipart/form-data")?;
    let boundary = parameters.split(';').find_map(|part| part.trim().strip_prefix("boundary="))?;
    let delimiter = format!("--{}", boundary.trim_matches('"')).into_bytes();
    let mut rest = after(body, &delimiter)?;
    let mut fields = Vec::new();
    while !rest.starts_with(b"--") {
        let part = rest.strip_prefix(b"\r\n")?;
        let end = position(part, &[b"\r\n", delimiter.as_slice()].concat())?;
        fields.push(field(&part[..end])?);
        rest = after(part, &[b"\r\n", delimiter.as_slice()].concat())?;
    }
    Some(fields)
}

fn field(part: &[u8]) -> Option<Field<'_>> {
    let head_end = position(part, b"\r\n\r\n")?;
    let head = std::str::from_utf8(&part[..head_end]).ok()?;
    let header = |wanted: &str| {
        head.split("\r\n").find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case(wanted).then(|| value.trim())
        })
    };
    let disposition = header("content-disposition")?;
    let name = disposition.split(';').find_map(|part| part.trim().strip_prefix("name="))?;
    Some(Field {
        name: name.trim_matches('"').to_owned(),
        content_type: header("content-type").map(str::to_owned),
        bytes: &part[head_end + 4..],
    })
}

fn after<'a>(bytes: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    position(bytes, wanted).map(|at| &bytes[at + wanted.len()..])
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_form_with_a_file_is_read_with_every_byte_of_it() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nimage/png\r\n--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n\r\n--\xff\r\n--x--\r\n";
        let fields = read("multipart/form-data; boundary=x", body).expect("a form");
        assert_eq!(fields.len(), 2);
        assert_eq!((fields[0].name.as_str(), fields[0].bytes), ("type", &b"image/png"[..]));
        assert_eq!(fields[1].content_type.as_deref(), Some("image/png"));
        assert_eq!(fields[1].bytes, b"\x89PNG\r\n\r\n--\xff");
        assert!(read("multipart/form-data; boundary=y", body).is_none());
        assert!(read("application/json", body).is_none());
    }
}
