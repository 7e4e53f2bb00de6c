//! Statements, and the constructs that are both statement and expression.

use crate::generate::{Feature, Generator, How, Lock};
use crate::types::Ty;
use std::fmt::Write as _;

#[derive(Clone, Copy)]
enum Form {
    Log,
    Let,
    LetPattern,
    LetElse,
    LetLater,
    LetClosure,
    Assign,
    Compound,
    Use,
    Push,
    If,
    IfLet,
    Match,
    For,
    While,
    WhileLet,
    Loop,
    Block,
    Jump,
    Leave,
    Borrow,
    ForBorrow,
    MatchBorrow,
}

/// What may stand beside a borrow.
struct Paired(Option<Pair>);
struct Pair {
    name: String,
    ty: Ty,
    value: String,
    first: bool,
}
impl Paired {
    /// What is written of a borrow, as it is or in a pair.
    fn beside(&self, text: &str, of: impl Fn(&Pair) -> &str) -> String {
        match &self.0 {
            None => text.to_owned(),
            Some(it) if it.first => format!("({}, {text})", of(it)),
            Some(it) => format!("({text}, {})", of(it)),
        }
    }
}

impl Generator {
    /// Up to `max` statements; variables that they declare stay in scope.
    pub(crate) fn statements(&mut self, out: &mut String, max: usize) {
        for _ in 0..max {
            let mark = self.tape.mark();
            if self.fuel <= 0 || !self.tape.chance(86) {
                break;
            }
            self.statement(out);
            self.tape.part(mark);
            if self.diverged {
                break;
            }
        }
    }

    fn statement(&mut self, out: &mut String) {
        self.fuel -= 1;
        let (borrows, for_borrows, match_borrows) = (
            usize::from(self.has(Feature::Borrows)),
            usize::from(self.has(Feature::ForBorrows)),
            usize::from(self.has(Feature::MatchBorrows)),
        );
        let form = self.tape.weighted(&[
            (3, Form::Log),
            (34, Form::Let),
            (9, Form::LetPattern),
            (5, Form::LetElse),
            (5, Form::LetLater),
            (2, Form::LetClosure),
            (9, Form::Assign),
            (7, Form::Compound),
            (16, Form::Use),
            (5, Form::Push),
            (9, Form::If),
            (8, Form::IfLet),
            (7, Form::Match),
            (9, Form::For),
            (5, Form::While),
            (4, Form::WhileLet),
            (4, Form::Loop),
            (6, Form::Block),
            (5, Form::Jump),
            (6, Form::Leave),
            (8 * borrows, Form::Borrow),
            (10 * for_borrows, Form::ForBorrow),
            (10 * match_borrows, Form::MatchBorrow),
        ]);
        let text = match form.unwrap_or(Form::Log) {
            Form::Log => None,
            Form::Let => Some(self.let_value()),
            Form::LetPattern => self.let_pattern(),
            Form::LetElse => self.let_else(),
            Form::LetLater => Some(self.let_later()),
            Form::LetClosure => Some(self.let_closure()),
            Form::Assign => self.assign(),
            Form::Compound => self.compound(),
            Form::Use => self.usage(),
            Form::Push => self.push(),
            Form::If => Some(self.if_statement()),
            Form::IfLet => Some(self.if_let()),
            Form::Match => Some(self.match_statement()),
            Form::For => Some(self.for_loop()),
            Form::While => Some(self.while_loop()),
            Form::WhileLet => self.while_let(),
            Form::Loop => Some(self.loop_statement()),
            Form::Block => Some(self.block_statement()),
            Form::Jump => Some(self.jump_statement()),
            Form::Leave => Some(self.leave()),
            Form::Borrow => self.borrow(),
            Form::ForBorrow => self.for_borrow(),
            Form::MatchBorrow => self.match_borrow(),
        };
        match text {
            Some(text) => {
                let _ = writeln!(out, "{text}");
            }
            None => {
                let _ = writeln!(out, "log(\"l{}\");", self.fresh());
            }
        }
    }

    fn some_type(&mut self) -> Ty {
        let simple = |at: usize| [Ty::Number, Ty::Dropped, Ty::Text][at].clone();
        match self.tape.pick(100) {
            0..26 => Ty::Number,
            26..38 => Ty::Text,
            38..56 => Ty::Dropped,
            56..64 => Ty::Pack,
            64..71 => Ty::Kind,
            71..74 => Ty::Array,
            74..77 => Ty::Bool,
            77..80 => Ty::Result,
            80..88 => Ty::option(simple(self.tape.pick(3))),
            88..95 => Ty::list(simple(self.tape.pick(3))),
            _ => Ty::pair(simple(self.tape.pick(3)), simple(self.tape.pick(3))),
        }
    }

