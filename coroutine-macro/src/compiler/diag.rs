//! Errors, collected: a pass reports all it finds, and the pipeline stops between passes.

use proc_macro2::TokenStream;
use quote::ToTokens;

/// The errors so far. Each is one message at one token: what is wrong, then `help:` with what to write.
#[derive(Default)]
pub(crate) struct Diag {
    errors: Vec<syn::Error>,
}

impl Diag {
    /// Reports `message` at `at`.
    pub(crate) fn error(&mut self, at: impl ToTokens, message: &str) {
        self.errors.push(syn::Error::new_spanned(at, message));
    }

    /// Takes over an error of syn.
    pub(crate) fn push(&mut self, error: syn::Error) {
        self.errors.push(error);
    }

    /// Whether anything was reported.
    pub(crate) fn any(&self) -> bool {
        !self.errors.is_empty()
    }

    /// The errors as `compile_error!`s, and after them a stand-in for what could not be compiled.
    pub(crate) fn with(self, stand_in: TokenStream) -> TokenStream {
        let mut tokens: TokenStream = self.errors.iter().map(syn::Error::to_compile_error).collect();
        tokens.extend(stand_in);
        tokens
    }

    #[cfg(test)]
    pub(crate) fn messages(&self) -> Vec<String> {
        self.errors.iter().map(ToString::to_string).collect()
    }
}
