//! Reading what clients send, field by field.
//!
//! A [`Form`] is a JSON object or a query string. Fields are asked for by name with a reader from [`read`]; every field
//! that is missing, wrong or unknown becomes an error with its path, and all of them are answered together. serde's
//! own errors stop at the first one and can repeat what was sent, so requests are not read through it.

pub mod read;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::{Fault, FieldError};
use read::Wrong;

/// A JSON object or query whose fields are being read.
#[derive(Default)]
pub struct Form {
    /// Of the object inside the request, with a dot at its end; empty for the request itself.
    path: String,
    fields: Map<String, Value>,
    asked: Vec<Asked>,
    errors: Vec<FieldError>,
    /// From a query string: numbers and booleans come as text.
    as_text: bool,
}

/// A field that a reader asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub name: &'static str,
    pub required: bool,
}

/// What a field holds, and how it came.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    pub value: &'a Value,
    pub as_text: bool,
}

/// A request that is read from a form.
pub trait FromForm: Sized {
    /// Asks for every field, in any order. `None` only after an error was noted.
    fn read(form: &mut Form) -> Option<Self>;
}

impl Form {
    /// A JSON object.
    ///
    /// # Errors
    /// [`Fault::MalformedJson`], with line and column.
    pub fn from_json(body: &[u8]) -> Result<Self, Fault> {
        let malformed = |line, column, what| Fault::MalformedJson { line, column, what };
        if body.is_empty() {
            return Err(malformed(1, 1, "the body is empty; a JSON object is expected"));
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self { fields, ..Self::default() }),
            Ok(_) => Err(malformed(1, 1, "a JSON object is expected")),
            Err(error) => Err(malformed(error.line(), error.column(), syntax(&error))),
        }
    }

    /// A query string. A name that comes twice is wrong.
    #[must_use]
    pub fn from_query(query: &str) -> Self {
        let mut form = Self { as_text: true, ..Self::default() };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if form.fields.insert(name.clone().into_owned(), Value::String(value.into_owned())).is_some() {
                form.errors.push(FieldError::new(shown(&name), "repeated", "may be given once"));
            }
        }
        form
    }

    /// A field that must be there.
    pub fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Given<'_>) -> Result<T, Wrong>,
    ) -> Option<T> {
        self.asked.push(Asked { name, required: true });
        match self.fields.remove(name) {
            None | Some(Value::Null) => {
                self.error(name, "required", "is required");
                None
            }
            Some(value) => self.take(name, &value, read),
        }
    }

    /// A field that may be absent or null, which is the same: `Some(None)`. `None` means that it is wrong.
    pub fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Given<'_>) -> Result<T, Wrong>,
    ) -> Option<Option<T>> {
        self.asked.push(Asked { name, required: false });
        match self.fields.remove(name) {
            None | Some(Value::Null) => Some(None),
            Some(value) => self.take(name, &value, read).map(Some),
        }
    }

    /// A field of a change that may take a value away: absent leaves it, null removes it.
    pub fn change<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Given<'_>) -> Result<T, Wrong>,
    ) -> Option<Change<T>> {
        self.asked.push(Asked { name, required: false });
        match self.fields.remove(name) {
            None => Some(Change::Keep),
            Some(Value::Null) => Some(Change::Remove),
            Some(value) => self.take(name, &value, read).map(Change::Set),
        }
    }

    /// An object inside this one.
    pub fn object<T>(
        &mut self,
        name: &'static str,
        required: bool,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        self.asked.push(Asked { name, required });
        match self.fields.remove(name) {
            Some(Value::Object(fields)) => {
                let path = format!("{}{name}.", self.path);
                let mut inner = Self { path, fields, ..Self::default() };
                let value = read(&mut inner);
                inner.note_unknown();
                self.errors.append(&mut inner.errors);
                value
            }
            None | Some(Value::Null) => {
                if required {
                    self.error(name, "required", "is required");
                }
                None
            }
            Some(_) => {
                self.error(name, "wrong_type", "must be an object");
                None
            }
        }
    }

    /// An object inside this one that a change may take away: absent leaves it, null removes it.
    pub fn change_object<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<Change<T>> {
        match self.fields.get(name) {
            None => self.asked.push(Asked { name, required: false }),
            Some(Value::Null) => {
                self.asked.push(Asked { name, required: false });
                self.fields.remove(name);
                return Some(Change::Remove);
            }
            Some(_) => return self.object(name, false, read).map(Change::Set),
        }
        Some(Change::Keep)
    }

    /// A list of at most `longest` objects; absent and null are the empty list. Its items are `name[0]`, `name[1]` …
    pub fn objects<T>(
        &mut self,
        name: &'static str,
        longest: usize,
        mut read: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = self.items(name, longest)?;
        let read_item = |(n, item)| {
            let Value::Object(fields) = item else {
                self.error(&format!("{name}[{n}]"), "wrong_type", "must be an object");
                return None;
            };
            let mut inner = Self { path: format!("{}{name}[{n}].", self.path), fields, ..Self::default() };
            let value = read(&mut inner);
            inner.note_unknown();
            self.errors.append(&mut inner.errors);
            value
        };
        every(items.into_iter().enumerate().map(read_item))
    }

    /// A list of at most `longest` plain values; absent and null are the empty list.
    pub fn values<T>(
        &mut self,
        name: &'static str,
        longest: usize,
        read: impl Fn(Given<'_>) -> Result<T, Wrong>,
    ) -> Option<Vec<T>> {
        let items = self.items(name, longest)?;
        let read_item = |(n, item)| self.take(&format!("{name}[{n}]"), &item, &read);
        every(items.into_iter().enumerate().map(read_item))
    }

    fn items(&mut self, name: &'static str, longest: usize) -> Option<Vec<Value>> {
        self.asked.push(Asked { name, required: false });
        match self.fields.remove(name) {
            None | Some(Value::Null) => Some(Vec::new()),
            Some(Value::Array(items)) if items.len() <= longest => Some(items),
            Some(Value::Array(_)) => {
                self.error(name, "too_long", format!("must have at most {longest} entries"));
                None
            }
            Some(_) => {
                self.error(name, "wrong_type", "must be a list");
                None
            }
        }
    }

    /// Whether a field was sent, null or not.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    /// Takes a field without reading it: what belongs in it hangs on another field that is wrong.
    pub fn skip(&mut self, name: &'static str, required: bool) {
        self.asked.push(Asked { name, required });
        if self.fields.remove(name).is_none() && required {
            self.error(name, "required", "is required");
        }
    }

    /// Notes that a field is wrong. Without a name, it is this object as a whole.
    pub fn error(&mut self, name: &str, code: &str, message: impl Into<String>) {
        let field = format!("{}{name}", self.path);
        self.errors.push(FieldError::new(field.trim_end_matches('.'), code, message));
    }

    /// The fields that were asked for so far: what OpenAPI must say too.
    #[must_use]
    pub fn asked(&self) -> &[Asked] {
        &self.asked
    }

    /// What was read, if nothing was wrong and nothing is left over.
    ///
    /// # Errors
    /// [`Fault::Invalid`] with everything that is wrong.
    pub fn finish<T>(mut self, value: Option<T>) -> Result<T, Fault> {
        self.note_unknown();
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            Some(_) | None => Err(Fault::Invalid(self.errors)),
        }
    }

    fn take<T>(
        &mut self,
        name: &str,
        value: &Value,
        read: impl FnOnce(Given<'_>) -> Result<T, Wrong>,
    ) -> Option<T> {
        match read(Given { value, as_text: self.as_text }) {
            Ok(value) => Some(value),
            Err(Wrong { code, message }) => {
                self.error(name, code, message);
                None
            }
        }
    }

    fn note_unknown(&mut self) {
        let allowed: Vec<&str> = self.asked.iter().map(|asked| asked.name).collect();
        let allowed = format!("is not known here; allowed: {}", allowed.join(", "));
        for name in self.fields.keys() {
            let field = format!("{}{}", self.path, shown(name));
            self.errors.push(FieldError::new(field, "unknown_field", allowed.clone()));
        }
    }
}