    // ---- declarations

    fn let_value(&mut self) -> String {
        let ty = self.some_type();
        let mutable = self.tape.chance(45);
        let annotated = self.tape.chance(25);
        if self.has(Feature::Again) && !mutable && self.tape.chance(20) {
            return self.let_again();
        }
        let value = self.kept(&ty);
        let name = self.name();
        self.declare(&name, ty.clone(), How::Own, mutable);
        let annotation = if annotated { format!(": {}", ty.text()) } else { String::new() };
        format!("let {}{name}{annotation} = {value};", if mutable { "mut " } else { "" })
    }

    /// A value for a variable; what a step gives is dropped where it must be, whatever it was made from.
    /// What is made again after a restore, from what cannot change: nothing tells.
    fn let_again(&mut self) -> String {
        let (ty, value) = match self.tape.pick(3) {
            0 => (Ty::Number, format!("{}u64 + 1", self.tape.pick(90))),
            1 => (Ty::Text, format!("String::from(\"again{}\")", self.tape.pick(9))),
            _ => (Ty::list(Ty::Number), format!("vec![{}u64, 2]", self.tape.pick(90))),
        };
        let name = self.name();
        self.declare(&name, ty, How::Own, false);
        format!("#[again]\nlet {name} = {value};")
    }

    fn kept(&mut self, ty: &Ty) -> String {
        let value = self.expr(ty);
        if self.has(Feature::LateDrops) || !ty.is_felt() || value.starts_with("D::new") { value } else { format!("same({value}).await") }
    }

    fn new_names<const N: usize>(&mut self) -> [String; N] {
        std::array::from_fn(|_| format!("v{}", self.fresh()))
    }

    fn let_pattern(&mut self) -> Option<String> {
        let simple = |at: usize| [Ty::Number, Ty::Dropped, Ty::Text][at].clone();
        Some(match self.tape.pick(6) {
            0 => {
                let (a, b) = (simple(self.tape.pick(3)), simple(self.tape.pick(3)));
                let value = self.expr(&Ty::pair(a.clone(), b.clone()));
                let [first, second] = self.new_names();
                self.declare(&first, a, How::Own, false);
                self.declare(&second, b, How::Own, true);
                format!("let ({first}, mut {second}) = {value};")
            }
            1 => {
                let value = self.expr(&Ty::Pack);
                let [n, d, s] = self.new_names();
                self.declare(&d, Ty::Dropped, How::Own, false);
                self.declare(&n, Ty::Number, How::Own, false);
                self.declare(&s, Ty::Text, How::Own, false);
                format!("let Pack {{ d: {d}, n: {n}, s: {s} }} = {value};")
            }
            2 => format!("let _ = {};", self.expr(&Ty::Dropped)),
            3 => {
                let value = self.expr(&Ty::Array);
                let [a, b] = self.new_names();
                self.declare(&a, Ty::Number, How::Own, false);
                self.declare(&b, Ty::Number, How::Own, false);
                format!("let [{a}, .., {b}] = {value};")
            }
            4 => {
                let value = self.kept(&Ty::Dropped);
                format!("let _guard{} = {value};", self.fresh())
            }
            _ if self.has(Feature::Parts) => {
                let i = self.movable(&Ty::Pack)?;
                let pack = self.vars[i].name.clone();
                self.vars[i].full = false;
                let [x] = self.new_names();
                if self.tape.chance(50) {
                    self.declare(&x, Ty::Dropped, How::Own, false);
                    format!("let Pack {{ d: {x}, .. }} = {pack};")
                } else {
                    self.declare(&x, Ty::Text, How::Own, false);
                    format!("let Pack {{ s: {x}, .. }} = {pack};")
                }
            }
            _ => return None,
        })
    }

    fn let_else(&mut self) -> Option<String> {
        let result = self.tape.chance(30);
        let ty = if result { Ty::Number } else { [Ty::Number, Ty::Dropped, Ty::Text][self.tape.pick(3)].clone() };
        let value = self.expr(&if result { Ty::Result } else { Ty::option(ty.clone()) });
        let value = if value.ends_with('}') { format!("({value})") } else { value };
        let before = self.full();
        let (otherwise, _) = self.branch(&before, |g| {
            let mut out = String::new();
            g.ending(true, |g| g.statements(&mut out, 1));
            out + &g.jump()
        });
        self.set_full(&before);
        let [name] = self.new_names();
        self.declare(&name, ty, How::Own, false);
        Some(format!("let {}({name}) = {value} else {{ {otherwise} }};", if result { "Ok" } else { "Some" }))
    }

