//! Values that pass between coroutines and the outside: arguments, messages, results. In: a serde value; out: its bytes, and the way back.
//!
//! They are JSON, so that other programs and other versions of this one can write and read them: fields are told by their names. A value
//! of which JSON would say less (floats that are not finite, maps with keys that are no texts) is stored in the snapshots' binary form,
//! behind a byte that begins no JSON.
use crate::snapshot::{decode_value, encode_value, is_faithful};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any::type_name;
use std::fmt;

/// Stands before a binary form.
const BINARY: u8 = 1;

/// The bytes of a value.
pub(crate) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, PayloadError> {
    let fault = |what: &dyn fmt::Display| PayloadError::new::<T>("cannot be written", what);
    if is_faithful(value) {
        return serde_json::to_vec(value).map_err(|error| fault(&error));
    }
    let mut bytes = vec![BINARY];
    encode_value(value, &mut bytes).map_err(|what| fault(&what))?;
    Ok(bytes)
}

/// The value of bytes.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, PayloadError> {
    let fault = |what: &dyn fmt::Display| PayloadError::new::<T>("cannot be read from what was stored", what);
    match bytes {
        [BINARY, ..] => decode_value(bytes, 1).map_err(|what| fault(&what)),
        _ => serde_json::from_slice(bytes).map_err(|error| fault(&error)),
    }
}

/// Why a value has no bytes, or bytes no such value.
///
/// ```
/// use coroutine_runtime::{TestRuntime, prelude::*, progress};
///
/// #[durable]
/// async fn says() {
///     progress("half of it").await;
///     progress(0.5).await;
/// }
///
/// TestRuntime::new().register(says).run(async |rt| {
///     let says = rt.start(says, ()).await?;
///     says.result().await?;
///     let error = says.inspect().await?.progress::<u8>().unwrap_err();
///     assert!(error.to_string().starts_with("a `u8` cannot be read from what was stored: "));
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayloadError {
    of: &'static str,
    doing: &'static str,
    what: String,
}

impl PayloadError {
    fn new<T>(doing: &'static str, what: &dyn fmt::Display) -> Self {
        PayloadError { of: type_name::<T>(), doing, what: what.to_string() }
    }
}

impl fmt::Display for PayloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a `{}` {}: {}", self.of, self.doing, self.what)
    }
}

impl std::error::Error for PayloadError {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn values_come_back_in_the_form_that_says_all() {
        assert_eq!(encode(&("tea", 2)).unwrap(), br#"["tea",2]"#);
        let maps = BTreeMap::from([((1u8, 2u8), f64::INFINITY)]);
        let bytes = encode(&maps).unwrap();
        assert_eq!(bytes[0], BINARY);
        assert_eq!(decode::<BTreeMap<(u8, u8), f64>>(&bytes).unwrap(), maps);
        assert!(decode::<u8>(b"300").unwrap_err().to_string().starts_with("a `u8` cannot be read from what was stored: "));
        for end in 0..bytes.len() {
            assert!(decode::<BTreeMap<(u8, u8), f64>>(&bytes[..end]).is_err());
        }
        assert!(decode::<u8>(&[BINARY, 1, 2]).is_err(), "bytes are left over");
    }
}
