//! What a store, a stream and a keyring promise, and the suites that check it.
