//! Expressions of a type, written in the order in which they are evaluated.

use crate::generate::{Feature, Generator, How, Lock};
use crate::types::Ty;

/// The forms that an expression of any type may take; the simplest first.
#[derive(Clone, Copy)]
enum Form {
    Literal,
    Var,
    Own,
    If,
    Match,
    Block,
    Labelled,
    Loop,
    Same,
    Child,
    Say,
    UnwrapOr,
    Projection,
    Replace,
    Question,
}

impl Generator {
    /// An expression of that type.
    pub(crate) fn expr(&mut self, ty: &Ty) -> String {
        self.fuel -= 1;
        let mark = self.tape.mark();
        let text = self.form(ty);
        self.tape.part(mark);
        text
    }
    /// As an operand: in parentheses where it would not be read as one.
    pub(crate) fn operand(&mut self, ty: &Ty) -> String {
        let text = self.expr(ty);
        let block = ["if ", "match ", "loop ", "{", "'", "Pack ", "Kind::Both"].iter().any(|start| text.starts_with(start));
        if block || text.starts_with('*') || text.starts_with('&') || text.starts_with("std::mem") { format!("({text})") } else { text }
    }

    fn form(&mut self, ty: &Ty) -> String {
        let awaits = usize::from(self.sync == 0);
        let deep = usize::from(self.fuel > 0);
        // Statements inside of an expression may move and jump.
        let whole = deep * awaits * usize::from(self.reading == 0);
        let form = self.tape.weighted(&[
            (8, Form::Literal),
            (45, Form::Var),
            (95 * deep, Form::Own),
            (9 * deep, Form::If),
            (9 * whole, Form::Match),
            (8 * whole, Form::Block),
            (5 * whole, Form::Labelled),
            (5 * whole, Form::Loop),
            (10 * deep * awaits, Form::Same),
            (22 * deep * awaits, Form::Child),
            (5 * deep, Form::Say),
            (4 * deep, Form::UnwrapOr),
            (3 * deep, Form::Projection),
            (4 * whole, Form::Replace),
            (8 * whole, Form::Question),
        ]);
        let found = match form.unwrap_or(Form::Literal) {
            Form::Literal => None,
            Form::Var => self.var(ty),
            Form::Own => self.own(ty),
            Form::If => Some(self.if_else(ty)),
            Form::Match => Some(self.matched(ty)),
            Form::Block => Some(self.block_of(ty)),
            Form::Labelled => Some(self.labelled(ty)),
            Form::Loop => Some(self.looped(ty)),
            Form::Same => {
                let value = self.expr(ty);
                Some(format!("same({value}).await"))
            }
            Form::Child => self.child_call(ty),
            Form::Say => {
                let value = self.expr(ty);
                Some(format!("say({value})"))
            }
            Form::UnwrapOr => self.unwrapped(ty),
            Form::Projection => {
                let first = self.expr(ty);
                let second = self.expr(&Ty::Number);
                Some(format!("({first}, {second}).0"))
            }
            Form::Replace => self.replaced(ty),
            Form::Question => self.question(ty),
        };
        match found {
            Some(text) => text,
            None => self.literal(ty),
        }
    }

    /// Needs no other value.
    pub(crate) fn literal(&mut self, ty: &Ty) -> String {
        match ty {
            Ty::Number => format!("{}", 1 + self.tape.pick(9)),
            Ty::Bool => if self.tape.chance(50) { "true" } else { "false" }.to_owned(),
            Ty::Text => format!("\"t{}\".to_owned()", self.fresh()),
            Ty::Dropped => format!("D::new(\"d{}\")", self.fresh()),
            Ty::Pack => {
                let id = self.fresh();
                format!("Pack {{ n: {id}, d: D::new(\"p{id}\"), s: String::new() }}")
            }
            Ty::Kind => "Kind::Nothing".to_owned(),
            Ty::Array => "[1, 2, 3]".to_owned(),
            Ty::Result => "Ok::<u64, String>(1)".to_owned(),
            Ty::Option(of) => format!("None::<{}>", of.text()),
            Ty::List(of) => format!("Vec::<{}>::new()", of.text()),
            Ty::Pair(a, b) => {
                let (a, b) = (self.literal(a), self.literal(b));
                format!("({a}, {b})")
            }
        }
    }

