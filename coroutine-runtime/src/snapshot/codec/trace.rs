//! What a type would read, asked without bytes. In: a type; out: its signature, such as `Order{items: [str], seen: u64}`.
//!
//! The type reads from a source that makes up a value: ones, a text, one element of each sequence, each variant of an enum in turn.
//! Two types with the same signature read the same bytes. A type that checks what it reads may refuse what is made up; its signature
//! then says how far it got, with `!`. Recursion is told by the names of structs and enums.
use super::Fault;
use super::read::Reader;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;

/// How often a type is asked, for the variants of its enums.
const RUNS_MAX: usize = 128;
/// How deep a value is made up.
const DEPTH_MAX: usize = 32;
/// How long a signature may be.
const SIGNATURE_MAX_BYTES: usize = 4096;
/// Texts that types with a form of their own may take, tried in turn.
const TEXTS: [&str; 5] = ["", "1", "1970-01-01T00:00:00Z", "00000000-0000-0000-0000-000000000000", "1970-01-01"];

/// What a type would read, and whether it can do so from bytes that do not describe themselves.
pub(in crate::snapshot) fn signature<T: DeserializeOwned>() -> (String, bool) {
    run(&mut |reader| T::deserialize(reader).map(keep))
}

/// Keeps what was made up: its `Drop` is the user's code, and would act on a value that never was.
fn keep<T>(made_up: T) {
    static KEPT: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    if std::mem::needs_drop::<T>() {
        let at = Box::into_raw(Box::new(made_up)) as usize;
        KEPT.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(at);
    }
}

fn run(read: &mut dyn FnMut(&mut Reader<'_, '_>) -> Result<(), Fault>) -> (String, bool) {
    let mut trace = Trace::default();
    let mut described = true;
    for _ in 0..RUNS_MAX {
        let result = read(&mut Reader::tracing(&mut trace));
        match result {
            Ok(()) | Err(Fault::Nesting) => {}
            Err(Fault::Undescribed(_)) => {
                described = false;
                trace.stopped();
            }
            Err(_) => {
                if trace.another_text() {
                    continue;
                }
                trace.stopped();
            }
        }
        trace.begin();
        if !trace.plans.values().any(|plan| plan.next < plan.variants.len()) {
            break;
        }
    }
    let mut text = String::new();
    trace.render("", &mut text);
    (text, described)
}

/// What was asked for so far, by path.
#[derive(Default)]
pub(super) struct Trace {
    nodes: BTreeMap<String, Node>,
    plans: BTreeMap<String, Plan>,
    path: String,
    stack: Vec<Level>,
    /// The index of the text that is given.
    text: usize,
    /// Whether the last thing asked for was a text.
    at_text: bool,
    /// The enums whose next variant was taken in this run.
    taken: Vec<String>,
    /// For each enum, a variant that could be made up.
    whole: BTreeMap<&'static str, u32>,
}

