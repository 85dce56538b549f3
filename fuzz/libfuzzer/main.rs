//! One binary for all targets: `HEARTHLINE_FUZZ_TARGET` names the one to run; libFuzzer reads the arguments.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static CHECK: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let target = std::env::var("HEARTHLINE_FUZZ_TARGET").expect("HEARTHLINE_FUZZ_TARGET names a target");
    hearthline_fuzz::check_of(&target)
});

fuzz_target!(|bytes: &[u8]| CHECK(bytes));