    /// A variable: copied, moved or cloned.
    fn var(&mut self, ty: &Ty) -> Option<String> {
        if ty.is_copy() {
            return self.readable(ty).map(|i| self.place(i));
        }
        if let Some(i) = self.movable(ty) {
            self.vars[i].full = false;
            return Some(self.vars[i].name.clone());
        }
        let clones = matches!(ty, Ty::Text | Ty::Result) || matches!(ty, Ty::List(of) | Ty::Option(of) if !of.is_felt());
        if clones { self.readable(ty).map(|i| format!("{}.clone()", self.vars[i].name)) } else { None }
    }

    /// What only that type has.
    fn own(&mut self, ty: &Ty) -> Option<String> {
        Some(match ty {
            Ty::Number => return self.number(),
            Ty::Bool => return Some(self.condition()),
            Ty::Text => return Some(self.text()),
            Ty::Dropped => {
                if self.sync == 0 && self.reading == 0 && self.has(Feature::Parts) && self.tape.chance(30) {
                    let i = self.movable(&Ty::Pack)?;
                    self.vars[i].full = false;
                    return Some(format!("{}.d", self.vars[i].name));
                }
                let id = self.fresh();
                if self.tape.chance(40) {
                    let n = self.expr(&Ty::Number);
                    format!("D(format!(\"d{id}-{{}}\", {n}))")
                } else {
                    format!("D::new(\"d{id}\")")
                }
            }
            Ty::Pack => {
                let (n, d, s) = (self.expr(&Ty::Number), self.expr(&Ty::Dropped), self.expr(&Ty::Text));
                format!("Pack {{ n: {n}, d: {d}, s: {s} }}")
            }
            Ty::Kind => match self.tape.pick(3) {
                0 => format!("Kind::Num({})", self.expr(&Ty::Number)),
                1 => format!("Kind::Held({})", self.expr(&Ty::Dropped)),
                _ => {
                    let (s, d) = (self.expr(&Ty::Text), self.expr(&Ty::Dropped));
                    format!("Kind::Both {{ s: {s}, d: {d} }}")
                }
            },
            Ty::Array => {
                let (a, b, c) = (self.expr(&Ty::Number), self.expr(&Ty::Number), self.expr(&Ty::Number));
                format!("[{a}, {b}, {c}]")
            }
            Ty::Result => match self.tape.pick(3) {
                0 => format!("Ok::<u64, String>({})", self.expr(&Ty::Number)),
                1 => format!("Err::<u64, String>({})", self.expr(&Ty::Text)),
                _ if self.sync == 0 => format!("small({}).await", self.expr(&Ty::Number)),
                _ => return None,
            },
            Ty::Option(of) => {
                let list = Ty::List(of.clone());
                match self.tape.pick(4) {
                    0 => format!("Some({})", self.expr(of)),
                    1 => {
                        let i = self.changeable(|it| it == ty)?;
                        format!("{}.take()", self.receiver(i, true))
                    }
                    2 => {
                        let i = self.changeable(|it| *it == list)?;
                        format!("{}.pop()", self.receiver(i, true))
                    }
                    _ if **of == Ty::Number && self.sync == 0 => format!("half({}).await", self.expr(&Ty::Number)),
                    _ => return None,
                }
            }
            Ty::List(of) => {
                let mut items = Vec::new();
                while items.len() < 4 && self.tape.chance(60) {
                    items.push(self.expr(of));
                }
                if items.is_empty() {
                    return None;
                }
                format!("vec![{}]", items.join(", "))
            }
            Ty::Pair(a, b) => {
                let (a, b) = (self.expr(a), self.expr(b));
                format!("({a}, {b})")
            }
        })
    }