    fn let_later(&mut self) -> String {
        let ty = self.some_type();
        let name = format!("v{}", self.fresh());
        let condition = self.condition();
        let before = self.full();
        let must_end = self.must_end;
        let assign = |g: &mut Self| {
            let mut out = String::new();
            g.statements(&mut out, 2);
            if !g.diverged {
                let value = g.expr(&ty);
                let _ = write!(out, "{name} = {value};");
            }
            out
        };
        let (yes, first) = self.branch(&before, |g| g.ending(false, assign));
        let (no, second) = self.branch(&before, |g| g.ending(must_end || first.is_none(), assign));
        self.join(&[first, second]);
        self.declare(&name, ty.clone(), How::Own, false);
        format!("let {name}: {}; if {condition} {{ {yes} }} else {{ {no} }}", ty.text())
    }

    fn let_closure(&mut self) -> String {
        self.sync += 1;
        self.reading += 1;
        let body = self.operand(&Ty::Number);
        self.sync -= 1;
        self.reading -= 1;
        let (a, b) = (self.tape.pick(9), self.tape.pick(9));
        let name = self.name();
        self.declare(&name, Ty::Number, How::Own, true);
        let f = format!("f{}", self.fresh());
        format!("let mut {name} = {{ let {f} = |x: u64| x + {body} % 41; {f}({a}) + {f}({b}) }};")
    }

    // ---- changes and uses

    fn assign(&mut self) -> Option<String> {
        if self.tape.chance(30) {
            // One that was moved is filled again.
            let at = (0..self.vars.len()).rev().find(|i| {
                let var = &self.vars[*i];
                let hidden = self.vars[i + 1..].iter().any(|later| later.name == var.name);
                !var.full && var.mutable && var.how == How::Own && var.lock == Lock::Free && !hidden && !self.has(Feature::Parts)
            });
            if let Some(i) = at {
                let ty = self.vars[i].ty.clone();
                let value = self.expr(&ty);
                self.vars[i].full = true;
                return Some(format!("{} = {value};", self.vars[i].name));
            }
        }
        let i = self.changeable(|_| true)?;
        let ty = self.vars[i].ty.clone();
        let value = self.expr(&ty);
        if !self.vars[i].full && self.vars[i].how != How::Own {
            return None;
        }
        self.vars[i].full = true;
        let place = self.place(i);
        let place = if place.starts_with('(') { place.trim_matches(['(', ')']).to_owned() } else { place };
        Some(format!("{place} = {value};"))
    }

    fn compound(&mut self) -> Option<String> {
        match self.tape.pick(3) {
            0 => {
                let i = self.changeable(|ty| *ty == Ty::Number)?;
                let value = self.operand(&Ty::Number);
                let op = ["+=", "^=", "|="][self.tape.pick(3)];
                let place = self.place(i);
                let place = if place.starts_with('(') { place.trim_matches(['(', ')']).to_owned() } else { place };
                Some(format!("{place} {op} {value} % 100;"))
            }
            1 => {
                let i = self.changeable(|ty| *ty == Ty::Array)?;
                let value = self.operand(&Ty::Number);
                let place = self.place(i);
                let lock = self.locked(i, Lock::Shared);
                let at = self.operand(&Ty::Number);
                self.vars[i].lock = lock;
                let op = ["+=", "="][self.tape.pick(2)];
                Some(format!("{place}[({at} % 3) as usize] {op} {value} % 100;"))
            }
            _ => {
                let i = self.changeable(|ty| *ty == Ty::Pack)?;
                let lock = self.locked(i, Lock::Shared);
                let field = ["n", "d", "s"][self.tape.pick(3)];
                let value = self.expr(&match field {
                    "n" => Ty::Number,
                    "d" => Ty::Dropped,
                    _ => Ty::Text,
                });
                self.vars[i].lock = lock;
                Some(format!("{}.{field} = {value};", self.vars[i].name))
            }
        }
    }

