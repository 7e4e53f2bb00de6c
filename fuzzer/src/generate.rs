//! A program from choices: functions, what is in scope, and what rustc would say.
//!
//! The text is written in the order in which it is evaluated, and the generator keeps what the borrow checker would: which variables
//! hold a value, which are borrowed, what a loop may move. So everything that comes out compiles as plain async.

use crate::tape::Tape;
use crate::types::Ty;

/// What programs may contain beyond what has long been supported; each can be left out by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// `let Pack { n, .. } = pack`, `pack.d` by value.
    Parts,
    /// `let r = &x;` across awaits.
    Borrows,
    /// `for x in &list`, `for x in list.iter_mut()`, `.iter().enumerate()` with awaits inside.
    ForBorrows,
    /// `if let Some(x) = &option`, `match &kind` with awaits inside.
    MatchBorrows,
    /// A method or a field of a variable that is dropped aloud, as it stands: its type decides whether that moves it.
    Receivers,
    /// Temporaries that are dropped aloud and live across awaits.
    Temporaries,
    /// `match` guards with awaits.
    AwaitingGuards,
    /// Bindings of an `if let` that are not used.
    UnusedBindings,
    /// Temporaries as what a coroutine is lent.
    LentTemporaries,
    /// Variables that are dropped aloud and made from others: the compiler drops them at a wait after which they are not used.
    LateDrops,
    /// `join!` and `race!` of calls, yields and steps.
    Beside,
    /// `#[again]` on a `let` of what is made without being seen.
    Again,
    /// `let (r, v) = (&x, make());`, `match (&x, make())`: values in one pattern with a borrow.
    Paired,
}
impl Feature {
    /// All, by name.
    pub const ALL: [(&'static str, Feature); 13] = [
        ("parts", Feature::Parts),
        ("borrows", Feature::Borrows),
        ("for-borrows", Feature::ForBorrows),
        ("match-borrows", Feature::MatchBorrows),
        ("receivers", Feature::Receivers),
        ("temporaries", Feature::Temporaries),
        ("awaiting-guards", Feature::AwaitingGuards),
        ("unused-bindings", Feature::UnusedBindings),
        ("lent-temporaries", Feature::LentTemporaries),
        ("late-drops", Feature::LateDrops),
        ("beside", Feature::Beside),
        ("again", Feature::Again),
        ("paired", Feature::Paired),
    ];
}

/// What programs contain unless it is asked for otherwise.
pub const DEFAULT: [Feature; 3] = [Feature::Borrows, Feature::ForBorrows, Feature::MatchBorrows];

/// A generated program: its functions, and what it is called with.
#[derive(Debug, Clone)]
pub struct Program {
    pub seed: u64,
    /// The functions; the root is `root`, with its twin `root_twin`.
    pub text: String,
    /// Its inputs, as the harness's table has them.
    pub cases: String,
    /// The choices that made it, and where its parts are among them.
    pub choices: Vec<u32>,
    pub parts: Vec<(usize, usize)>,
}

/// The program of a seed.
pub fn by_seed(seed: u64, size: usize, features: &[Feature]) -> Program {
    generate(seed, Tape::random(seed), size, features)
}
/// The program of recorded choices.
pub fn by_choices(seed: u64, choices: Vec<u32>, size: usize, features: &[Feature]) -> Program {
    generate(seed, Tape::recorded(choices), size, features)
}

fn generate(seed: u64, tape: Tape, size: usize, features: &[Feature]) -> Program {
    let mut g = Generator::new(tape, features);
    let mut text = String::new();
    for index in 0..2 {
        let mark = g.tape.mark();
        if !g.tape.chance(55) {
            break;
        }
        g.fuel = size as i32 / 2;
        text += &g.child(index);
        g.tape.part(mark);
    }
    g.fuel = size as i32;
    let (root, cases) = g.root();
    text += &root;
    let (choices, parts) = g.tape.into_record();
    Program { seed, text, cases, choices, parts }
}

/// How a variable holds its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Own,
    Ref,
    Mut,
}

/// What borrows forbid of a variable for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lock {
    Free,
    /// May be read.
    Shared,
    /// May not be mentioned.
    Whole,
}

