//! Keys and sealing: master, tenant, ingest and lead keys; AES-256-GCM.