    fn usage(&mut self) -> Option<String> {
        Some(match self.tape.pick(10) {
            0 => "tick().await;".to_owned(),
            1 => {
                let i = self.readable_by(|_| true)?;
                format!("see({});", self.shared(i))
            }
            2 => {
                let i = self.readable(&Ty::Dropped)?;
                format!("touch({});", self.shared(i))
            }
            3 => format!("eat({});", self.expr(&Ty::Dropped)),
            4 => {
                let i = self.movable_by(Ty::is_felt)?;
                self.vars[i].full = false;
                format!("drop({});", self.vars[i].name)
            }
            5 => {
                let text = self.text_of_statement();
                format!("{text};")
            }
            6 => format!("tell(&{});", self.operand(&Ty::Text)),
            7 => {
                let ty = self.some_type();
                let value = self.expr(&ty);
                format!("drop({value});")
            }
            8 => {
                let i = self.changeable(|ty| *ty == Ty::list(Ty::Text))?;
                format!("count({}).await;", self.unique(i))
            }
            _ => format!("yield_({} % 1000).await;", self.operand(&Ty::Number)),
        })
    }
    /// An expression as a statement; its value is dropped at once.
    fn text_of_statement(&mut self) -> String {
        let ty = self.some_type();
        let value = self.expr(&ty);
        format!("({value})")
    }

    fn push(&mut self) -> Option<String> {
        let i = self.changeable(|ty| matches!(ty, Ty::List(_) | Ty::Text | Ty::Option(_)))?;
        let ty = self.vars[i].ty.clone();
        let receiver = self.receiver(i, true);
        let lock = self.locked(i, if receiver.starts_with('(') { Lock::Whole } else { Lock::Shared });
        let text = match &ty {
            Ty::List(of) => format!("{receiver}.push({});", self.expr(of)),
            Ty::Option(of) => format!("{receiver}.replace({});", self.expr(of)),
            _ => format!("{receiver}.push_str(&{});", self.operand(&Ty::Text)),
        };
        self.vars[i].lock = lock;
        Some(text)
    }

    // ---- branches

    /// Statements in a scope of their own.
    fn scope(&mut self, max: usize) -> String {
        let outside = self.vars.len();
        let mut out = String::from("\n");
        self.statements(&mut out, max);
        self.vars.truncate(outside);
        out
    }

    fn if_statement(&mut self) -> String {
        let condition = self.condition();
        let before = self.full();
        let must_end = self.must_end;
        let (yes, first) = self.branch(&before, |g| g.ending(false, |g| g.scope(3)));
        if self.tape.chance(50) {
            let (no, second) = self.branch(&before, |g| g.ending(must_end && first.is_none(), |g| g.scope(3)));
            self.join(&[first, second]);
            format!("if {condition} {{ {yes} }} else {{ {no} }}")
        } else {
            self.join(&[first, Some(before)]);
            format!("if {condition} {{ {yes} }}")
        }
    }

    /// `if let`, with more conditions now and then.
    fn if_let(&mut self) -> String {
        let outside = self.vars.len();
        let mut conditions = Vec::new();
        // What holds a value where a condition fails.
        let mut failed: Vec<Vec<bool>> = Vec::new();
        let count = 1 + self.tape.weighted(&[(6, 0), (3, 1), (1, 2)]).unwrap_or(0);
        let before = self.full();
        self.set_full(&before);
        for at in 0..count {
            if at > 0 && self.tape.chance(50) {
                conditions.push(self.condition());
                failed.push(self.full()[..outside].to_vec());
                continue;
            }
            let result = self.tape.chance(30);
            let ty = if result { Ty::Number } else { [Ty::Number, Ty::Dropped, Ty::Text][self.tape.pick(3)].clone() };
            let value = self.operand(&if result { Ty::Result } else { Ty::option(ty.clone()) });
            failed.push(self.full()[..outside].to_vec());
            let name = format!("v{}", self.fresh());
            self.declare(&name, ty, How::Own, false);
            conditions.push(format!("let {}({name}) = {value}", if result { "Ok" } else { "Some" }));
        }
        let inside = self.full();
        let must_end = self.must_end;
        self.diverged = false;
        let mut yes = self.ending(false, |g| g.scope(3));
        if !self.has(Feature::UnusedBindings) {
            let bound = self.vars[outside..].iter().zip(&inside[outside..]).filter(|(_, full)| **full);
            let used: String = bound.map(|(var, _)| format!("see(&{});", var.name)).collect();
            yes.insert_str(0, &used);
        }
        self.vars.truncate(outside);
        let first = (!std::mem::take(&mut self.diverged)).then(|| self.full());
        let mut at_else = vec![true; outside];
        for path in &failed {
            at_else.iter_mut().zip(path).for_each(|(all, full)| *all &= *full);
        }
        let conditions = conditions.join(" && ");
        if self.tape.chance(50) {
            let (no, second) = self.branch(&at_else, |g| g.ending(must_end && first.is_none(), |g| g.scope(3)));
            self.join(&[first, second]);
            format!("if {conditions} {{ {yes} }} else {{ {no} }}")
        } else {
            self.join(&[first, Some(at_else)]);
            format!("if {conditions} {{ {yes} }}")
        }
    }

