//! Wire types, codes and their mapping.