/// All of them, or nothing; every one is read all the same, so that every error is noted.
fn every<T>(read: impl Iterator<Item = Option<T>>) -> Option<Vec<T>> {
    let read: Vec<Option<T>> = read.collect();
    read.into_iter().collect()
}

/// What a change does with a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Change<T> {
    #[default]
    Keep,
    Remove,
    Set(T),
}

impl<T> Change<T> {
    /// Whether it leaves the field as it is.
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }
    /// The same change of another type.
    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> Change<U> {
        match self {
            Self::Keep => Change::Keep,
            Self::Remove => Change::Remove,
            Self::Set(value) => Change::Set(with(value)),
        }
    }
    /// The same change, of what is inside.
    pub const fn as_ref(&self) -> Change<&T> {
        match self {
            Self::Keep => Change::Keep,
            Self::Remove => Change::Remove,
            Self::Set(value) => Change::Set(value),
        }
    }
    /// The field's value after the change.
    pub fn of(self, now: Option<T>) -> Option<T> {
        match self {
            Self::Keep => now,
            Self::Remove => None,
            Self::Set(value) => Some(value),
        }
    }
}

/// A field that is kept is left out by `skip_serializing_if`.
impl<T: Serialize> Serialize for Change<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Keep | Self::Remove => serializer.serialize_none(),
            Self::Set(value) => value.serialize(serializer),
        }
    }
}

/// Reads a request from a JSON body.
///
/// # Errors
/// [`Fault::MalformedJson`], [`Fault::Invalid`].
pub fn from_json<T: FromForm>(body: &[u8]) -> Result<T, Fault> {
    let mut form = Form::from_json(body)?;
    let value = T::read(&mut form);
    form.finish(value)
}

/// Reads a request from a query string.
///
/// # Errors
/// [`Fault::Invalid`].
pub fn from_query<T: FromForm>(query: &str) -> Result<T, Fault> {
    let mut form = Form::from_query(query);
    let value = T::read(&mut form);
    form.finish(value)
}

/// Names that clients chose come back in errors, but never more than a glance of them.
fn shown(name: &str) -> String {
    const LONGEST: usize = 64;
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    name.chars().take(LONGEST).chain(['…']).collect()
}

/// Why text is not JSON, in words that repeat nothing of it.
fn syntax(error: &serde_json::Error) -> &'static str {
    if error.is_eof() {
        return "it ends too early";
    }
    if error.is_data() { "it is not in a form that can be read" } else { "this is not JSON" }
}