    fn match_statement(&mut self) -> String {
        let must_end = self.must_end;
        self.ending(must_end, |g| g.match_arms(must_end, |g| g.scope(3)))
    }
    pub(crate) fn match_with(&mut self, arm: impl Fn(&mut Self) -> String) -> String {
        self.match_arms(true, arm)
    }

    /// A `match` by value; `arm` writes what is inside of an arm.
    fn match_arms(&mut self, must_end: bool, arm: impl Fn(&mut Self) -> String) -> String {
        let id = self.fresh();
        let (x, y) = (format!("x{id}"), format!("y{id}"));
        let inner = [Ty::Number, Ty::Dropped, Ty::Text][self.tape.pick(3)].clone();
        let number = (x.clone(), Ty::Number);
        // The patterns with what they bind; the last arm of a kind takes what is left.
        type Arm = (String, Vec<(String, Ty)>, bool);
        let (ty, arms): (Ty, Vec<Arm>) = match self.tape.pick(5) {
            0 => (
                Ty::Number,
                vec![
                    ("0".into(), vec![], false),
                    ("1 | 2".into(), vec![], false),
                    (x.clone(), vec![number.clone()], true),
                    (format!("{x} @ 3..=9"), vec![number], false),
                    ("_".into(), vec![], false),
                ],
            ),
            1 => (
                Ty::option(inner.clone()),
                vec![
                    (format!("Some({x})"), vec![(x.clone(), inner.clone())], true),
                    (format!("Some({y})"), vec![(y, inner)], false),
                    ("None".into(), vec![], false),
                ],
            ),
            2 => (
                Ty::Result,
                vec![
                    (format!("Ok({x})"), vec![number], true),
                    ("Ok(_)".into(), vec![], false),
                    (format!("Err({y})"), vec![(y, Ty::Text)], false),
                ],
            ),
            3 => (
                Ty::Kind,
                vec![
                    ("Kind::Nothing".into(), vec![], false),
                    (format!("Kind::Num({x})"), vec![number.clone()], true),
                    (format!("Kind::Num({x})"), vec![number], false),
                    (format!("Kind::Held({x})"), vec![(x.clone(), Ty::Dropped)], false),
                    (format!("Kind::Both {{ d: {x}, s: {y} }}"), vec![(x, Ty::Dropped), (y, Ty::Text)], false),
                ],
            ),
            _ => (
                Ty::pair(Ty::Bool, inner.clone()),
                vec![(format!("(true, {x})"), vec![(x.clone(), inner.clone())], true), (format!("(_, {y})"), vec![(y, inner)], false)],
            ),
        };
        let scrutinee = self.operand(&ty);
        let scrutinee = if ty == Ty::Number { format!("{scrutinee} % 12") } else { scrutinee };
        let before = self.full();
        let (mut out, mut paths) = (String::new(), Vec::new());
        let last = arms.len() - 1;
        for (at, (pattern, bindings, guarded)) in arms.into_iter().enumerate() {
            let alive = paths.iter().any(Option::is_some);
            let (text, after) = self.branch(&before, |g| {
                for (name, ty) in &bindings {
                    g.declare(name, ty.clone(), How::Own, false);
                }
                let guard = if guarded { g.guard() } else { String::new() };
                let inside = g.ending(must_end && at == last && !alive, |g| arm(g));
                format!("{pattern}{guard} => {{ {inside} }}")
            });
            paths.push(after);
            let _ = writeln!(out, "{text}");
        }
        self.join(&paths);
        format!("match {scrutinee} {{\n{out}}}")
    }
    fn guard(&mut self) -> String {
        self.reading += 1;
        let sync = usize::from(!self.has(Feature::AwaitingGuards));
        self.sync += sync;
        let condition = self.condition();
        self.sync -= sync;
        self.reading -= 1;
        format!(" if {condition}")
    }

    // ---- loops

    fn label(&mut self) -> String {
        format!("'l{}", self.fresh())
    }
    /// What follows a loop that may have had no turn.
    fn after_loop(&mut self, before: Vec<bool>) {
        let mut paths: Vec<_> = self.close().into_iter().map(Some).collect();
        paths.push(Some(before));
        self.join(&paths);
    }

