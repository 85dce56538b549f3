//! WhatsApp, Messenger and Instagram, against Meta's simulator.

mod desk;
mod echoes;
mod files;
mod files_in;
mod health;
mod lost_answers;
mod statuses;
mod windows;
