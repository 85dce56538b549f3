//! As much of OpenAPI 3.0 as Twilio's description of messages uses: what a request may be, and what an answer may be.

use jiff::fmt::rfc2822;
use serde_json::Value;

/// Twilio's published description.
pub struct Spec(Value);

/// A request, as it is held against the description.
pub struct Asked<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub query: &'a str,
    pub content_type: Option<&'a str>,
    pub authorization: Option<&'a str>,
    pub body: &'a str,
}

/// An operation of the description, and the values of its path's parameters.
struct Operation<'a> {
    description: &'a Value,
    path: Vec<(String, String)>,
}

impl Spec {
    pub fn read(text: &str) -> Self {
        Self(serde_json::from_str(text).expect("the description is JSON"))
    }

    /// Where a path and a method lead, if the description knows them.
    fn operation(&self, method: &str, path: &str) -> Option<Operation<'_>> {
        let paths = self.0["paths"].as_object().expect("paths");
        paths.iter().find_map(|(template, methods)| {
            let description = methods.get(method.to_ascii_lowercase())?;
            Some(Operation { description, path: parameters_of(template, path)? })
        })
    }

    /// What is wrong with a request; nothing if it is right.
    pub fn wrong_with_request(&self, asked: &Asked<'_>) -> Vec<String> {
        let Some(operation) = self.operation(asked.method, asked.path) else {
            return vec![format!("{} {} is not in the description", asked.method, asked.path)];
        };
        let mut wrong = Vec::new();
        if asked.authorization.is_none_or(|header| !header.starts_with("Basic ")) {
            wrong.push("no HTTP basic authentication".to_owned());
        }
        let parameters =
            operation.description["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let described = |place: &str, name: &str| {
            parameters.iter().find(|parameter| parameter["in"] == place && parameter["name"] == name)
        };
        for (name, value) in &operation.path {
            match described("path", name) {
                Some(parameter) => self.text(&parameter["schema"], value, name, &mut wrong),
                None => wrong.push(format!("{name} is no parameter of the path")),
            }
        }
        for (name, value) in form_urlencoded::parse(asked.query.as_bytes()) {
            match described("query", &name) {
                Some(parameter) => self.text(&parameter["schema"], &value, &name, &mut wrong),
                None => wrong.push(format!("{name} is no parameter of the query")),
            }
        }
        self.form(operation.description, asked, &mut wrong);
        wrong
    }

    fn form(&self, operation: &Value, asked: &Asked<'_>, wrong: &mut Vec<String>) {
        const FORM: &str = "application/x-www-form-urlencoded";
        let schema = self.resolved(&operation["requestBody"]["content"][FORM]["schema"]);
        let fields: Vec<_> = form_urlencoded::parse(asked.body.as_bytes()).collect();
        let Some(properties) = schema["properties"].as_object() else {
            if !fields.is_empty() {
                wrong.push("a body where none is described".to_owned());
            }
            return;
        };
        if asked.content_type != Some(FORM) {
            wrong.push(format!("the body is {:?} instead of a form", asked.content_type));
        }
        for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !fields.iter().any(|(name, _)| name == required) {
                wrong.push(format!("{required} is required"));
            }
        }
        for (name, value) in &fields {
            let Some(property) = properties.get(&**name).map(|property| self.resolved(property)) else {
                wrong.push(format!("{name} is no field of the form"));
                continue;
            };
            if property["type"] == "array" {
                self.text(&property["items"], value, name, wrong);
            } else {
                if fields.iter().filter(|(other, _)| other == name).count() > 1 {
                    wrong.push(format!("{name} is repeated"));
                }
                self.text(property, value, name, wrong);
            }
        }
    }

    /// What is wrong with an answer; nothing if it is right.
    pub fn wrong_with_answer(&self, method: &str, path: &str, status: u16, body: &str) -> Vec<String> {
        let Some(operation) = self.operation(method, path) else {
            return vec![format!("{method} {path} is not in the description")];
        };
        let Some(answer) = operation.description["responses"].get(status.to_string()) else {
            return vec![format!("{method} {path} is not described to answer {status}")];
        };
        let mut wrong = Vec::new();
        match &answer["content"]["application/json"]["schema"] {
            Value::Null if !body.is_empty() => wrong.push("a body where none is described".to_owned()),
            Value::Null => {}
            schema => match serde_json::from_str(body) {
                Ok(value) => self.value(schema, &value, "answer", &mut wrong),
                Err(error) => wrong.push(format!("the answer is no JSON: {error}")),
            },
        }
        wrong
    }

    /// The description's own example of an answer: the last page of a list, or one before it.
    pub fn example(&self, method: &str, path: &str, last_page: bool) -> (u16, String) {
        let operation = self.operation(method, path).expect("a described operation");
        let answers = operation.description["responses"].as_object().expect("answers");
        let (status, answer) = answers.iter().next().expect("an answer");
        let examples = answer["content"]["application/json"]["examples"].as_object().expect("examples");
        let example = examples.values().map(|example| &example["value"]);
        let mut fitting = example
            .filter(|example| example.get("next_page_uri").is_none_or(|next| next.is_null() == last_page));
        let example = fitting.next().expect("an example");
        (status.parse().expect("a status"), example.to_string())
    }

    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                let pointer = reference.strip_prefix('#').expect("a reference within the description");
                self.0.pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere"))
            }
            None => schema,
        }
    }

    fn value(&self, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
        let schema = self.resolved(schema);
        match (schema["type"].as_str().expect("a type"), value) {
            (_, Value::Null) if schema["nullable"] == true => {}
            ("string", Value::String(text)) => self.text(schema, text, at, wrong),
            ("integer", Value::Number(number)) if number.is_i64() || number.is_u64() => {}
            ("boolean", Value::Bool(_)) => {}
            ("array", Value::Array(items)) => {
                for (n, item) in items.iter().enumerate() {
                    self.value(&schema["items"], item, &format!("{at}[{n}]"), wrong);
                }
            }
            ("object", Value::Object(fields)) => {
                // A map of addresses names no properties.
                let Some(properties) = schema["properties"].as_object() else { return };
                for (name, field) in fields {
                    match properties.get(name) {
                        Some(property) => self.value(property, field, &format!("{at}.{name}"), wrong),
                        None => wrong.push(format!("{at}.{name} is not described")),
                    }
                }
                let missing = properties.keys().filter(|name| !fields.contains_key(*name));
                wrong.extend(missing.map(|name| format!("{at}.{name} is missing")));
            }
            (kind, _) => wrong.push(format!("{at} is no {kind}: {value}")),
        }
    }

    /// A value that came as text: of a path, a query or a form, or a string of an answer.
    fn text(&self, schema: &Value, text: &str, at: &str, wrong: &mut Vec<String>) {
        let schema = self.resolved(schema);
        let mut must = |holds: bool, what: &str| {
            if !holds {
                wrong.push(format!("{at} is not {what}: {text}"));
            }
        };
        match schema["type"].as_str() {
            Some("integer") => {
                let number: Option<i64> = text.parse().ok();
                must(number.is_some(), "a whole number");
                let number = number.unwrap_or_default();
                must(schema["minimum"].as_i64().is_none_or(|least| number >= least), "large enough");
                must(schema["maximum"].as_i64().is_none_or(|most| number <= most), "small enough");
            }
            Some("number") => must(text.parse::<f64>().is_ok(), "a number"),
            Some("boolean") => must(matches!(text, "true" | "false"), "true or false"),
            Some("string") => {}
            other => must(false, &format!("of a type that is read here ({other:?})")),
        }
        let length = text.chars().count() as u64;
        must(schema["minLength"].as_u64().is_none_or(|least| length >= least), "long enough");
        must(schema["maxLength"].as_u64().is_none_or(|most| length <= most), "short enough");
        must(schema["pattern"].as_str().is_none_or(|pattern| fits(pattern, text)), "of the pattern");
        let words = schema["enum"].as_array();
        must(words.is_none_or(|words| words.iter().any(|word| word == text)), "one of the words");
        must(schema["format"].as_str().is_none_or(|format| is_of(format, text)), "of the format");
    }
}