    fn number(&mut self) -> Option<String> {
        let awaits = usize::from(self.sync == 0);
        let temporaries = usize::from(self.has(Feature::Temporaries));
        let beside = usize::from(self.has(Feature::Beside));
        Some(
            match self.tape.weighted(&[
                (16, 0),
                (42 * awaits, 1),
                (14 * awaits, 2),
                (8 * awaits, 3),
                (6 * awaits, 4),
                (6 * awaits, 5),
                (6, 6),
                (5, 7),
                (5, 8),
                (4, 9),
                (4, 10),
                (6 * awaits, 11),
                (6 * awaits * temporaries, 12),
                (5 * temporaries, 13),
                (5 * awaits, 14),
                (4, 15),
                (4, 16),
                (12 * awaits * beside, 17),
            ])? {
                0 => {
                    let (a, b) = (self.operand(&Ty::Number), self.operand(&Ty::Number));
                    let op = ["+", "*", "|", "^"][self.tape.pick(4)];
                    format!("({a} % 97 {op} {b} % 89)")
                }
                1 => format!("yield_({} % 1000).await", self.operand(&Ty::Number)),
                2 => {
                    let (a, b) = (self.operand(&Ty::Number), self.operand(&Ty::Number));
                    format!("add({a} % 991, {b} % 997).await")
                }
                3 => format!("double({} % 995).await", self.operand(&Ty::Number)),
                4 => {
                    let i = self.changeable(|ty| *ty == Ty::Number)?;
                    let place = self.unique(i);
                    let lock = self.locked(i, Lock::Whole);
                    let by = self.operand(&Ty::Number);
                    self.vars[i].lock = lock;
                    format!("bump({place}, {by} % 50).await")
                }
                5 => {
                    let list = Ty::list(Ty::Number);
                    match self.readable(&list) {
                        Some(i) => format!("(sum_of({}).await % 1009)", self.shared(i)),
                        None => format!("sum_of(&{}).await", self.expr(&list)),
                    }
                }
                6 => {
                    let i = self.readable_by(|ty| matches!(ty, Ty::List(_) | Ty::Text))?;
                    format!("({}.len() as u64)", self.receiver(i, false))
                }
                7 => {
                    let (a, b, at) = (self.expr(&Ty::Number), self.expr(&Ty::Number), self.operand(&Ty::Number));
                    format!("[{a}, {b}, 7][({at} % 3) as usize]")
                }
                8 => {
                    let i = self.readable(&Ty::Array)?;
                    let place = self.place(i);
                    let lock = self.locked(i, Lock::Shared);
                    let at = self.operand(&Ty::Number);
                    self.vars[i].lock = lock;
                    format!("{place}[({at} % 3) as usize]")
                }
                9 => {
                    self.sync += 1;
                    self.reading += 1;
                    let body = self.operand(&Ty::Number);
                    self.sync -= 1;
                    self.reading -= 1;
                    // The closure is made first: what it mentions is borrowed while its argument is evaluated.
                    let words: Vec<&str> = body.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
                    let mentioned: Vec<usize> = (0..self.vars.len()).filter(|i| words.contains(&self.vars[*i].name.as_str())).collect();
                    let locks: Vec<_> = mentioned.into_iter().map(|i| (i, self.locked(i, Lock::Shared))).collect();
                    let arg = self.expr(&Ty::Number);
                    for (i, lock) in locks.into_iter().rev() {
                        self.vars[i].lock = lock;
                    }
                    format!("(|x: u64| x % 31 + {body} % 37)({arg})")
                }
                10 => {
                    let (a, b) = (self.expr(&Ty::Number), self.expr(&Ty::Number));
                    format!("(Point {{ x: {a}, y: {b} }}).y")
                }
                11 => {
                    let d = self.expr(&Ty::Dropped);
                    let n = self.operand(&Ty::Number);
                    format!("spend({d}, {n}).await")
                }
                12 => format!("look(&{}).await", self.operand(&Ty::Dropped)),
                13 => format!("weigh(&{})", self.operand(&Ty::Dropped)),
                14 => {
                    let i = self.readable(&Ty::Dropped)?;
                    format!("look({}).await", self.shared(i))
                }
                15 => {
                    let i = self.readable(&Ty::Dropped)?;
                    format!("weigh({})", self.shared(i))
                }
                17 => self.beside(),
                _ => {
                    let i = self.readable(&Ty::Pack)?;
                    format!("{}.n", self.receiver(i, false))
                }
            },
        )
    }

    /// Branches beside each other, which give a number.
    fn beside(&mut self) -> String {
        let count = 2 + self.tape.pick(2);
        let race = self.tape.chance(35);
        // (At a yield beside a step that is under way nothing can be stored, which the harness does at each.)
        let steps = self.tape.chance(20);
        let mut branches = Vec::new();
        for _ in 0..count {
            // What a branch is called with is made before any goes on.
            self.sync += 1;
            self.reading += 1;
            let n = self.operand(&Ty::Number);
            self.sync -= 1;
            self.reading -= 1;
            let call = if steps { "double" } else { ["asks", "asks_thrice", "asks_beside"][self.tape.pick(3)] };
            branches.push(format!("{call}({n} % 991)"));
        }
        let branches = branches.join(", ");
        if race {
            return format!("coroutine_runtime::race!({branches})");
        }
        let name = format!("j{}", self.fresh());
        let parts: Vec<String> = (0..count).map(|n| format!("{name}.{n}")).collect();
        format!("{{ let {name} = coroutine_runtime::join!({branches}); {} }}", parts.join(" ^ "))
    }