    fn for_loop(&mut self) -> String {
        let simple = [Ty::Number, Ty::Dropped, Ty::Text][self.tape.pick(3)].clone();
        let (ty, iterated) = match self.tape.pick(6) {
            0 => (Ty::Number, format!("0..{}", 1 + self.tape.pick(3))),
            1 => (Ty::Number, format!("0..{} % 4", self.operand(&Ty::Number))),
            2 => (Ty::Number, format!("(1..={}).rev()", 1 + self.tape.pick(3))),
            3 => (simple.clone(), self.operand(&Ty::option(simple))),
            4 => (Ty::Number, self.operand(&Ty::Array)),
            _ => (simple.clone(), self.operand(&Ty::list(simple))),
        };
        let before = self.full();
        let label = self.label();
        self.open(&label, None, true);
        let name = if self.tape.chance(80) { format!("v{}", self.fresh()) } else { "_".to_owned() };
        let (inside, _) = self.branch(&before, |g| {
            g.turning(|g| {
                if name != "_" {
                    g.declare(&name, ty, How::Own, false);
                }
                g.scope(4)
            })
        });
        self.after_loop(before);
        format!("{label}: for {name} in {iterated} {{ {inside} }}")
    }

    fn while_loop(&mut self) -> String {
        let turn = format!("turn{}", self.fresh());
        let limit = 1 + self.tape.pick(3);
        let before = self.full();
        let label = self.label();
        self.open(&label, None, true);
        let ((condition, inside), _) = self.branch(&before, |g| {
            g.turning(|g| {
                let condition = if g.tape.chance(50) { format!(" && {}", g.staying(|g| g.operand(&Ty::Bool))) } else { String::new() };
                (condition, g.scope(4))
            })
        });
        self.after_loop(before);
        format!("let mut {turn} = 0;\n{label}: while {turn} < {limit}{condition} {{ {turn} += 1; {inside} }}")
    }

    fn while_let(&mut self) -> Option<String> {
        let i = self.changeable(|ty| matches!(ty, Ty::List(_)))?;
        let Ty::List(of) = self.vars[i].ty.clone() else { return None };
        let receiver = self.receiver(i, true);
        let before = self.full();
        let label = self.label();
        let lock = self.locked(i, Lock::Shared);
        self.open(&label, None, true);
        let name = format!("v{}", self.fresh());
        let (inside, _) = self.branch(&before, |g| {
            g.turning(|g| {
                g.declare(&name, *of, How::Own, false);
                g.scope(4)
            })
        });
        self.vars[i].lock = lock;
        self.after_loop(before);
        Some(format!("{label}: while let Some({name}) = {receiver}.pop() {{ {inside} }}"))
    }

    fn loop_statement(&mut self) -> String {
        let turn = format!("turn{}", self.fresh());
        let limit = 1 + self.tape.pick(3);
        let before = self.full();
        let label = self.label();
        self.open(&label, None, true);
        let (inside, _) = self.branch(&before, |g| {
            g.turning(|g| {
                g.exit(&label);
                g.scope(4)
            })
        });
        let paths: Vec<_> = self.close().into_iter().map(Some).collect();
        self.join(&paths);
        format!("let mut {turn} = 0;\n{label}: loop {{ {turn} += 1; if {turn} > {limit} {{ break; }} {inside} }}")
    }

    fn block_statement(&mut self) -> String {
        let before = self.full();
        let must_end = self.must_end;
        if self.tape.chance(60) {
            let label = format!("'b{}", self.fresh());
            self.open(&label, None, false);
            let (inside, after) = self.branch(&before, |g| g.ending(must_end, |g| g.scope(3)));
            let mut paths: Vec<_> = self.close().into_iter().map(Some).collect();
            paths.push(after);
            self.join(&paths);
            format!("{label}: {{ {inside} }}")
        } else {
            let (inside, after) = self.branch(&before, |g| g.ending(must_end, |g| g.scope(3)));
            self.join(&[after]);
            format!("{{ {inside} }}")
        }
    }

    // ---- jumps

    fn jump_statement(&mut self) -> String {
        if !self.must_end && self.tape.chance(20) {
            let jump = self.jump();
            self.diverged = true;
            return jump;
        }
        let condition = self.condition();
        let before = self.full();
        let (jump, _) = self.branch(&before, Self::jump);
        self.set_full(&before);
        format!("if {condition} {{ {jump} }}")
    }

