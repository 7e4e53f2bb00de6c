//! The corpus: functions in the shapes that people publish, by kind. Here they are plain async; the command adds the attribute.
pub mod agents;
pub mod api_clients;
pub mod batch_jobs;
pub mod caches;
pub mod chat_bots;
pub mod consumers;
pub mod crawlers;
pub mod deployments;
pub mod etl;
pub mod handlers;
pub mod migrations;
pub mod protocols;
pub mod sagas;
pub mod schedulers;
pub mod services;
pub mod state_machines;
pub mod trait_impls;