enum Node {
    Leaf(&'static str),
    Struct(&'static str, Vec<String>),
    Many(&'static str),
    Enum(&'static str, &'static [&'static str]),
    /// It was refused.
    Stopped,
}

struct Plan {
    variants: &'static [&'static str],
    next: usize,
}

struct Level {
    name: &'static str,
    base: usize,
    parts: usize,
    many: &'static str,
    variant: u32,
    /// Below a type that is already being made up.
    again: bool,
}

impl Trace {
    fn begin(&mut self) {
        self.path.clear();
        self.stack.clear();
        self.taken.clear();
        self.text = 0;
        self.at_text = false;
    }

    /// The type refused a text: it is asked again, with another.
    fn another_text(&mut self) -> bool {
        if !self.at_text || self.text + 1 == TEXTS.len() {
            return false;
        }
        for path in std::mem::take(&mut self.taken) {
            if let Some(plan) = self.plans.get_mut(&path) {
                plan.next -= 1;
            }
        }
        let text = self.text + 1;
        self.begin();
        self.text = text;
        true
    }

    fn stopped(&mut self) {
        self.nodes.insert(format!("{}!", self.path), Node::Stopped);
    }

    fn again(&self) -> bool {
        self.stack.last().is_some_and(|level| level.again)
    }

    fn note(&mut self, node: Node) {
        if !self.again() {
            self.nodes.entry(self.path.clone()).or_insert(node);
        }
    }

    pub(super) fn leaf(&mut self, what: &'static str) {
        self.at_text = false;
        self.note(Node::Leaf(what));
    }

    pub(super) fn text(&mut self) -> &'static str {
        self.note(Node::Leaf("str"));
        self.at_text = true;
        TEXTS[self.text]
    }

    fn push(&mut self, name: &'static str, parts: usize, many: &'static str) -> Result<(), Fault> {
        self.at_text = false;
        if self.stack.len() >= DEPTH_MAX {
            return Err(Fault::Nesting);
        }
        let again = self.again() || (!name.is_empty() && self.stack.iter().any(|level| level.name == name));
        self.stack.push(Level { name, base: self.path.len(), parts, many, variant: 0, again });
        Ok(())
    }

    /// Notes a struct or an enum, by its name alone where it is already being made up.
    fn note_named(&mut self, name: &'static str, node: impl FnOnce() -> Node) {
        let node = if !name.is_empty() && self.stack.iter().any(|level| level.name == name) { Node::Leaf(name) } else { node() };
        self.note(node);
    }

    /// A struct of one unnamed part.
    pub(super) fn enter(&mut self, name: &'static str, part: &str) -> Result<(), Fault> {
        self.note_named(name, || Node::Struct(name, vec![format!(".{part}")]));
        self.push(name, 1, "")?;
        self.path.push('.');
        self.path.push_str(part);
        Ok(())
    }

    pub(super) fn enter_parts(&mut self, name: &'static str, names: Option<&'static [&'static str]>, count: usize) -> Result<(), Fault> {
        self.note_named(name, || {
            Node::Struct(
                name,
                match names {
                    Some(names) => names.iter().map(|name| format!(".{name}")).collect(),
                    None => (0..count).map(|n| format!(".{n}")).collect(),
                },
            )
        });
        self.push(name, count, "")
    }

    /// One of many: an option, a sequence, a map. `false`: none, for the type is already being made up.
    pub(super) fn enter_many(&mut self, many: &'static str) -> Result<bool, Fault> {
        if self.again() {
            return Ok(false);
        }
        self.note(Node::Many(many));
        self.push("", 1, many)?;
        self.path.push_str(many);
        Ok(true)
    }

    pub(super) fn part(&mut self, names: Option<&'static [&'static str]>, left: usize) {
        let Some(level) = self.stack.last() else { return };
        self.path.truncate(level.base);
        let index = level.parts.saturating_sub(left);
        match names.and_then(|names| names.get(index)) {
            _ if !level.many.is_empty() => self.path.push_str(level.many),
            Some(name) => {
                self.path.push('.');
                self.path.push_str(name);
            }
            None => {
                let _ = write!(self.path, ".{index}");
            }
        }
    }

    /// The value of a map's entry.
    pub(super) fn value(&mut self) {
        let Some(level) = self.stack.last() else { return };
        self.path.truncate(level.base);
        self.path.push_str(level.many);
        self.path.push('=');
    }

    pub(super) fn leave(&mut self) {
        if let Some(level) = self.stack.pop() {
            self.path.truncate(level.base);
        }
    }

    pub(super) fn enter_enum(&mut self, name: &'static str, variants: &'static [&'static str]) -> Result<u32, Fault> {
        self.note_named(name, || Node::Enum(name, variants));
        self.push(name, 1, "")?;
        let index =
            if self.again() { *self.whole.get(name).ok_or(Fault::Nesting)? } else { self.variant(variants).ok_or(Fault::Nesting)? };
        let variant = variants.get(index as usize).ok_or(Fault::Nesting)?;
        self.path.push(':');
        self.path.push_str(variant);
        if let Some(level) = self.stack.last_mut() {
            level.variant = index;
        }
        Ok(index)
    }

    /// The next variant that was not made up yet; else one with such a variant below it.
    fn variant(&mut self, variants: &'static [&'static str]) -> Option<u32> {
        let plan = self.plans.entry(self.path.clone()).or_insert(Plan { variants, next: 0 });
        if plan.next < variants.len() {
            plan.next += 1;
            let index = u32::try_from(plan.next - 1).ok();
            self.taken.push(self.path.clone());
            return index;
        }
        let below = |variant: &str| {
            let prefix = format!("{}:{variant}", self.path);
            self.plans
                .range(prefix.clone()..)
                .take_while(|(path, _)| path.starts_with(&prefix))
                .any(|(_, plan)| plan.next < plan.variants.len())
        };
        let index = variants.iter().position(|variant| below(variant)).unwrap_or_default();
        u32::try_from(index).ok()
    }

    pub(super) fn leave_enum(&mut self) {
        if let Some(level) = self.stack.pop() {
            self.path.truncate(level.base);
            self.whole.entry(level.name).or_insert(level.variant);
        }
    }

    fn render(&self, path: &str, text: &mut String) {
        if text.len() > SIGNATURE_MAX_BYTES {
            return;
        }
        let stopped = if self.nodes.contains_key(&format!("{path}!")) { "!" } else { "" };
        match self.nodes.get(path) {
            Some(Node::Leaf(what)) => text.push_str(what),
            Some(Node::Struct(name, parts)) => {
                text.push_str(name);
                let named = parts
                    .first()
                    .is_some_and(|part| !part.starts_with(|c: char| c == '.') || !part[1..].starts_with(|c: char| c.is_ascii_digit()));
                text.push(if named { '{' } else { '(' });
                let mut last: Option<(String, usize)> = None;
                for part in parts {
                    let mut one = String::new();
                    if named {
                        let _ = write!(one, "{}: ", &part[1..]);
                    }
                    self.render(&format!("{path}{part}"), &mut one);
                    match &mut last {
                        Some((same, times)) if *same == one => *times += 1,
                        last => {
                            flush(last.replace((one, 1)), text);
                        }
                    }
                }
                flush(last, text);
                text.push(if named { '}' } else { ')' });
            }
            Some(Node::Many("?")) => {
                self.render(&format!("{path}?"), text);
                text.push('?');
            }
            Some(Node::Many("{}")) => {
                text.push('{');
                self.render(&format!("{path}{{}}"), text);
                text.push_str("=>");
                self.render(&format!("{path}{{}}="), text);
                text.push('}');
            }
            Some(Node::Many(_)) => {
                text.push('[');
                self.render(&format!("{path}[]"), text);
                text.push(']');
            }
            Some(Node::Enum(name, variants)) => {
                text.push_str(name);
                text.push('<');
                for (n, variant) in variants.iter().enumerate() {
                    text.push_str(if n == 0 { "" } else { "|" });
                    text.push_str(variant);
                    let below = format!("{path}:{variant}");
                    if self.nodes.contains_key(&below) || self.nodes.contains_key(&format!("{below}!")) {
                        self.render(&below, text);
                    }
                }
                text.push('>');
            }
            Some(Node::Stopped) | None => text.push_str(".."),
        }
        text.push_str(stopped);
    }
}

/// Equal neighbours count as one, with their number.
fn flush(part: Option<(String, usize)>, text: &mut String) {
    let Some((part, times)) = part else { return };
    if !text.ends_with(['(', '{']) {
        text.push_str(", ");
    }
    text.push_str(&part);
    if times > 1 {
        let _ = write!(text, "*{times}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    fn check<T: DeserializeOwned>(want: &str) {
        assert_eq!(signature::<T>(), (want.to_string(), true));
    }

    #[test]
    fn signatures() {
        #[derive(Deserialize)]
        #[allow(dead_code)]
        struct Order {
            items: Vec<String>,
            seen: u64,
            pair: (u8, Option<char>),
        }
        #[derive(Deserialize)]
        #[allow(dead_code)]
        enum Kind {
            None,
            One(Order),
            Two(bool, i8),
            Three { at: f32, inner: Inner },
        }
        #[derive(Deserialize)]
        #[allow(dead_code)]
        enum Inner {
            A,
            B(u16),
        }
        #[derive(Deserialize)]
        #[allow(dead_code)]
        enum Tree {
            Leaf(u8),
            Node(Box<Tree>, Vec<Tree>, u8),
        }
        #[derive(Deserialize)]
        #[allow(dead_code)]
        struct List {
            value: u8,
            next: Option<Box<List>>,
        }
        #[derive(Deserialize)]
        struct Unit;
        #[derive(Deserialize)]
        #[allow(dead_code)]
        struct Meters(f64);
        check::<u8>("u8");
        check::<(u8, String)>("(u8, str)");
        check::<[u8; 30]>("(u8*30)");
        check::<Order>("Order{items: [str], seen: u64, pair: (u8, char?)}");
        check::<BTreeMap<String, Vec<Unit>>>("{str=>[Unit]}");
        check::<Kind>(
            "Kind<None|One(Order{items: [str], seen: u64, pair: (u8, char?)})|Two(bool, i8)|Three{at: f32, inner: Inner<A|B(u16)>}>",
        );
        check::<Tree>("Tree<Leaf(u8)|Node(Tree, [Tree], u8)>");
        check::<List>("List{value: u8, next: List?}");
        check::<Option<Option<Meters>>>("Meters(f64)??");
        check::<std::time::Duration>("Duration{secs: u64, nanos: u32}");
        check::<std::num::NonZeroU8>("u8");
        check::<()>("()");
    }

    #[test]
    fn what_needs_another_codec() {
        #[derive(Deserialize)]
        #[serde(untagged)]
        #[allow(dead_code)]
        enum Either {
            A(u8),
            B(String),
        }
        #[derive(Deserialize)]
        #[allow(dead_code)]
        struct Deep {
            date: Date,
            either: Vec<Option<Either>>,
        }
        struct Date;
        impl<'de> Deserialize<'de> for Date {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                match String::deserialize(deserializer)?.as_str() {
                    "1970-01-01" => Ok(Date),
                    _ => Err(serde::de::Error::custom("no date")),
                }
            }
        }
        assert_eq!(signature::<Deep>(), ("Deep{date: str, either: [..!?]}".to_string(), false));
        assert!(!signature::<serde_json::Value>().1);
        assert!(signature::<Date>().1);
    }
}