    /// A condition.
    pub(crate) fn condition(&mut self) -> String {
        let awaits = usize::from(self.sync == 0);
        let form = self.tape.weighted(&[(30, 0), (10, 1), (10, 2), (5, 3), (12 * awaits, 4), (6, 5), (4, 6)]);
        match form.unwrap_or(0) {
            1 | 2 => {
                let op = if matches!(form, Some(1)) { "&&" } else { "||" };
                let a = self.operand(&Ty::Bool);
                let before = self.full();
                let (b, after) = self.branch(&before, |g| g.operand(&Ty::Bool));
                self.join(&[Some(before), after]);
                format!("({a} {op} {b})")
            }
            3 => format!("!{}", self.operand(&Ty::Bool)),
            4 => {
                let (a, b) = (self.expr(&Ty::Number), self.expr(&Ty::Number));
                format!("above({a}, {b}).await")
            }
            5 => match self.readable_by(|ty| matches!(ty, Ty::Option(_))) {
                Some(i) => format!("matches!({}, Some(_))", self.shared(i)),
                None => "true".to_owned(),
            },
            6 => match self.readable_by(|ty| matches!(ty, Ty::List(_) | Ty::Text)) {
                Some(i) => format!("{}.is_empty()", self.receiver(i, false)),
                None => "false".to_owned(),
            },
            _ => {
                let (a, b) = (self.operand(&Ty::Number), self.operand(&Ty::Number));
                let op = ["<", "==", ">", "!="][self.tape.pick(4)];
                format!("({a} % 7 {op} {b} % 5)")
            }
        }
    }

    fn text(&mut self) -> String {
        let awaits = usize::from(self.sync == 0);
        match self.tape.weighted(&[(20, 0), (10 * awaits, 1), (6, 2), (5, 3)]).unwrap_or(0) {
            1 => match self.readable(&Ty::Text) {
                Some(i) => format!("greet({}).await", self.shared(i)),
                None => format!("greet(&{}).await", self.operand(&Ty::Text)),
            },
            2 => {
                let (a, b) = (self.operand(&Ty::Text), self.operand(&Ty::Text));
                format!("({a} + &{b})")
            }
            3 => match self.changeable(|ty| *ty == Ty::Text) {
                Some(i) => format!("std::mem::take({})", self.unique(i)),
                None => self.literal(&Ty::Text),
            },
            _ => self.formatted(),
        }
    }

    /// `format!`: its arguments are borrowed until it ends, what it captures by name is looked at in the end.
    fn formatted(&mut self) -> String {
        let (mut pattern, mut args, mut locks) = (String::new(), Vec::new(), Vec::new());
        while args.len() < 3 && self.tape.chance(60) {
            let ty = if self.tape.chance(30) { Ty::Text } else { Ty::Number };
            let text = self.expr(&ty);
            let name = self.vars.iter().rposition(|var| var.name == text);
            let starts = |var: &crate::generate::Var| text.trim_start_matches("(*").starts_with(var.name.as_str());
            args.push(match name {
                Some(i) => {
                    // A variable alone is borrowed, whatever its type; one that counts as moved stays so.
                    locks.push((i, self.locked(i, Lock::Shared)));
                    text
                }
                None if self.vars.iter().any(starts) && !text.contains(' ') => format!("{{ {text} }}"),
                None => text,
            });
            pattern += "{} ";
        }
        while pattern.len() < 16 && self.tape.chance(40) {
            let Some(i) = self.readable_by(|ty| matches!(ty, Ty::Number | Ty::Text)) else { break };
            pattern += &format!("{{{}}} ", self.vars[i].name);
        }
        for (i, lock) in locks.into_iter().rev() {
            self.vars[i].lock = lock;
        }
        let args: String = args.into_iter().map(|arg| format!(", {arg}")).collect();
        format!("format!(\"{}\"{args})", pattern.trim_end())
    }

    /// Sets what a borrow forbids; gives what was forbidden before.
    pub(crate) fn locked(&mut self, index: usize, lock: Lock) -> Lock {
        let before = self.vars[index].lock;
        self.vars[index].lock = before.max(lock);
        before
    }

