//! What a type would read, asked without bytes. In: a type; out: its signature, such as `Order{items: [str], seen: u64}`.
//!
//! The type is asked one question at a time: which fields, then what the first of them is, then the second; each run follows one
//! path down and is ended there by an error, before there is a value. For no user's value may be made up and dropped: its `Drop`
//! would be felt. Only tuples cannot be asked for their second part without their first: there values are made up (ones, empty texts,
//! one element of each sequence) and forgotten, never dropped; unless a part of a tuple refuses what is made up, when the parts
//! before it are dropped.
//!
//! Two types with the same signature read the same bytes. A type that refuses what is made up has a signature that says how far it
//! got, with `!`. Recursion is told by the names of structs and enums.
use super::Fault;
use super::read::Reader;
use crate::environment::{Asked, asked};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt::Write;

/// How many paths are followed.
const RUNS_MAX: usize = 4096;
/// How deep they go.
const DEPTH_MAX: usize = 48;
/// How long a signature may be.
const SIGNATURE_MAX_BYTES: usize = 4096;

/// What a type would read, and whether it surely can do so from bytes that do not describe themselves.
pub(in crate::snapshot) fn signature<T: DeserializeOwned>() -> (String, bool) {
    all_of::<T>().0
}

/// What a type would take from the environment.
#[cfg(feature = "engine")]
pub(in crate::snapshot) fn takes<T: DeserializeOwned>() -> Vec<Asked> {
    all_of::<T>().1
}

fn all_of<T: DeserializeOwned>() -> ((String, bool), Vec<Asked>) {
    asked(|| {
        run(&mut |reader| {
            let result = T::deserialize(reader);
            result.map(super::ask::keep)
        })
    })
}

fn run(ask: &mut dyn FnMut(&mut Reader<'_, '_>) -> Result<(), Fault>) -> (String, bool) {
    let mut trace = Trace::default();
    let mut queue = vec![Vec::new()];
    for _ in 0..RUNS_MAX {
        let Some(choices) = queue.pop() else { break };
        trace.begin(choices);
        match ask(&mut Reader::tracing(&mut trace)) {
            Ok(()) | Err(Fault::Traced | Fault::Nesting) => {}
            Err(_) => trace.stopped(),
        }
        queue.append(&mut trace.queue);
    }
    let mut text = String::new();
    trace.render("", &mut text);
    (text, !trace.refused)
}

/// What was asked so far, by path.
#[derive(Default)]
pub(super) struct Trace {
    nodes: BTreeMap<String, Node>,
    path: String,
    stack: Vec<Level>,
    /// Which way to go at each fork; beyond its end, the first, and the others are queued.
    choices: Vec<u32>,
    forks: usize,
    queue: Vec<Vec<u32>>,
    /// Whether values are made up.
    making: bool,
    /// Whether it was stopped somewhere.
    refused: bool,
}

