//! What damage makes of a payload: it ends early, or a field is gone.

use serde_json::Value;

use super::file::File;

/// Of one payload, so many fields are taken away: spread over all that it has.
const FIELDS: usize = 10;

/// The damaged forms of a payload: cut at four places, and without one field at a time.
pub fn bodies(file: &File) -> Vec<Vec<u8>> {
    let length = file.body.len();
    let mut bodies: Vec<Vec<u8>> =
        [0, length / 4, length / 2, length.saturating_sub(2)].map(|end| file.body[..end].to_vec()).into();
    let without = match file.json().filter(|_| file.folder != "twilio") {
        Some(json) => without_each(&json).iter().map(|json| json.to_string().into_bytes()).collect(),
        None => without_each_field(&file.body),
    };
    let step = without.len().div_ceil(FIELDS).max(1);
    bodies.extend(without.into_iter().step_by(step));
    bodies
}

fn without_each_field(form: &[u8]) -> Vec<Vec<u8>> {
    let fields: Vec<&[u8]> = form.split(|byte| *byte == b'&').collect();
    let without = |at: usize| {
        let left: Vec<&[u8]> =
            fields.iter().enumerate().filter(|(n, _)| *n != at).map(|(_, field)| *field).collect();
        left.join(&b'&')
    };
    (0..fields.len()).map(without).collect()
}

/// The value with every member of every object taken away once.
fn without_each(value: &Value) -> Vec<Value> {
    let mut damaged = Vec::new();
    match value {
        Value::Object(object) => {
            for (name, member) in object {
                let mut without = object.clone();
                without.remove(name);
                damaged.push(Value::Object(without));
                for inner in without_each(member) {
                    let mut with = object.clone();
                    with.insert(name.clone(), inner);
                    damaged.push(Value::Object(with));
                }
            }
        }
        Value::Array(list) => {
            for (at, item) in list.iter().enumerate() {
                for inner in without_each(item) {
                    let mut with = list.clone();
                    with[at] = inner;
                    damaged.push(Value::Array(with));
                }
            }
        }
        _ => {}
    }
    damaged
}