    /// A call of a durable function.
    fn child_call(&mut self, ty: &Ty) -> Option<String> {
        if self.tape.chance(25)
            && let Some((child, depth)) = self.recursion.clone().filter(|(child, _)| child.ret == *ty)
        {
            let args = self.arguments(&child.params[1..])?;
            let args: String = args.into_iter().map(|arg| format!(", {arg}")).collect();
            let otherwise = self.literal(ty);
            return Some(format!("if {depth} % 4 > 0 {{ Box::pin({}({depth} % 4 - 1{args})).await }} else {{ {otherwise} }}", child.name));
        }
        let fitting: Vec<_> = self.children.iter().filter(|child| child.ret == *ty).cloned().collect();
        if fitting.is_empty() {
            return None;
        }
        let child = &fitting[self.tape.pick(fitting.len())];
        let args = self.arguments(&child.params)?;
        let call = format!("{}({})", child.name, args.join(", "));
        Some(if child.recursive { format!("Box::pin({call}).await") } else { format!("{call}.await") })
    }

    fn lent_temporary(&mut self, borrow: &str, ty: &Ty) -> Option<String> {
        if !self.has(Feature::LentTemporaries) {
            return None;
        }
        let value = if ty.is_felt() && !self.has(Feature::Temporaries) { self.literal(ty) } else { self.operand(ty) };
        // In a block, so that it is a temporary even if it is a variable.
        Some(if value.contains('(') || value.contains('[') { format!("{borrow}{value}") } else { format!("{borrow}{{ {value} }}") })
    }

    /// Arguments, borrowed until the call ends; `None` if something that is to be lent is missing.
    fn arguments(&mut self, params: &[(Ty, How)]) -> Option<Vec<String>> {
        // What is lent is there, or nothing is evaluated.
        if !self.has(Feature::LentTemporaries) {
            for (ty, how) in params {
                let there = match how {
                    How::Own => true,
                    How::Ref => self.readable(ty).is_some(),
                    How::Mut => self.changeable(|it| it == ty).is_some(),
                };
                if !there {
                    return None;
                }
            }
        }
        let mut locks = Vec::new();
        let mut args = Vec::new();
        for (ty, how) in params {
            args.push(match how {
                How::Own => self.expr(ty),
                How::Ref => match self.readable(ty) {
                    Some(i) => {
                        locks.push((i, self.locked(i, Lock::Shared)));
                        self.shared(i)
                    }
                    None => match self.lent_temporary("&", ty) {
                        Some(text) => text,
                        None => format!("&{}", self.literal(ty)),
                    },
                },
                How::Mut => match self.changeable(|it| it == ty) {
                    Some(i) => {
                        locks.push((i, self.locked(i, Lock::Whole)));
                        self.unique(i)
                    }
                    None => match self.lent_temporary("&mut ", ty) {
                        Some(text) => text,
                        None => format!("&mut {}", self.literal(ty)),
                    },
                },
            });
        }
        for (i, lock) in locks.into_iter().rev() {
            self.vars[i].lock = lock;
        }
        Some(args)
    }

    fn unwrapped(&mut self, ty: &Ty) -> Option<String> {
        if !matches!(ty, Ty::Number | Ty::Text | Ty::Dropped | Ty::Pack) {
            return None;
        }
        let option = self.operand(&Ty::option(ty.clone()));
        let otherwise = self.literal(ty);
        Some(format!("{option}.unwrap_or_else(|| {otherwise})"))
    }

    /// Takes a variable's value and leaves another in its place.
    fn replaced(&mut self, ty: &Ty) -> Option<String> {
        let i = self.changeable(|it| it == ty)?;
        let place = self.unique(i);
        let lock = self.locked(i, Lock::Whole);
        let value = self.expr(ty);
        self.vars[i].lock = lock;
        Some(format!("std::mem::replace({place}, {value})"))
    }

    fn question(&mut self, ty: &Ty) -> Option<String> {
        let ret = self.ret.clone();
        match (&ret, ty) {
            (Ty::Result, Ty::Number) => Some(format!("{}?", self.operand(&Ty::Result))),
            (Ty::Option(_), Ty::Number | Ty::Text | Ty::Dropped) => Some(format!("{}?", self.operand(&Ty::option(ty.clone())))),
            _ => None,
        }
    }

    // ---- with blocks