enum Node {
    Leaf(&'static str),
    /// Its name, its parts, and whether these have names.
    Struct(&'static str, Vec<String>, bool),
    Many(&'static str),
    Enum(&'static str, &'static [&'static str]),
    /// It could not be asked further.
    Stopped,
}

struct Level {
    name: &'static str,
    base: usize,
    variant: u32,
    /// Below a type that is already being asked.
    again: bool,
}

impl Trace {
    fn begin(&mut self, choices: Vec<u32>) {
        self.path.clear();
        self.stack.clear();
        self.choices = choices;
        self.forks = 0;
        self.making = false;
    }

    /// It cannot be asked further here, or not without bytes that describe themselves.
    pub(super) fn stopped(&mut self) {
        self.refused = true;
        self.nodes.insert(format!("{}!", self.path), Node::Stopped);
    }

    /// Whether values are made up: then the type gets one and goes on; else it is ended.
    pub(super) fn makes(&self) -> bool {
        self.making
    }

    /// Values are made up from here on; gives what was so before.
    pub(super) fn make(&mut self, making: bool) -> bool {
        std::mem::replace(&mut self.making, making)
    }

    /// Whether this is below a type that is already being asked.
    pub(super) fn again(&self) -> bool {
        self.stack.last().is_some_and(|level| level.again)
    }

    /// One of so many ways to go on.
    pub(super) fn choose(&mut self, ways: usize) -> usize {
        if self.again() {
            return 0;
        }
        let fork = self.forks;
        self.forks += 1;
        if let Some(choice) = self.choices.get(fork) {
            return *choice as usize;
        }
        // (The last queued is the next to be followed.)
        for way in (1..ways as u32).rev() {
            let mut choices = self.choices.clone();
            choices.push(way);
            self.queue.push(choices);
        }
        self.choices.push(0);
        0
    }

    fn note(&mut self, node: Node) {
        if !self.again() {
            self.nodes.entry(self.path.clone()).or_insert(node);
        }
    }

    /// A value without parts.
    pub(super) fn leaf(&mut self, what: &'static str) {
        self.note(Node::Leaf(what));
    }

    /// Enters a struct or a tuple; `false` if it is already being asked and no value is needed.
    pub(super) fn enter(&mut self, name: &'static str, names: Option<&[&str]>, count: usize) -> Result<bool, Fault> {
        self.named(name, |_| {
            let parts = match names {
                Some(names) => names.iter().map(|name| format!(".{name}")).collect(),
                None => (0..count).map(|n| format!(".{n}")).collect(),
            };
            Node::Struct(name, parts, names.is_some())
        })
    }

    /// Enters an option, a sequence or a map; `false` if it is empty here.
    pub(super) fn enter_many(&mut self, many: &'static str) -> Result<bool, Fault> {
        if self.again() {
            return Ok(false);
        }
        self.note(Node::Many(many));
        self.push("")?;
        self.path.push_str(many);
        Ok(true)
    }

    /// Enters an enum in one of its variants; `None` if it is already being asked and no value is needed.
    pub(super) fn enter_enum(&mut self, name: &'static str, variants: &'static [&'static str]) -> Result<Option<u32>, Fault> {
        let before: Vec<u32> = self.stack.iter().filter(|level| level.name == name).map(|level| level.variant).collect();
        if !self.named(name, |_| Node::Enum(name, variants))? {
            return Ok(None);
        }
        let index = if before.is_empty() {
            self.choose(variants.len()) as u32
        } else {
            // A variant that is not being made up already: some must end.
            (0..variants.len() as u32).find(|index| !before.contains(index)).ok_or(Fault::Nesting)?
        };
        if let Some(variant) = variants.get(index as usize) {
            self.path.push(':');
            self.path.push_str(variant);
        }
        if let Some(level) = self.stack.last_mut() {
            level.variant = index;
        }
        Ok(Some(index))
    }

    fn named(&mut self, name: &'static str, node: impl FnOnce(&mut Self) -> Node) -> Result<bool, Fault> {
        if !name.is_empty() && self.stack.iter().any(|level| level.name == name) {
            self.note(Node::Leaf(name));
            if !self.making {
                return Ok(false);
            }
        } else {
            let node = node(self);
            self.note(node);
        }
        self.push(name)?;
        Ok(true)
    }

    fn push(&mut self, name: &'static str) -> Result<(), Fault> {
        if self.stack.len() >= DEPTH_MAX {
            return Err(Fault::Nesting);
        }
        let again = self.again() || (!name.is_empty() && self.stack.iter().any(|level| level.name == name));
        self.stack.push(Level { name, base: self.path.len(), variant: 0, again });
        Ok(())
    }

    /// The part of what was entered last that comes next.
    pub(super) fn part(&mut self, names: Option<&[&str]>, index: usize) {
        self.back();
        match names.and_then(|names| names.get(index)) {
            Some(name) => {
                self.path.push('.');
                self.path.push_str(name);
            }
            None => {
                let _ = write!(self.path, ".{index}");
            }
        }
    }

    /// The keys of a map, or its values.
    pub(super) fn entry(&mut self, value: bool) {
        self.back();
        self.path.push_str(if value { "{}=" } else { "{}" });
    }

    fn back(&mut self) {
        if let Some(level) = self.stack.last() {
            self.path.truncate(level.base);
        }
    }

    /// Leaves what was entered last.
    pub(super) fn leave(&mut self) {
        self.back();
        self.stack.pop();
    }

    fn render(&self, path: &str, text: &mut String) {
        if text.len() > SIGNATURE_MAX_BYTES {
            return;
        }
        match self.nodes.get(path) {
            Some(Node::Leaf(what)) => text.push_str(what),
            Some(Node::Struct(name, parts, named)) => {
                text.push_str(name);
                text.push(if *named { '{' } else { '(' });
                let mut parts = parts.iter().map(|part| {
                    let mut text = if *named { format!("{}: ", &part[1..]) } else { String::new() };
                    self.render(&format!("{path}{part}"), &mut text);
                    text
                });
                runs(&mut parts, text);
                text.push(if *named { '}' } else { ')' });
            }
            Some(Node::Many("{}")) => {
                text.push('{');
                self.render(&format!("{path}{{}}"), text);
                text.push_str("=>");
                self.render(&format!("{path}{{}}="), text);
                text.push('}');
            }
            Some(Node::Many("?")) => {
                self.render(&format!("{path}?"), text);
                text.push('?');
            }
            Some(Node::Many(many)) => {
                text.push('[');
                self.render(&format!("{path}{many}"), text);
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
        if self.nodes.contains_key(&format!("{path}!")) {
            text.push('!');
        }
    }
}

/// Parts with commas between; equal neighbours stand once, with their number.
fn runs(parts: &mut dyn Iterator<Item = String>, text: &mut String) {
    let mut parts = parts.peekable();
    let mut first = true;
    while let Some(part) = parts.next() {
        let mut times = 1;
        while parts.next_if_eq(&part).is_some() {
            times += 1;
        }
        text.push_str(if first { "" } else { ", " });
        text.push_str(&part);
        if times > 1 {
            let _ = write!(text, "*{times}");
        }
        first = false;
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
        check::<(crate::Env<str>, u16, Option<crate::Env<u8>>)>("(Env, u16, Env?)");
    }

    #[test]
    fn no_value_is_made_up_and_dropped() {
        #[derive(Deserialize)]
        #[allow(dead_code)]
        struct Bell(u8);
        impl Drop for Bell {
            fn drop(&mut self) {
                panic!("a value was made up and dropped");
            }
        }
        #[derive(Deserialize)]
        #[allow(dead_code)]
        enum Bells {
            None,
            One(Bell),
            Two(Bell, Bell),
            Three { a: Bell, b: Option<Bell> },
        }
        impl Drop for Bells {
            fn drop(&mut self) {
                panic!("a value was made up and dropped");
            }
        }
        #[derive(Deserialize)]
        #[allow(dead_code)]
        struct Tower {
            bells: Vec<Bell>,
            by_name: BTreeMap<String, Bell>,
            all: Bells,
            pair: (Bell, [Bells; 2], u8),
        }
        check::<Tower>(concat!(
            "Tower{bells: [Bell(u8)], by_name: {str=>Bell(u8)}, ",
            "all: Bells<None|One(Bell(u8))|Two(Bell(u8)*2)|Three{a: Bell(u8), b: Bell(u8)?}>, ",
            "pair: (Bell(u8), (Bells<None|One(Bell(u8))|Two(Bell(u8)*2)|Three{a: Bell(u8), b: Bell(u8)?}>*2), u8)}"
        ));
        assert!(!signature::<(Bell, serde_json::Value)>().1);
        check::<(Bell, Bells)>("(Bell(u8), Bells<None|One(Bell(u8))|Two(Bell(u8)*2)|Three{a: Bell(u8), b: Bell(u8)?}>)");
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
        assert_eq!(signature::<(u8, serde_json::Value)>(), ("(u8, ..!)".to_string(), false));
        assert!(!signature::<serde_json::Value>().1);
        assert!(signature::<Date>().1);
    }
}