    /// `break`, `continue` or `return`.
    fn jump(&mut self) -> String {
        let targets: Vec<usize> = (self.floor..self.labels.len()).rev().collect();
        let at = self.tape.pick(targets.len() + 1);
        let Some(label) = targets.get(at).map(|i| self.labels[*i].clone()) else {
            let ret = self.ret.clone();
            let value = self.expr(&ret);
            return format!("return {value};");
        };
        if label.is_loop && self.tape.chance(35) {
            return format!("continue {};", label.name);
        }
        let value = label.value.as_ref().map(|ty| format!(" {}", self.operand(ty))).unwrap_or_default();
        self.exit(&label.name);
        format!("break {}{value};", label.name)
    }

    /// A branch that leaves for good, so that it may move what is outside of the loops that it leaves.
    fn leave(&mut self) -> String {
        let condition = self.condition();
        let before = self.full();
        let targets: Vec<usize> = (self.floor..self.labels.len()).rev().filter(|i| self.labels[*i].is_loop).collect();
        let at = self.tape.pick(targets.len() + 1);
        let target = targets.get(at).map(|i| self.labels[*i].clone());
        // Loops are opened one inside of the other: the label's place among the loops says how many it leaves.
        let to =
            target.as_ref().map_or(0, |label| self.labels.iter().filter(|it| it.is_loop).position(|it| it.name == label.name).unwrap_or(0));
        let ret = self.ret.clone();
        let (text, _) = self.branch(&before, |g| {
            let (leaving, floor) = (g.leaving.replace(to), std::mem::replace(&mut g.floor, g.labels.len()));
            let mut out = String::new();
            g.ending(true, |g| g.statements(&mut out, 3));
            match &target {
                Some(label) => {
                    let value = label.value.as_ref().map(|ty| format!(" {}", g.operand(ty))).unwrap_or_default();
                    g.exit(&label.name);
                    let _ = write!(out, "break {}{value};", label.name);
                }
                None => {
                    let value = g.expr(&ret);
                    let _ = write!(out, "return {value};");
                }
            }
            (g.leaving, g.floor) = (leaving, floor);
            out
        });
        self.set_full(&before);
        format!("if {condition} {{ {text} }}")
    }

    // ---- borrows across awaits

    /// A value to stand beside a borrow.
    fn paired(&mut self) -> Paired {
        if !self.has(Feature::Paired) || !self.tape.chance(50) {
            return Paired(None);
        }
        let ty = self.some_type();
        let value = self.kept(&ty);
        Paired(Some(Pair { name: format!("w{}", self.fresh()), ty, value, first: self.tape.chance(50) }))
    }
    fn declare_paired(&mut self, Paired(paired): &Paired) {
        if let Some(it) = paired {
            self.declare(&it.name, it.ty.clone(), How::Own, false);
        }
    }

    /// `let r = &x;` and what is done with it.
    fn borrow(&mut self) -> Option<String> {
        let unique = self.tape.chance(40);
        let i = if unique {
            self.changeable(|ty| matches!(ty, Ty::Number | Ty::Text | Ty::Dropped | Ty::List(_) | Ty::Pack))?
        } else {
            self.readable_by(|ty| matches!(ty, Ty::Number | Ty::Text | Ty::Dropped | Ty::List(_) | Ty::Pack))?
        };
        let (mut place, mut ty) = (if unique { self.unique(i) } else { self.shared(i) }, self.vars[i].ty.clone());
        if ty == Ty::Pack && self.vars[i].how == How::Own {
            let (field, of) = [("n", Ty::Number), ("d", Ty::Dropped), ("s", Ty::Text)][self.tape.pick(3)].clone();
            place = format!("{place}.{field}");
            ty = of;
        } else if ty == Ty::Pack {
            return None;
        }
        let lock = self.locked(i, if unique { Lock::Whole } else { Lock::Shared });
        let paired = self.paired();
        let before = self.full();
        let must_end = self.must_end;
        let name = format!("r{}", self.fresh());
        let (inside, after) = self.branch(&before, |g| {
            g.declare(&name, ty, if unique { How::Mut } else { How::Ref }, false);
            g.declare_paired(&paired);
            g.ending(must_end, |g| g.scope(4))
        });
        self.vars[i].lock = lock;
        self.join(&[after]);
        let (pattern, value) = (paired.beside(&name, |it| &it.name), paired.beside(&place, |it| &it.value));
        Some(format!("{{ let {pattern} = {value};\n{inside} }}"))
    }