#[derive(Debug, Clone)]
pub(crate) struct Var {
    pub name: String,
    pub ty: Ty,
    pub how: How,
    pub mutable: bool,
    /// Holds a value on every path that leads here.
    pub full: bool,
    pub lock: Lock,
    /// How many loops are around its declaration.
    pub loops: usize,
}

/// Where a `break` may go.
#[derive(Debug, Clone)]
pub(crate) struct Label {
    pub name: String,
    /// The type that a `break` gives, of a `loop` or a block.
    pub value: Option<Ty>,
    pub is_loop: bool,
    /// How many variables are in scope outside.
    pub outside: usize,
    /// Which of them are full, at each `break`.
    pub exits: Vec<Vec<bool>>,
}

/// A durable function that the root may await.
#[derive(Debug, Clone)]
pub(crate) struct Child {
    pub name: String,
    pub params: Vec<(Ty, How)>,
    pub ret: Ty,
    /// Calls itself; its first parameter says how deep.
    pub recursive: bool,
}

pub(crate) struct Generator {
    pub tape: Tape,
    features: Vec<Feature>,
    pub fuel: i32,
    pub vars: Vec<Var>,
    pub labels: Vec<Label>,
    pub children: Vec<Child>,
    pub ret: Ty,
    /// How many loops are around.
    pub loops: usize,
    /// Code here is left for good: what was declared inside of this many loops may be moved.
    pub leaving: Option<usize>,
    /// The statements so far end in a jump.
    pub diverged: bool,
    /// No awaits: in closures, and where a borrow could not be taken again.
    pub sync: usize,
    /// Nothing may be moved or changed: in guards and conditions.
    pub reading: usize,
    /// Jumps go to labels from here on: those before are of loops that must not turn again.
    pub floor: usize,
    /// The statements at hand come to their end: what jumps must be in a branch.
    pub must_end: bool,
    /// The recursive call that may be made, if any.
    pub recursion: Option<(Child, String)>,
    counter: usize,
}

