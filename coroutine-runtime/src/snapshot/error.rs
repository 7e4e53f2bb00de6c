//! What can go wrong on the way to bytes and back. Each error says what is so, of which coroutine, and what to do.
use std::any::type_name;
use std::fmt;

/// Why a coroutine cannot be stored now. It is unharmed, and earlier snapshots of it stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotError(Box<Hindrance>);

/// (Behind a pointer, so that a result that is most often good takes a register.)
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hindrance {
    /// What is so, with the function's and the variable's names if it is one's fault.
    what: String,
    /// Whether another codec could store it.
    undescribed: bool,
    /// Whether it is a variable that only passes from one step to the next.
    passes: bool,
}

impl SnapshotError {
    #[cold]
    pub(crate) fn new(what: impl Into<String>) -> Self {
        SnapshotError(Box::new(Hindrance { what: what.into(), undescribed: false, passes: false }))
    }

    #[cold]
    pub(crate) fn flying() -> Self {
        Self::new("a step is under way; it could be stored when the step took off, and can be again when it has landed")
    }

    #[cold]
    pub(crate) fn landing() -> Self {
        Self::new("a coroutine that it awaits has just returned; resume it first")
    }

    #[cold]
    pub(crate) fn returned() -> Self {
        Self::new("it has returned, so there is nothing left to store")
    }

    #[cold]
    pub(crate) fn panicked() -> Self {
        Self::new("it panicked, so its variables may be anything; go on from an earlier snapshot")
    }

    #[cold]
    pub(super) fn too_deep(max: usize) -> Self {
        Self::new(format!("more than {max} coroutines await each other"))
    }

    #[cold]
    pub(super) fn variable(function: &str, name: &str, what: &dyn fmt::Display) -> Self {
        Self::new(format!("`{name}` in `{function}`: {what}"))
    }

    #[cold]
    pub(super) fn volatile<T>(function: &str, name: &str) -> Self {
        let what = format!(
            "`{name}` in `{function}` is alive, and a `{}` cannot be stored; the step that ends with it counts as one with the steps before it",
            type_name::<T>()
        );
        SnapshotError(Box::new(Hindrance { what, undescribed: false, passes: true }))
    }

    #[cold]
    pub(super) fn undescribed() -> Self {
        SnapshotError(Box::new(Hindrance {
            what: "a variable needs a codec that describes itself".into(),
            undescribed: true,
            passes: false,
        }))
    }

    /// Whether it can be stored after the next step: what cannot be stored only passes from one step to the next.
    #[cfg(feature = "engine")]
    pub(crate) fn passes(&self) -> bool {
        self.0.passes
    }

    /// Whether another codec could store it.
    pub(super) fn is_undescribed(&self) -> bool {
        self.0.undescribed
    }
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the coroutine cannot be stored now: {}", self.0.what)
    }
}

impl std::error::Error for SnapshotError {}

/// Why bytes do not give a coroutine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreError(Box<Refusal>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Refusal {
    Foreign,
    Version { found: u16, known: u16 },
    Damaged { at: usize, what: String },
    Function { found: String, wanted: String },
    State { function: String, label: String, known: String },
    Shape { function: String, label: String, differences: String },
    Variable { function: String, label: String, name: String, what: String },
    Stack { what: String },
}

impl RestoreError {
    #[cold]
    fn of(refusal: Refusal) -> Self {
        RestoreError(Box::new(refusal))
    }

    #[cold]
    pub(super) fn foreign() -> Self {
        Self::of(Refusal::Foreign)
    }

    #[cold]
    pub(super) fn version(found: u16, known: u16) -> Self {
        Self::of(Refusal::Version { found, known })
    }

    #[cold]
    pub(super) fn damaged(at: usize, what: impl Into<String>) -> Self {
        Self::of(Refusal::Damaged { at, what: what.into() })
    }

    #[cold]
    pub(super) fn function(found: &str, wanted: &str) -> Self {
        Self::of(Refusal::Function { found: found.into(), wanted: wanted.into() })
    }

    #[cold]
    pub(super) fn state(function: &str, label: &str, known: impl Iterator<Item = &'static str>) -> Self {
        let known = known.map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ");
        Self::of(Refusal::State { function: function.into(), label: label.into(), known })
    }

    #[cold]
    pub(super) fn shape(function: &str, label: &str, differences: &str) -> Self {
        Self::of(Refusal::Shape { function: function.into(), label: label.into(), differences: differences.into() })
    }

    #[cold]
    pub(super) fn variable(function: &str, label: &str, name: &str, what: impl fmt::Display) -> Self {
        Self::of(Refusal::Variable { function: function.into(), label: label.into(), name: name.into(), what: what.to_string() })
    }

    #[cold]
    pub(crate) fn stack(what: impl Into<String>) -> Self {
        Self::of(Refusal::Stack { what: what.into() })
    }

    #[cold]
    pub(crate) fn flying() -> Self {
        Self::stack("it claims a state in which a step is under way, and such a state is never stored")
    }

    #[cold]
    pub(crate) fn volatile<T>() -> Self {
        Self::stack(format!("it claims a variable of type `{}`, which is never stored", type_name::<T>()))
    }
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the coroutine cannot be restored: ")?;
        match &*self.0 {
            Refusal::Foreign => f.write_str("these bytes are no snapshot of a coroutine"),
            Refusal::Version { found, known } => {
                write!(f, "the snapshot has format version {found}, and this program knows version {known}")
            }
            Refusal::Damaged { at, what } => write!(f, "the snapshot is damaged at byte {at}: {what}"),
            Refusal::Function { found, wanted } => {
                write!(f, "the snapshot is of `{found}` where `{wanted}` is expected; restore it with the function that it was taken of")
            }
            Refusal::State { function, label, known } => {
                write!(
                    f,
                    "`{function}` waits at `{label}` in the snapshot, and here has only {known}; keep the old code for it, or start it anew"
                )
            }
            Refusal::Shape { function, label, differences } => {
                write!(
                    f,
                    "`{function}` at `{label}` keeps other variables than the snapshot has: {differences}; keep the old code for it, or start it anew"
                )
            }
            Refusal::Variable { function, label, name, what } => write!(f, "`{name}` in `{function}` at `{label}`: {what}"),
            Refusal::Stack { what } => f.write_str(what),
        }
    }
}

impl std::error::Error for RestoreError {}