    fn if_else(&mut self, ty: &Ty) -> String {
        let condition = self.condition();
        let before = self.full();
        let (yes, first) = self.branch(&before, |g| g.ending(false, |g| g.branch_of(ty)));
        let (no, second) = self.branch(&before, |g| g.ending(first.is_none(), |g| g.branch_of(ty)));
        self.join(&[first, second]);
        format!("if {condition} {{ {yes} }} else {{ {no} }}")
    }
    /// The inside of a branch that gives a value.
    fn branch_of(&mut self, ty: &Ty) -> String {
        let mut out = String::new();
        if self.reading == 0 && self.sync == 0 && self.fuel > 0 && self.tape.chance(40) {
            self.statements(&mut out, 2);
        }
        if !self.diverged {
            out += &self.expr(ty);
        }
        out
    }

    fn block_of(&mut self, ty: &Ty) -> String {
        let before = self.full();
        let (inside, after) = self.branch(&before, |g| g.ending(true, |g| g.inside_of(ty)));
        self.join(&[after]);
        format!("{{ {inside} }}")
    }
    fn inside_of(&mut self, ty: &Ty) -> String {
        let mut out = String::new();
        self.statements(&mut out, 3);
        out + &self.expr(ty)
    }

    fn labelled(&mut self, ty: &Ty) -> String {
        let name = format!("'b{}", self.fresh());
        let before = self.full();
        self.open(&name, Some(ty.clone()), false);
        let (inside, after) = self.branch(&before, |g| g.ending(true, |g| g.inside_of(ty)));
        let mut paths: Vec<_> = self.close().into_iter().map(Some).collect();
        paths.push(after);
        self.join(&paths);
        format!("{name}: {{ {inside} }}")
    }

    /// A loop that ends after some turns at the latest, with a value.
    fn looped(&mut self, ty: &Ty) -> String {
        let (name, turn) = (format!("'l{}", self.fresh()), format!("turn{}", self.fresh()));
        let limit = 1 + self.tape.pick(3);
        let before = self.full();
        self.open(&name, Some(ty.clone()), true);
        let (text, _) = self.branch(&before, |g| {
            g.turning(|g| {
                // A jump out of it would pass by the end of the loop's turns.
                let last = g.staying(|g| g.expr(ty));
                g.exit(&name);
                let mut out = format!("{turn} += 1; if {turn} > {limit} {{ break {name} {last}; }} ");
                g.statements(&mut out, 3);
                out
            })
        });
        let paths: Vec<_> = self.close().into_iter().map(Some).collect();
        self.join(&paths);
        format!("{{ let mut {turn} = 0; {name}: loop {{ {text} }} }}")
    }

    /// A `match` that gives a value, by the type that is looked at.
    fn matched(&mut self, ty: &Ty) -> String {
        self.match_with(|g| g.branch_of(ty))
    }

    // ---- labels

    pub(crate) fn open(&mut self, name: &str, value: Option<Ty>, is_loop: bool) {
        let outside = self.vars.len();
        self.labels.push(crate::generate::Label { name: name.to_owned(), value, is_loop, outside, exits: Vec::new() });
    }
    /// A `break` to that label stands here.
    pub(crate) fn exit(&mut self, name: &str) {
        let full = self.full();
        if let Some(label) = self.labels.iter_mut().find(|label| label.name == name) {
            label.exits.push(full[..label.outside].to_vec());
        }
    }
    pub(crate) fn close(&mut self) -> Vec<Vec<bool>> {
        self.labels.pop().map(|label| label.exits).unwrap_or_default()
    }
    /// What `run` makes comes to its end, or need not.
    pub(crate) fn ending<R>(&mut self, must_end: bool, run: impl FnOnce(&mut Self) -> R) -> R {
        let before = std::mem::replace(&mut self.must_end, must_end);
        let result = run(self);
        self.must_end = before;
        result
    }
    /// What `run` makes jumps to nothing that is around it.
    pub(crate) fn staying<R>(&mut self, run: impl FnOnce(&mut Self) -> R) -> R {
        let floor = std::mem::replace(&mut self.floor, self.labels.len());
        let result = run(self);
        self.floor = floor;
        result
    }
    /// What `run` makes is done more than once.
    pub(crate) fn turning<R>(&mut self, run: impl FnOnce(&mut Self) -> R) -> R {
        let leaving = self.leaving.take();
        self.loops += 1;
        let result = self.ending(false, run);
        self.loops -= 1;
        self.leaving = leaving;
        result
    }
}
