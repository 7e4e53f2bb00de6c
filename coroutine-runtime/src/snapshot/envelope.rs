//! The bytes around a snapshot's values.
use super::error::RestoreError;
use super::kind::Kind;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A stack of frames: the kind of each, and their values.
pub(crate) struct Image {
    pub(crate) stack: Vec<Arc<Kind>>,
    pub(crate) values: Values,
}

pub(crate) enum Values {
    Binary(Vec<u8>),
    Json(Vec<Map<String, Value>>),
}

pub(crate) fn to_bytes(image: &Image) -> Vec<u8> {
    let Values::Binary(payload) = &image.values else { return Vec::new() };
    let kinds: Vec<(&str, &str, u64)> = image.stack.iter().map(|k| (&*k.function, &*k.label, k.shape)).collect();
    bincode::serde::encode_to_vec((kinds, payload), bincode::config::standard()).unwrap_or_default()
}

pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Image, RestoreError> {
    let ((kinds, payload), _): ((Vec<(String, String, u64)>, Vec<u8>), usize) =
        bincode::serde::decode_from_slice(bytes, bincode::config::standard()).map_err(|e| RestoreError::new(e.to_string()))?;
    let stack = kinds.into_iter().map(|(function, label, shape)| Arc::new(Kind { function, label, shape })).collect();
    Ok(Image { stack, values: Values::Binary(payload) })
}

pub(crate) fn to_json(image: &Image) -> String {
    let Values::Json(frames) = &image.values else { return String::new() };
    let frames: Vec<Value> = image
        .stack
        .iter()
        .zip(frames)
        .map(|(kind, variables)| json!({ "function": kind.function, "state": kind.label, "shape": kind.shape, "variables": variables }))
        .collect();
    json!({ "frames": frames }).to_string()
}

pub(crate) fn from_json(json: &str) -> Result<Image, RestoreError> {
    let bad = || RestoreError::new("this is not the JSON of a snapshot");
    let value: Value = serde_json::from_str(json).map_err(|e| RestoreError::new(e.to_string()))?;
    let (mut stack, mut values) = (Vec::new(), Vec::new());
    for frame in value["frames"].as_array().ok_or_else(bad)? {
        stack.push(Arc::new(Kind {
            function: frame["function"].as_str().ok_or_else(bad)?.into(),
            label: frame["state"].as_str().ok_or_else(bad)?.into(),
            shape: frame["shape"].as_u64().ok_or_else(bad)?,
        }));
        values.push(frame["variables"].as_object().ok_or_else(bad)?.clone());
    }
    Ok(Image { stack, values: Values::Json(values) })
}