/// The values at the places of a template, if the path is made like it.
fn parameters_of(template: &str, path: &str) -> Option<Vec<(String, String)>> {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    if template.len() != path.len() {
        return None;
    }
    let mut parameters = Vec::new();
    for (place, given) in template.iter().zip(path) {
        match place.strip_prefix('{').and_then(|place| place.split_once('}')) {
            Some((name, ending)) => {
                parameters.push((name.to_owned(), given.strip_suffix(ending)?.to_owned()))
            }
            None if *place == given => {}
            None => return None,
        }
    }
    Some(parameters)
}

/// Twilio's patterns are a prefix, or one of two, and 32 hexadecimal digits. Any other would need another reader.
fn fits(pattern: &str, text: &str) -> bool {
    let prefixes = pattern.strip_prefix('^').and_then(|pattern| pattern.strip_suffix("[0-9a-fA-F]{32}$"));
    let prefixes = prefixes.unwrap_or_else(|| panic!("a pattern of another kind: {pattern}"));
    let mut prefixes = prefixes.trim_matches(['(', ')']).split('|');
    prefixes.any(|prefix| {
        let digits = text.strip_prefix(prefix).unwrap_or_default();
        digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

fn is_of(format: &str, text: &str) -> bool {
    match format {
        "int64" => true,
        "phone-number" => {
            let number = text.rsplit(':').next().unwrap_or_default();
            number.strip_prefix('+').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        }
        // Addresses of pages are relative to the API's.
        "uri" => text.starts_with("/2010-04-01/") || reqwest::Url::parse(text).is_ok(),
        "date-time" => text.parse::<jiff::Timestamp>().is_ok() || text.parse::<jiff::civil::Date>().is_ok(),
        "date-time-rfc-2822" => rfc2822::DateTimeParser::new().parse_timestamp(text).is_ok(),
        "currency" => text.len() == 3,
        other => panic!("a format of another kind: {other}"),
    }
}