    /// A loop over a borrow.
    fn for_borrow(&mut self) -> Option<String> {
        let unique = self.tape.chance(40);
        let i = if unique {
            self.changeable(|ty| matches!(ty, Ty::List(_) | Ty::Array))?
        } else {
            self.readable_by(|ty| matches!(ty, Ty::List(_) | Ty::Array))?
        };
        let of = match &self.vars[i].ty {
            Ty::List(of) => (**of).clone(),
            _ => Ty::Number,
        };
        let name = format!("r{}", self.fresh());
        let var = &self.vars[i];
        let method = if unique { "iter_mut" } else { "iter" };
        let (pattern, iterated, index) = match self.tape.pick(4) {
            0 => (name.clone(), if unique { self.unique(i) } else { self.shared(i) }, None),
            1 => (name.clone(), format!("{}.{method}()", var.name), None),
            2 => (name.clone(), format!("{}.{method}().rev()", var.name), None),
            _ => {
                let at = format!("i{}", self.fresh());
                let text = format!("{}.{method}().enumerate()", self.vars[i].name);
                (format!("({at}, {name})"), text, Some(at))
            }
        };
        let lock = self.locked(i, if unique { Lock::Whole } else { Lock::Shared });
        let before = self.full();
        let label = self.label();
        self.open(&label, None, true);
        let (inside, _) = self.branch(&before, |g| {
            g.turning(|g| {
                g.declare(&name, of, if unique { How::Mut } else { How::Ref }, false);
                let scope = g.scope(4);
                match index {
                    Some(at) => format!("log({at}); {scope}"),
                    None => scope,
                }
            })
        });
        self.vars[i].lock = lock;
        self.after_loop(before);
        Some(format!("{label}: for {pattern} in {iterated} {{ {inside} }}"))
    }

    /// A pattern by reference.
    fn match_borrow(&mut self) -> Option<String> {
        let unique = self.tape.chance(40);
        let i = if unique {
            self.changeable(|ty| matches!(ty, Ty::Option(_) | Ty::Kind))?
        } else {
            self.readable_by(|ty| matches!(ty, Ty::Option(_) | Ty::Kind))?
        };
        let how = if unique { How::Mut } else { How::Ref };
        let place = if unique { self.unique(i) } else { self.shared(i) };
        let ty = self.vars[i].ty.clone();
        let (x, y) = (format!("r{}", self.fresh()), format!("r{}", self.fresh()));
        let lock = self.locked(i, if unique { Lock::Whole } else { Lock::Shared });
        let paired = self.paired();
        let before = self.full();
        let must_end = self.must_end;
        let arms: Vec<(String, Vec<(String, Ty)>)> = match &ty {
            Ty::Option(of) => vec![(format!("Some({x})"), vec![(x, (**of).clone())]), ("None".into(), vec![])],
            _ => vec![
                (format!("Kind::Held({x})"), vec![(x.clone(), Ty::Dropped)]),
                (format!("Kind::Both {{ d: {x}, s: {y} }}"), vec![(x.clone(), Ty::Dropped), (y, Ty::Text)]),
                (format!("Kind::Num({x})"), vec![(x, Ty::Number)]),
                ("Kind::Nothing".into(), vec![]),
            ],
        };
        let as_if = ty != Ty::Kind && self.tape.chance(50);
        let (mut texts, mut paths) = (Vec::new(), Vec::new());
        let last = arms.len() - 1;
        for (at, (pattern, bindings)) in arms.into_iter().enumerate() {
            let alive = paths.iter().any(Option::is_some);
            let (inside, after) = self.branch(&before, |g| {
                for (name, ty) in bindings {
                    g.declare(&name, ty, how, false);
                }
                if !(as_if && at == last) {
                    g.declare_paired(&paired);
                }
                g.ending(must_end && at == last && !alive, |g| g.scope(3))
            });
            paths.push(after);
            texts.push((paired.beside(&pattern, |it| &it.name), inside));
        }
        self.vars[i].lock = lock;
        self.join(&paths);
        let place = paired.beside(&place, |it| &it.value);
        Some(match &texts[..] {
            [(pattern, yes), (_, no)] if as_if => format!("if let {pattern} = {place} {{ {yes} }} else {{ {no} }}"),
            _ => {
                let arms: String = texts.iter().map(|(pattern, inside)| format!("{pattern} => {{ {inside} }}\n")).collect();
                format!("match {place} {{\n{arms}}}")
            }
        })
    }
}