impl Generator {
    fn new(tape: Tape, features: &[Feature]) -> Self {
        Generator {
            tape,
            features: features.to_vec(),
            fuel: 0,
            vars: Vec::new(),
            labels: Vec::new(),
            children: Vec::new(),
            ret: Ty::Number,
            loops: 0,
            leaving: None,
            diverged: false,
            sync: 0,
            reading: 0,
            floor: 0,
            must_end: false,
            recursion: None,
            counter: 0,
        }
    }
    pub fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }
    /// A number that was not given before in this program.
    pub fn fresh(&mut self) -> usize {
        self.counter += 1;
        self.counter
    }

    // ---- functions

    fn root(&mut self) -> (String, String) {
        let all = [
            ("n: u64", Ty::Number, How::Own, &["(0)", "(5)"][..]),
            ("list: Vec<u64>", Ty::list(Ty::Number), How::Own, &["vec![]", "vec![3, 150, 8]"]),
            ("held: D", Ty::Dropped, How::Own, &["D::new(\"held\")", "D::new(\"held too\")"]),
            ("maybe: Option<String>", Ty::option(Ty::Text), How::Own, &["None", "Some(\"maybe\".to_owned())"]),
            ("world: &D", Ty::Dropped, How::Ref, &["D::new(\"world\")", "D::new(\"other world\")"]),
            ("tally: &mut u64", Ty::Number, How::Mut, &["4", "70"]),
            ("names: &mut Vec<String>", Ty::list(Ty::Text), How::Mut, &["strings(&[\"a\", \"b\"])", "Vec::new()"]),
            (
                "pack: Pack",
                Ty::Pack,
                How::Own,
                &[
                    "Pack { n: 1, d: D::new(\"packed\"), s: \"s\".to_owned() }",
                    "Pack { n: 12, d: D::new(\"packed too\"), s: String::new() }",
                ],
            ),
        ];
        let (mut params, mut given) = (Vec::new(), Vec::new());
        self.enter();
        for (text, ty, how, inputs) in all {
            if params.len() < 5 && self.tape.chance(42) {
                let (name, _) = text.split_once(':').unwrap_or((text, ""));
                let mutable = how == How::Own && self.tape.chance(40);
                params.push(if mutable { format!("mut {text}") } else { text.to_owned() });
                self.declare(name, ty, how, mutable);
                // One row of the table for both: code is generated for each row.
                let lent = if how == How::Own { String::new() } else { format!("{text} = ") };
                given.push(format!("{lent}if second() {{ {} }} else {{ {} }}", inputs[1], inputs[0]));
            }
        }
        let all = [Ty::Number, Ty::Text, Ty::Result, Ty::option(Ty::Number), Ty::Dropped, Ty::pair(Ty::Number, Ty::Dropped)];
        self.ret = all[self.tape.pick(all.len())].clone();
        let body = self.body();
        let text = format!(
            "#[durable(yield = u64, resume = u64, twin = root_twin)]\npub async fn root({}) -> {} {{\n{body}}}\n",
            params.join(", "),
            self.ret.text()
        );
        (text, format!("({})", given.join(", ")))
    }

    fn child(&mut self, index: usize) -> String {
        let types = [
            (Ty::Number, How::Own),
            (Ty::Dropped, How::Own),
            (Ty::Text, How::Own),
            (Ty::Pack, How::Own),
            (Ty::list(Ty::Number), How::Own),
            (Ty::Dropped, How::Ref),
            (Ty::list(Ty::Number), How::Ref),
            (Ty::Number, How::Mut),
            (Ty::list(Ty::Dropped), How::Mut),
        ];
        let recursive = self.tape.chance(25);
        let mut params = if recursive { vec![(Ty::Number, How::Own)] } else { Vec::new() };
        while params.len() < 4 && self.tape.chance(55) {
            params.push(types[self.tape.pick(types.len())].clone());
        }
        let all = [Ty::Number, Ty::Dropped, Ty::Text, Ty::Result, Ty::option(Ty::Dropped)];
        self.ret = all[self.tape.pick(all.len())].clone();
        let child = Child { name: format!("child{index}"), params, ret: self.ret.clone(), recursive };
        self.enter();
        let mut written = Vec::new();
        for (i, (ty, how)) in child.params.iter().enumerate() {
            let name = format!("p{i}");
            let mutable = *how == How::Own && !(recursive && i == 0) && self.tape.chance(30);
            written.push(format!("{}{name}: {}{}", if mutable { "mut " } else { "" }, prefix(*how), ty.text()));
            self.declare(&name, ty.clone(), *how, mutable);
        }
        if recursive {
            self.recursion = Some((child.clone(), "p0".to_owned()));
        }
        let body = self.body();
        self.recursion = None;
        let text = format!(
            "#[durable(yield = u64, resume = u64)]\nasync fn {}({}) -> {} {{\n{body}}}\n",
            child.name,
            written.join(", "),
            child.ret.text()
        );
        self.children.push(child);
        text
    }

    fn enter(&mut self) {
        self.vars.clear();
        self.labels.clear();
        (self.loops, self.leaving, self.diverged, self.sync, self.reading) = (0, None, false, 0, 0);
        (self.floor, self.must_end) = (0, false);
    }

    fn body(&mut self) -> String {
        let mut out = String::new();
        self.statements(&mut out, 7);
        if !self.diverged {
            let ret = self.ret.clone();
            let value = self.expr(&ret);
            out += &format!("{value}\n");
        }
        out
    }

    // ---- variables

    pub fn declare(&mut self, name: &str, ty: Ty, how: How, mutable: bool) -> usize {
        let var = Var { name: name.to_owned(), ty, how, mutable, full: true, lock: Lock::Free, loops: self.loops };
        self.vars.push(var);
        self.vars.len() - 1
    }
    /// A name for a new variable: now and then one that hides another.
    pub fn name(&mut self) -> String {
        if self.tape.chance(15) && !self.vars.is_empty() {
            let at = self.tape.pick(self.vars.len());
            let var = &self.vars[at];
            // One that is lent or borrowed is left alone, so that its uses stay what they are.
            if var.how == How::Own
                && var.lock == Lock::Free
                && !var.name.starts_with("turn")
                && self.recursion.as_ref().is_none_or(|(_, depth)| *depth != var.name)
            {
                return var.name.clone();
            }
        }
        format!("v{}", self.fresh())
    }
    fn is_visible(&self, index: usize) -> bool {
        !self.vars[index + 1..].iter().any(|later| later.name == self.vars[index].name)
    }
    fn choose(&mut self, fits: impl Fn(&Self, &Var) -> bool) -> Option<usize> {
        let all: Vec<usize> =
            (0..self.vars.len()).filter(|i| self.is_visible(*i) && self.vars[*i].full && fits(self, &self.vars[*i])).collect();
        if all.is_empty() {
            return None;
        }
        // The latest first: the simplest choice is the nearest variable.
        let at = self.tape.pick(all.len());
        all.get(all.len() - 1 - at).copied()
    }
    /// A variable of that type that may be read.
    pub fn readable(&mut self, ty: &Ty) -> Option<usize> {
        self.choose(|_, var| var.ty == *ty && var.lock < Lock::Whole)
    }
    pub fn readable_by(&mut self, fits: impl Fn(&Ty) -> bool) -> Option<usize> {
        self.choose(|_, var| fits(&var.ty) && var.lock < Lock::Whole)
    }
    /// A variable of that type that may be changed.
    pub fn changeable(&mut self, fits: impl Fn(&Ty) -> bool) -> Option<usize> {
        if self.reading > 0 {
            return None;
        }
        self.choose(|_, var| fits(&var.ty) && var.lock == Lock::Free && (var.how == How::Mut || var.how == How::Own && var.mutable))
    }
    /// An owned variable of that type that may be moved.
    pub fn movable(&mut self, ty: &Ty) -> Option<usize> {
        self.movable_by(|it| it == ty)
    }
    pub fn movable_by(&mut self, fits: impl Fn(&Ty) -> bool) -> Option<usize> {
        if self.reading > 0 || self.sync > 0 {
            return None;
        }
        self.choose(|g, var| {
            let may_leave = var.loops >= g.loops || g.leaving.is_some_and(|to| var.loops >= to);
            fits(&var.ty) && var.how == How::Own && var.lock == Lock::Free && may_leave
        })
    }
    /// The variable's place: behind the reference, if it is one.
    pub fn place(&self, index: usize) -> String {
        let var = &self.vars[index];
        if var.how == How::Own { var.name.clone() } else { format!("(*{})", var.name) }
    }
    /// A borrow of it.
    pub fn shared(&self, index: usize) -> String {
        let var = &self.vars[index];
        match var.how {
            How::Own => format!("&{}", var.name),
            How::Ref => var.name.clone(),
            How::Mut => format!("&*{}", var.name),
        }
    }
    pub fn unique(&self, index: usize) -> String {
        let var = &self.vars[index];
        if var.how == How::Own { format!("&mut {}", var.name) } else { format!("&mut *{}", var.name) }
    }
    /// The receiver of a method that borrows: by itself, or as a borrow where its type would be asked for.
    pub fn receiver(&mut self, index: usize, mutable: bool) -> String {
        let var = &self.vars[index];
        if var.how == How::Own && (!var.ty.is_felt() || self.has(Feature::Receivers)) {
            return var.name.clone();
        }
        if mutable { format!("({})", self.unique(index)) } else { format!("({})", self.shared(index)) }
    }

    // ---- which hold a value

    pub fn full(&self) -> Vec<bool> {
        self.vars.iter().map(|var| var.full).collect()
    }
    pub fn set_full(&mut self, full: &[bool]) {
        for (var, full) in self.vars.iter_mut().zip(full) {
            var.full = *full;
        }
    }
    /// Paths join: those that ended in a jump do not count. Nothing is left if all did.
    pub fn join(&mut self, paths: &[Option<Vec<bool>>]) {
        let len = self.vars.len();
        let mut alive = paths.iter().flatten().peekable();
        self.diverged = alive.peek().is_none();
        let mut all = vec![true; len];
        for path in alive {
            for (all, full) in all.iter_mut().zip(path) {
                *all &= *full;
            }
        }
        self.set_full(&all);
    }
    /// Runs a branch from a state, and says what holds a value at its end; `None` if it does not come to its end.
    pub fn branch<R>(&mut self, from: &[bool], run: impl FnOnce(&mut Self) -> R) -> (R, Option<Vec<bool>>) {
        let outside = self.vars.len();
        self.set_full(from);
        self.diverged = false;
        let result = run(self);
        self.vars.truncate(outside);
        let full = (!self.diverged).then(|| self.full());
        self.diverged = false;
        (result, full)
    }
}

/// What stands before a type.
pub(crate) fn prefix(how: How) -> &'static str {
    match how {
        How::Own => "",
        How::Ref => "&",
        How::Mut => "&mut ",
    }
}
