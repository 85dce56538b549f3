//! WhatsApp, Messenger and Instagram, against Meta's simulator.

mod desk;
mod echoes;
mod files;
mod lost_answers;
mod statuses;
mod windows;
